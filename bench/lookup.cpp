// Look-ups in the image of a large zone of delegations: a name at a time, and in batches whose memory
// accesses overlap.
//
//     bench_lookup [NAMES, 1000000] [FILE to write the image to]
//
// The zone has NAMES delegations to two servers each, one of 1,000 sets. Prints what building, opening and
// looking up costs; plain text, one line a figure.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "zones/base/file.h"
#include "zones/content/content.h"
#include "zones/image/image.h"
#include "zones/image/writer.h"

namespace {

using namespace doors;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

Name parse(const std::string& text) {
  const auto name = Name::parse(text);
  if (!name) give_up(name.error().message);
  return *name;
}

std::string delegation(std::size_t i) {
  return "domain-" + std::to_string(i * 2'654'435'761u % 4'294'967'296u);
}

Content zone_of(std::size_t names) {
  ContentBuilder builder(parse("example."));
  const auto add = [&builder](const std::string& owner, RRType type, Octets rdata) {
    if (auto added = builder.add(parse(owner), type, Ttl(86400), rdata); !added)
      give_up(added.error().message);
  };
  std::vector<std::byte> soa(22);
  add("example.", RRType::soa, soa);
  std::vector<Name> servers;
  for (int i = 0; i < 2000; ++i) servers.push_back(parse("ns" + std::to_string(i) + ".hosting.test."));
  add("example.", RRType::ns, servers[0].wire());
  for (std::size_t i = 0; i < names; ++i) {
    const std::string owner = delegation(i) + ".example.";
    const std::size_t set = i % 1000;
    add(owner, RRType::ns, servers[2 * set].wire());
    add(owner, RRType::ns, servers[2 * set + 1].wire());
  }
  auto content = builder.finish();
  if (!content) give_up(content.error().message);
  return *std::move(content);
}

/// Names in random order, made before the clock starts: their wire forms, one after the other.
std::vector<std::byte> questions(std::size_t names, std::size_t count, bool there) {
  std::mt19937_64 random(1);
  std::vector<std::byte> asked;
  for (std::size_t i = 0; i < count; ++i) {
    const Name name = parse("www." + delegation(random() % names) + (there ? "" : "x") + ".example.");
    asked.insert(asked.end(), name.wire().begin(), name.wire().end());
  }
  return asked;
}

std::size_t look_up(const ZoneImage& image, const HashedName& name) {
  const Lookup found = image.lookup(name);
  ImageRRset servers;
  if (!found.node || !found.node.rrset(RRType::ns, servers)) return 1;
  return servers.records.size() + std::to_integer<std::size_t>(servers.records[12]);
}

/// Nanoseconds a name that `step(HashedName*, how many)` needs, names being read and hashed before each; best
/// of 5.
template <class Step>
double time_of(Octets asked, std::size_t batch, Step step) {
  std::vector<HashedName> names(batch);
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    std::size_t count = 0;
    const auto start = Clock::now();
    for (std::size_t at = 0; at < asked.size();) {
      std::size_t filled = 0;
      for (; filled < batch && at < asked.size(); ++filled) {
        const NameView name = NameView::trusted_at(asked.data() + at);
        names[filled].assign(name);
        at += name.size();
      }
      step(names.data(), filled);
      count += filled;
    }
    best = std::min(best, seconds_since(start) / static_cast<double>(count) * 1e9);
  }
  return best;
}

void measure(const char* what, const ZoneImage& image, Octets asked) {
  std::size_t sum = 0;
  const double hashing =
      time_of(asked, 32, [&](const HashedName* names, std::size_t count) { sum += names[count - 1].hash(); });
  const double one = time_of(asked, 32, [&](const HashedName* names, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) sum += look_up(image, names[i]);
  });
  const double batched = time_of(asked, 32, [&](const HashedName* names, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) image.prefetch(names[i]);
    for (std::size_t i = 0; i < count; ++i) image.prefetch_node(names[i]);
    for (std::size_t i = 0; i < count; ++i) sum += look_up(image, names[i]);
  });
  std::printf(
      "%-28s %6.1f ns one by one, %6.1f ns in batches of 32, beside %.1f ns for hashing the name (%zu)\n",
      what, one - hashing, batched - hashing, hashing, sum % 10);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t names = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  auto start = Clock::now();
  const Content content = zone_of(names);
  std::printf("content    %.2f s, %zu records, %.1f octets a record\n", seconds_since(start),
              content.record_count(),
              static_cast<double>(content.stream().size()) / static_cast<double>(content.record_count()));
  start = Clock::now();
  const auto octets = build_image(content, {});
  if (!octets) give_up(octets.error().message);
  const double built = seconds_since(start);
  std::printf("build      %.2f s, %.2f million records a second, %.1f octets a record, %.1f a name\n", built,
              static_cast<double>(content.record_count()) / built / 1e6,
              static_cast<double>(octets->size()) / static_cast<double>(content.record_count()),
              static_cast<double>(octets->size()) / static_cast<double>(names));
  if (argc > 2) {
    if (auto written = write_file_durably(argv[2], *octets); !written) give_up(written.error().message);
  }
  const auto fd = sealed_memory_file("image", *octets);
  if (!fd) give_up(fd.error().message);
  start = Clock::now();
  const auto image = ZoneImage::open(fd->get());
  if (!image) give_up(image.error().message);
  std::printf("open       %.3f s, everything checked\n", seconds_since(start));
  constexpr std::size_t count = 1'000'000;
  measure("referrals", **image, questions(names, count, true));
  measure("names that are not there", **image, questions(names, count, false));
  return 0;
}
