#include <map>
#include <random>

#include <doctest/doctest.h>

#include "tests/zones/image/zone.h"

// Random zones, looked up both in their image and in a plain map of owners by the words of RFC 1034 §4.3.2.

using namespace doors;
using namespace doors::test;

namespace {

struct Owner {
  bool ns = false, dname = false, nsec = false;
};

/// The zone as the RFCs see it: owner names and what matters of their types.
class Reference {
 public:
  explicit Reference(const Content& content) : origin_(content.origin()) {
    for (std::size_t i = 0; i < content.rrset_count(); ++i) {
      const RRsetView rrset = content.rrset(i);
      Owner& owner = owners_[Name(rrset.owner)];
      owner.ns = owner.ns || (rrset.type == RRType::ns && !(origin_ == rrset.owner));
      owner.dname = owner.dname || rrset.type == RRType::dname;
      owner.nsec = owner.nsec || rrset.type == RRType::nsec;
    }
  }

  /// In the words of test::words().
  [[nodiscard]] std::string lookup(NameView asked) const {
    Name wanted_name(asked);
    wanted_name.make_canonical();
    const NameView wanted = wanted_name;
    const std::size_t labels = wanted.label_count();
    std::size_t depth = origin_.view().label_count();
    for (;; ++depth) {
      // Step 3: match down, label by label.
      const NameView here = wanted.suffix(depth);
      const auto owner = owners_.find(Name(here));
      if (owner != owners_.end() && owner->second.ns) {
        return "cut " + here.to_string() + (depth == labels ? " exact" : "");
      }
      if (depth == labels) return "exact " + here.to_string() + (owner == owners_.end() ? " empty" : "");
      if (owner != owners_.end() && owner->second.dname) return "dname " + here.to_string();
      if (!exists(wanted.suffix(depth + 1))) break;
    }
    const Name encloser(wanted.suffix(depth));
    const Name wildcard = *Name::join(octets_of(std::string_view("\1*", 2)), encloser);
    if (exists(wildcard)) return "wildcard " + wildcard.to_string() + " of " + encloser.to_string();
    return "none below " + encloser.to_string();
  }
  /// Exists, if only as an empty non-terminal.
  [[nodiscard]] bool exists(NameView name) const {
    const auto at = owners_.lower_bound(Name(name));
    return at != owners_.end() && at->first.view().is_at_or_below(name);
  }
  [[nodiscard]] bool occluded(NameView name) const {
    for (NameView above = name; !(origin_ == above);) {
      above = above.parent();
      const auto owner = owners_.find(Name(above));
      if (owner != owners_.end() && (owner->second.ns || owner->second.dname)) return true;
    }
    return false;
  }
  /// The authoritative NSEC owner at or before a name, round the circle.
  [[nodiscard]] Name nsec_at_or_before(NameView name) const {
    auto found = owners_.end();
    for (auto at = owners_.begin(); at != owners_.end(); ++at) {
      if (!at->second.nsec || occluded(at->first)) continue;
      if (found != owners_.end() && at->first.view().canonical_compare(name) > 0) break;
      found = at;
    }
    return found->first;
  }
  [[nodiscard]] const std::map<Name, Owner>& owners() const { return owners_; }
  [[nodiscard]] const Name& origin() const { return origin_; }

 private:
  Name origin_;
  std::map<Name, Owner> owners_;
};

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
  }
  /// Labels out of few octets, so that names meet.
  Name name(NameView origin, std::size_t most_labels) {
    static constexpr std::string_view octets(
        "ab*\0\1\xff\x7f"
        "B",
        8);
    Name made(origin);
    for (std::size_t i = below(most_labels + 1); i > 0; --i) {
      std::string label(1, '\0');
      if (below(4) == 0) {
        label += '*';
      } else {
        for (std::size_t length = 1 + below(below(8) == 0 ? 40 : 2); length > 0; --length) {
          label += octets[below(octets.size())];
        }
      }
      label[0] = static_cast<char>(label.size() - 1);
      const auto joined = Name::join(octets_of(label), made);
      if (!joined) break;
      made = *joined;
    }
    return made;
  }

 private:
  std::mt19937 engine_;
};

Content random_zone(Random& random, NameView origin, bool with_nsec) {
  ContentBuilder builder{origin};
  add_line(builder, "@ SOA 1 60");
  add_line(builder, "@ NS ns");
  if (with_nsec) add_line(builder, "@ NSEC @");
  const std::size_t owners = 1 + random.below(40);
  const std::size_t depth = 1 + random.below(8);
  for (std::size_t i = 0; i < owners; ++i) {
    const Name owner = random.name(origin, depth);
    const std::string text = owner.to_string();
    switch (random.below(8)) {
      case 0:
        add_line(builder, text + " NS ns");
        break;
      case 1:
        add_line(builder, text + " DNAME t");
        break;
      default:
        add_line(builder, text + " TXT x");
        break;
    }
    if (with_nsec && random.below(3) != 0) add_line(builder, text + " NSEC @");
  }
  auto content = builder.finish();
  REQUIRE(content.has_value());
  return *std::move(content);
}

