// Asks us, NSD, Knot and BIND the same questions and compares the answers. README.md tells what is the same.
// Arguments: root, corners, tree or worlds for that part alone; how many differences to show (20).
// Exit code 0: no difference where the three agree, and every other one is explained; 77 where a peer is
// missing.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <unistd.h>

#include "tests/differential/comparison.h"
#include "tests/differential/signing.h"
#include "tests/differential/zone_source.h"
#include "zones/load/zone_file.h"

namespace {

using namespace doors;
using namespace doors::test;

constexpr int skipped = 77;

/// How much is asked: by default, and with DOORS_LONG=1; and how many differences are shown.
struct Counts {
  std::size_t root_questions = 6'000;
  std::size_t corner_questions = 6'000;  ///< of each way to sign
  std::size_t tree_questions = 2'000;    ///< the same
  std::size_t worlds = 600;
  std::size_t questions_per_world = 20;
  std::size_t most_printed = 20;
};
Counts counts() {
  if (std::getenv("DOORS_LONG") == nullptr) return {};
  return {50'000, 1'000'000, 1'000'000, 7'500, 40};
}

Content load(const ZoneSource& source) {
  auto zone = load_zone_text(source.text, source.file, {});
  if (!zone) throw std::runtime_error(source.file + ": " + zone.error().front().to_string());
  return std::move(zone->content);
}

struct SigningPlan {
  const char* title;
  bool is_signed;
  Signing signing;
};
const SigningPlan signing_plans[] = {
    {"unsigned", false, {}},
    {"NSEC", true, {Signing::Denial::nsec, 0, "", false}},
    {"NSEC3", true, {Signing::Denial::nsec3, 0, "", false}},
    {"NSEC3 with opt-out, salt, iterations", true, {Signing::Denial::opt_out, 5, "\x5a\x17", false}},
    {"NSEC3 beside NSEC", true, {Signing::Denial::both, 0, "", false}},
    {"NSEC, signed in part", true, {Signing::Denial::nsec, 0, "", true}},
    {"signatures without a chain", true, {Signing::Denial::none, 0, "", false}},
};

/// Whether there is a name below which not even `*` fits. With NSEC3 there, NSD 4.6.1 ends when it hashes
/// that.
bool is_full(const Content& zone) {
  for (std::size_t i = 0; i < zone.rrset_count(); ++i) {
    if (zone.rrset(i).owner.size() + 2 > max_name_octets) return true;
  }
  return false;
}

Content signed_as(Content zone, const SigningPlan& plan) {
  if (!plan.is_signed) return zone;
  Signing signing = plan.signing;
  if (is_full(zone)) signing.denial = Signing::Denial::nsec;
  return sign(zone, signing);
}

Tally compare(const std::string& title, const std::vector<Content>& zones, std::size_t questions,
              const Counts& count, Random& random) {
  const auto start = std::chrono::steady_clock::now();
  Comparison comparison(title, zones, count.most_printed);
  comparison.compare(questions_about(comparison.zones(), questions, random));
  const Tally& tally = comparison.tally();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf(
      "%s: %zu zones, %zu questions in %.1f s; the peers agree on %zu; we differ from them alone %zu"
      " times, unexplained %zu times\n",
      title.c_str(), tally.zones, tally.questions, took.count(), tally.peers_agree, tally.ours_alone,
      tally.unexplained);
  std::fflush(stdout);
  return tally;
}

Tally compare_root(const Counts& count, Random& random) {
  auto zone = load_zone_file(DOORS_TEST_DATA_DIR "/root-2021-signed.zone", {});
  if (!zone) throw std::runtime_error(zone.error().front().to_string());
  std::vector<Content> zones;
  zones.push_back(std::move(zone->content));
  return compare("root zone", zones, count.root_questions, count, random);
}

/// Zones served together, signed in each of the ways.
Tally compare_signed(const std::string& title, const std::vector<ZoneSource>& sources, std::size_t questions,
                     const Counts& count, Random& random) {
  Tally tally;
  for (const SigningPlan& plan : signing_plans) {
    std::vector<Content> zones;
    for (const ZoneSource& source : sources) zones.push_back(signed_as(load(source), plan));
    tally += compare(title + ", " + plan.title, zones, questions, count, random);
  }
  return tally;
}

Tally compare_worlds(const Counts& count, Random& random) {
  std::vector<Content> zones;
  for (std::size_t i = 0; i < count.worlds; ++i) {
    for (const ZoneSource& source : random_world(i, random)) {
      const std::size_t way = below(2 * std::size(signing_plans), random);
      zones.push_back(signed_as(load(source), signing_plans[way % std::size(signing_plans)]));
    }
  }
  return compare("random worlds", zones, count.worlds * count.questions_per_world, count, random);
}

}  // namespace

int main(int argc, char** argv) {
  for (const PeerKind& kind : peer_kinds()) {
    if (access(kind.program, X_OK) == 0) continue;
    std::printf("skipped: no %s here\n", kind.program);
    return skipped;
  }
  try {
    Counts count = counts();
    if (argc > 2) count.most_printed = std::stoul(argv[2]);
    const std::string part = argc > 1 ? argv[1] : "all";
    Random random(20210519);
    Tally tally;
    if (part == "root" || part == "all") tally += compare_root(count, random);
    if (part == "corners" || part == "all")
      tally += compare_signed("corners", corner_zones(), count.corner_questions, count, random);
    if (part == "tree" || part == "all")
      tally += compare_signed("tree", tree_zones(), count.tree_questions, count, random);
    if (part == "worlds" || part == "all") tally += compare_worlds(count, random);
    std::printf("\n%zu zones, %zu questions; the peers agree on %zu and differ on %zu\n", tally.zones,
                tally.questions, tally.peers_agree, tally.peers_differ);
    for (const auto& [name, times] : tally.classes) std::printf("%8zu  %s\n", times, name.c_str());
    return tally.clean() ? 0 : 1;
  } catch (const std::exception& problem) {
    std::printf("FAILED: %s\n", problem.what());
    return 1;
  }
}
