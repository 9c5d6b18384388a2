#include <array>
#include <set>

#include <doctest/doctest.h>

#include "server/answer/respond.h"
#include "tests/zones/image/random_zone.h"
#include "zones/dns/query.h"

// A base with an overlay answers, octet for octet, as a whole image of the same version does.

using namespace doors;
using namespace doors::test;

namespace {

std::vector<std::byte> answer(const Snapshot& snapshot, const Question& question, bool tcp) {
  const QueryMessage query = build_query(question);
  std::vector<std::byte> out(tcp ? 65535 : 1232);
  Client client;
  client.transport = tcp ? Transport::tcp : Transport::udp;
  out.resize(respond({query.octets.data(), query.size}, snapshot, client, {}, out));
  return out;
}

/// All of a zone as a transfer reads it.
std::vector<std::byte> walk(const ZoneImage& image) {
  std::vector<std::byte> all;
  const auto put_rrset = [&](const ImageRRset& rrset) {
    put_u16(all, raw(rrset.type));
    put(all, rrset.records);
    put(all, rrset.signatures);
  };
  for (std::size_t i = 0; i < image.node_count(); ++i) {
    const NodeView node = image.node_in_order(i);
    put(all, node.name().wire());
    for (std::size_t k = 0; k < node.rrset_count(); ++k) put_rrset(node.rrset_at(k));
    for (std::size_t k = 0; k < node.lone_signature_count(); ++k) put_rrset(node.lone_signatures_at(k));
  }
  return all;
}

Snapshot snapshot_of(std::shared_ptr<const ZoneImage> image) {
  Snapshot snapshot;
  snapshot.zones = std::make_shared<ZoneSet>(std::vector<std::shared_ptr<const ZoneImage>>{std::move(image)});
  return snapshot;
}

std::set<Name> names_to_ask(RandomZone& zone, const std::vector<const ZoneImage*>& images) {
  std::set<Name> names;
  for (const ZoneImage* image : images) {
    for (std::size_t i = 0; i < image->node_count(); ++i) {
      const NameView owner = image->node_in_order(i).name();
      names.insert(Name(owner));
      for (const std::string_view label :
           {std::string_view("\1*"), std::string_view("\1q"), std::string_view("\1!")}) {
        if (const auto below = Name::join(octets_of(label), owner); below && zone.below(3) == 0)
          names.insert(*below);
      }
    }
  }
  for (int i = 0; i < 20; ++i) names.insert(name(zone.random_owner(), name(RandomZone::origin)));
  return names;
}

void compare(RandomZone& zone, const std::shared_ptr<const ZoneImage>& whole,
             const std::shared_ptr<const ZoneImage>& laid, const ZoneImage& base) {
  REQUIRE(laid->node_count() == whole->node_count());
  CHECK(laid->record_count() == whole->record_count());
  CHECK(laid->version().serial == whole->version().serial);
  CHECK(walk(*laid) == walk(*whole));
  static constexpr std::array types{RRType::a,    RRType::aaaa, RRType::txt,   RRType::mx,    RRType::srv,
                                    RRType::ns,   RRType::ds,   RRType::soa,   RRType::any,   RRType::cname,
                                    RRType::svcb, RRType::nsec, RRType::nsec3, RRType::rrsig, RRType::dname};
  const Snapshot expected = snapshot_of(whole);
  const Snapshot found = snapshot_of(laid);
  for (const Name& asked : names_to_ask(zone, {whole.get(), &base})) {
    for (int i = 0; i < 4; ++i) {
      const Question question{.name = asked,
                              .type = types[zone.below(types.size())],
                              .edns = true,
                              .dnssec_ok = zone.below(3) != 0};
      const bool tcp = zone.below(4) == 0;
      if (answer(found, question, tcp) == answer(expected, question, tcp)) continue;
      CAPTURE(asked.to_string());
      CAPTURE(to_string(question.type));
      CAPTURE(question.dnssec_ok);
      FAIL_CHECK("another answer");
      return;
    }
  }
}

struct Tally {
  std::size_t overlays = 0;
  std::size_t rebuilds = 0;
};

/// Some versions of one zone, each an overlay on the last whole image; where one is refused, a new whole
/// image.
Tally play(std::uint32_t seed, Signing signing, std::size_t records, std::size_t versions,
           std::size_t changes) {
  RandomZone zone(seed, signing, records);
  Tally tally;
  Content before = zone.content();
  auto current = image_of(before);
  for (std::uint32_t version = 2; version < 2 + versions; ++version) {
    CAPTURE(seed);
    CAPTURE(version);
    zone.change(1 + zone.below(changes));
    Content after = zone.content();
    const Diff changed = diff(before, after);
    const auto edits = edits_of(changed);
    const ImageVersion number{1, version, 0, {}};
    const auto whole = image_of(after, number);
    const auto octets = build_overlay(current, edits, number);
    if (!octets) {
      CAPTURE(octets.error().reason);
      CHECK(octets.error().rebuild);
      ++tally.rebuilds;
      current = whole;
    } else {
      const auto base = current->base() ? current->base() : current;
      const auto laid = ZoneImage::overlay_from_octets(*octets, base);
      if (!laid) MESSAGE(laid.error().message);
      REQUIRE(laid.has_value());
      compare(zone, whole, *laid, *base);
      ++tally.overlays;
      current = *laid;
    }
    before = std::move(after);
  }
  return tally;
}

void play_all(Signing signing) {
  Tally all;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    const Tally one = play(seed, signing, 5 + seed, 12, seed % 3 == 0 ? 12 : 3);
    all.overlays += one.overlays;
    all.rebuilds += one.rebuilds;
  }
  CHECK(all.overlays > 2 * all.rebuilds);
}

}  // namespace

TEST_SUITE("answer: overlays answer as whole images") {
  TEST_CASE("unsigned zones") { play_all(Signing::none); }
  TEST_CASE("zones with NSEC") { play_all(Signing::nsec); }
  TEST_CASE("zones with NSEC3") { play_all(Signing::nsec3); }
  TEST_CASE("zones with NSEC3 and opt-out") { play_all(Signing::opt_out); }
}