void compare(const Reference& reference, const ZoneImage& image, NameView asked) {
  const std::string wanted = reference.lookup(asked);
  const std::string found = lookup(image, asked);
  if (wanted != found) {
    CAPTURE(asked.to_string());
    CHECK(found == wanted);
  }
  const HashedName hashed(asked);
  const NodeView node = image.find(hashed, hashed.label_count());
  CHECK(static_cast<bool>(node) == reference.exists(hashed.view()));
  if (node) {
    CHECK(node.name() == asked);
    CHECK(node.is_occluded() == reference.occluded(asked));
    CHECK(static_cast<bool>(node.cover()) == node.is_occluded());
  }
}

}  // namespace

TEST_SUITE("image: against a plain map (RFC 1034 4.3.2)") {
  TEST_CASE("random zones say the same of every name") {
    Random random(20'26'11'21);
    const std::vector<Name> origins{name("."), name("b."), name("a.b."), name("a.a.a.a.example.")};
    for (int round = 0; round < 300; ++round) {
      CAPTURE(round);
      const Content content = random_zone(random, origins[random.below(origins.size())], false);
      const Reference reference(content);
      const auto image = image_of(content);
      for (const auto& [owner, kind] : reference.owners()) {
        for (NameView each = owner; each.size() >= reference.origin().wire().size(); each = each.parent()) {
          compare(reference, *image, each);
          if (const auto below = Name::join(octets_of(std::string_view("\1q", 2)), each)) {
            compare(reference, *image, *below);
          }
          if (each.is_root()) break;
        }
      }
      for (int i = 0; i < 200; ++i) {
        const Name asked = random.name(reference.origin(), 10);
        compare(reference, *image, asked);
      }
    }
  }

  TEST_CASE("the NSEC before any name is the one a plain walk finds") {
    Random random(7);
    for (int round = 0; round < 150; ++round) {
      CAPTURE(round);
      const Content content = random_zone(random, name("b."), true);
      const Reference reference(content);
      const auto image = image_of(content);
      if (image->apex().has_dname()) continue;  // then all but the apex is occluded, and that is another test
      REQUIRE(image->denial() == ZoneImage::Denial::nsec);
      for (int i = 0; i < 200; ++i) {
        const Name asked = random.name(reference.origin(), 6);
        CAPTURE(asked.to_string());
        CHECK(image->nsec_at_or_before(asked).name().to_string() ==
              reference.nsec_at_or_before(asked).to_string());
      }
      for (std::size_t i = 0; i < image->node_count(); ++i) {
        const NodeView node = image->node_in_order(i);
        if (node.is_occluded() || node.is_zone_cut() || node.has_dname()) continue;
        const auto wildcard = Name::join(octets_of(std::string_view("\1*", 2)), node.name());
        if (!wildcard) continue;
        CAPTURE(node.name().to_string());
        CHECK(name_of(node.nsec_of_wildcard()) == reference.nsec_at_or_before(*wildcard).to_string());
      }
    }
  }

  TEST_CASE("the NSEC before a name, in a zone of many that begin alike") {
    ContentBuilder builder{name("example.")};
    add_line(builder, "@ SOA 1 60");
    add_line(builder, "@ NS ns");
    add_line(builder, "@ NSEC @");
    std::vector<Name> owners{name("example.")};
    for (int i = 0; i < 5000; ++i) {
      const std::string owner = "a-long-common-start-" + std::to_string(100000 + 7 * i);
      add_line(builder, owner + " NSEC @");
      owners.push_back(name(owner + ".example."));
    }
    const auto image = image_of(builder.finish().value());
    for (std::size_t i = 0; i < owners.size(); i += 3) {
      const std::string text = owners[i].to_string();
      const Name behind = *Name::join(octets_of(std::string_view("\1x", 2)), owners[i]);
      CHECK(name_of(image->nsec_at_or_before(owners[i])) == text);
      CHECK(name_of(image->nsec_at_or_before(behind)) == (i == 0 ? owners.back().to_string() : text));
    }
    CHECK(name_of(image->nsec_at_or_before(name("zz.example."))) == owners.back().to_string());
    CHECK(name_of(image->nsec_at_or_before(name("a.example."))) == "example.");
  }

  TEST_CASE("nodes lie in canonical order, each once, with all records of the content") {
    Random random(3);
    for (int round = 0; round < 100; ++round) {
      const Content content = random_zone(random, name("b."), round % 2 == 0);
      const auto image = image_of(content);
      std::size_t records = 0;
      for (std::size_t i = 0; i < image->node_count(); ++i) {
        const NodeView node = image->node_in_order(i);
        if (i > 0) CHECK(image->node_in_order(i - 1).name().canonical_compare(node.name()) < 0);
        for (std::size_t k = 0; k < node.rrset_count(); ++k) records += node.rrset_at(k).count;
      }
      CHECK(records == content.record_count());
      CHECK(image->record_count() == content.record_count());
    }
  }
}
