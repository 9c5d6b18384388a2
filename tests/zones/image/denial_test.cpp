#include <doctest/doctest.h>

#include "tests/zones/image/zone.h"

using namespace doors;
using namespace doors::test;

namespace {

/// Adds a whole NSEC3 chain over the given names (RFC 5155 §7.1), and its NSEC3PARAM.
std::string with_nsec3(std::string text, const std::string& origin, const std::vector<std::string>& names,
                       unsigned iterations = 0, const std::string& salt = "-") {
  const auto salt_octets = from_hex(salt == "-" ? "" : salt).value();
  std::vector<std::string> labels;
  for (const std::string& each : names) {
    Name lowered = name(each, name(origin));
    lowered.make_canonical();
    labels.push_back(hash_label(lowered, iterations, salt_octets));
  }
  std::sort(labels.begin(), labels.end());
  const std::string parameters = std::to_string(iterations) + " " + salt;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    text += labels[i] + " NSEC3 " + parameters + " " + labels[(i + 1) % labels.size()] + "\n";
    text += labels[i] + " RRSIG NSEC3\n";
  }
  return text + "@ NSEC3PARAM " + parameters + " 0\n";
}

/// The owner label of the NSEC3 that a name's hash falls on or behind, by hand.
std::string expected_nsec3(const ZoneImage& image, NameView wanted, unsigned iterations, Octets salt) {
  const std::string label = hash_label(wanted, iterations, salt);
  std::string best;
  std::string last;
  for (std::size_t i = 0; i < image.node_count(); ++i) {
    const NodeView node = image.node_in_order(i);
    if (!node.has(RRType::nsec3)) continue;
    const std::string owner(text_of(node.name().first_label()));
    if (owner <= label) best = owner;
    last = owner;
  }
  return best.empty() ? last : best;
}

std::string label_of(NodeView node) {
  return node ? std::string(text_of(node.name().first_label())) : "(none)";
}

}  // namespace

TEST_SUITE("image: NSEC (RFC 4035 3.1.3)") {
  TEST_CASE("the owner at or before a name, in canonical order") {
    const auto image = image_of("example.",
                                "@ NSEC a\na NSEC b\nb NSEC *.w\n*.w NSEC ns\nns NSEC z\nz NSEC @\n"
                                "a TXT x\nb NS ns.b\nns.b A 1\nns.b NSEC q\n*.w TXT x\nns A 1\nz TXT x\n");
    REQUIRE(image->denial() == ZoneImage::Denial::nsec);
    struct Row {
      const char* question;
      const char* owner;
    };
    for (const Row& row :
         {Row{"example.", "example."}, Row{"0.example.", "example."}, Row{"a.example.", "a.example."},
          Row{"A.example.", "a.example."}, Row{"b.a.example.", "a.example."},
          Row{"aa.example.", "a.example."}, Row{"b.example.", "b.example."},
          Row{"ns.b.example.", "b.example."},  // below the cut: its own NSEC is nobody's
          Row{"w.example.", "ns.example."}, Row{"a.w.example.", "*.w.example."},
          Row{"!.w.example.", "ns.example."}, Row{"zz.example.", "z.example."},
          Row{"\\255.example.", "z.example."}}) {
      CAPTURE(row.question);
      CHECK(name_of(image->nsec_at_or_before(name(row.question))) == row.owner);
    }
    CHECK(name_of(image->apex().nsec_of_wildcard()) == "example.");
    CHECK(name_of(node_of(*image, "w.example.").nsec_of_wildcard()) == "*.w.example.");
    CHECK(name_of(node_of(*image, "z.example.").nsec_of_wildcard()) == "z.example.");
    CHECK_FALSE(node_of(*image, "b.example.").nsec_of_wildcard());
    CHECK_FALSE(image->apex().nsec3_of_wildcard());
    CHECK_FALSE(image->apex().nsec3_match());
  }

  TEST_CASE("a zone without NSEC at its apex denies without proof") {
    const auto image = image_of("example.", "a NSEC b\na TXT x\n");
    CHECK(image->denial() == ZoneImage::Denial::none);
    CHECK_FALSE(image->nsec_at_or_before(name("a.example.")));
    CHECK_FALSE(image->nsec3_at_or_before(Nsec3Hash{}).node);
  }
}

TEST_SUITE("image: NSEC3 (RFC 5155)") {
  TEST_CASE("every name knows its NSEC3 and that of the wildcard below it") {
    for (const std::string salt : {"-", "aabbccdd"}) {
      CAPTURE(salt);
      const unsigned iterations = salt == "-" ? 0 : 12;
      const std::string text =
          with_nsec3("a TXT x\nb.c TXT x\n*.w TXT x\nsub NS ns.sub\nns.sub A 1\nns A 1\nd DNAME t\n",
                     "example.", {"@", "a", "c", "b.c", "w", "*.w", "sub", "ns", "d"}, iterations, salt);
      const auto image = image_of("example.", text);
      REQUIRE(image->denial() == ZoneImage::Denial::nsec3);
      const auto params = image->nsec3_params();
      CHECK(params.iterations == iterations);
      CHECK(to_hex(params.salt) == (salt == "-" ? "" : salt));
      for (const char* each : {"example.", "a.example.", "c.example.", "b.c.example.", "w.example.",
                               "*.w.example.", "sub.example.", "ns.example.", "d.example."}) {
        CAPTURE(each);
        const NodeView node = node_of(*image, each);
        REQUIRE(node);
        CHECK(label_of(node.nsec3_match()) == hash_label(node.name(), iterations, params.salt));
        CHECK_FALSE(node.nsec3_cover());
        CHECK_FALSE(node.nsec_of_wildcard());
        if (node.is_zone_cut() || node.has_dname()) {
          CHECK_FALSE(node.nsec3_of_wildcard());
        } else {
          const Name wildcard = name("*", node.name());
          CHECK(label_of(node.nsec3_of_wildcard()) ==
                expected_nsec3(*image, wildcard, iterations, params.salt));
        }
      }
      const NodeView glue = node_of(*image, "ns.sub.example.");
      CHECK(glue.is_occluded());
      CHECK_FALSE(glue.nsec3_match());
      CHECK_FALSE(glue.nsec3_cover());
    }
  }

  TEST_CASE("a hash is found, or the one before it round the circle") {
    std::string text;
    std::vector<std::string> names{"@"};
    for (int i = 0; i < 300; ++i) {
      names.push_back("n" + std::to_string(i));
      text += names.back() + " TXT x\n";
    }
    const auto image = image_of("example.", with_nsec3(text, "example.", names));
    for (int i = 0; i < 600; ++i) {
      const Name asked = name("n" + std::to_string(i), name("example."));
      const Nsec3Hash hash = nsec3_hash(asked, 0, {});
      const auto found = image->nsec3_at_or_before(hash);
      CAPTURE(i);
      CHECK(found.matches == (i < 300));
      CHECK(label_of(found.node) == expected_nsec3(*image, asked, 0, {}));
    }
    Nsec3Hash lowest{};
    Nsec3Hash highest;
    highest.fill(std::byte{255});
    CHECK(image->nsec3_at_or_before(lowest).node == image->nsec3_at_or_before(highest).node);
  }

  TEST_CASE("hashes alike in their first 8 octets are told apart by the rest") {
    // Owners of no name at all; the apex's own NSEC3 makes the chain.
    Nsec3Hash base;
    base.fill(std::byte{0x55});
    const auto with_last = [&base](unsigned last) {
      Nsec3Hash made = base;
      made[19] = static_cast<std::byte>(last);
      return made;
    };
    std::string text = with_nsec3("", "example.", {"@"});
    for (const unsigned last : {10u, 20u, 30u}) {
      text += to_base32hex(with_last(last)) + " NSEC3 0 - " + hash_label(name("example.")) + "\n";
    }
    const auto image = image_of("example.", text);
    struct Row {
      unsigned asked, found;
      bool matches;
    };
    for (const Row& row : {Row{10, 10, true}, Row{15, 10, false}, Row{20, 20, true}, Row{29, 20, false},
                           Row{30, 30, true}, Row{31, 30, false}}) {
      CAPTURE(row.asked);
      const auto found = image->nsec3_at_or_before(with_last(row.asked));
      CHECK(found.matches == row.matches);
      CHECK(label_of(found.node) == to_base32hex(with_last(row.found)));
    }
    const auto before = image->nsec3_at_or_before(with_last(9));
    CHECK_FALSE(before.matches);
    CHECK(label_of(before.node) != to_base32hex(with_last(10)));
  }

  TEST_CASE("hashed owner names do not exist") {
    const auto image = image_of("example.", with_nsec3("* TXT wild\n", "example.", {"@", "*"}));
    const std::string hashed = hash_label(name("example.")) + ".example.";
    CHECK_FALSE(node_of(*image, hashed));
    CHECK(lookup(*image, hashed) == "wildcard *.example. of example.");
    CHECK(lookup(*image, "x." + hashed) == "wildcard *.example. of example.");
    // But a transfer has them, in their place.
    std::size_t owners = 0;
    for (std::size_t i = 0; i < image->node_count(); ++i)
      owners += image->node_in_order(i).has(RRType::nsec3) ? 1 : 0;
    CHECK(owners == 2);
  }

  TEST_CASE("a hashed owner name that holds something else too, or has names below it, exists") {
    const std::string apex = hash_label(name("example."));
    const std::string ent = hash_label(name("a.example."));
    const auto image =
        image_of("example.", with_nsec3(apex + " TXT x\nbelow." + ent + " TXT x\n", "example.", {"@", "a"}));
    CHECK(lookup(*image, apex + ".example.") == "exact " + apex + ".example.");
    CHECK(lookup(*image, ent + ".example.") == "exact " + ent + ".example.");
    CHECK(lookup(*image, "below." + ent + ".example.") == "exact below." + ent + ".example.");
    CHECK(image->nsec3_at_or_before(nsec3_hash(name("example."), 0, {})).matches);
  }

  TEST_CASE("what opt-out leaves out knows what covers it") {
    const auto image =
        image_of("example.", with_nsec3("insecure NS ns\ndeep.ent NS ns\nns A 1\n", "example.", {"@", "ns"}));
    for (const char* each : {"insecure.example.", "ent.example.", "deep.ent.example."}) {
      CAPTURE(each);
      const NodeView node = node_of(*image, each);
      CHECK_FALSE(node.nsec3_match());
      CHECK(label_of(node.nsec3_cover()) == expected_nsec3(*image, node.name(), 0, {}));
    }
  }

  TEST_CASE("a DNAME at the apex hides no NSEC3") {
    const auto image = image_of("example.", with_nsec3("@ DNAME t.test.\nns A 1\n", "example.", {"@"}));
    REQUIRE(image->denial() == ZoneImage::Denial::nsec3);
    CHECK(label_of(image->apex().nsec3_match()) == hash_label(name("example.")));
    CHECK_FALSE(image->apex().nsec3_match().is_occluded());
    CHECK(node_of(*image, "ns.example.").is_occluded());
  }

  TEST_CASE("of several chains the announced one counts, and only a whole one") {
    std::string text = with_nsec3("a TXT x\n", "example.", {"@", "a"}, 1, "aa");
    std::string second = with_nsec3("", "example.", {"@", "a"}, 2, "bb");
    second.resize(second.find("@ NSEC3PARAM"));  // being made, or being taken away
    const auto image = image_of("example.", text + second);
    CHECK(image->nsec3_params().iterations == 1);
    CHECK(label_of(image->apex().nsec3_match()) == hash_label(name("example."), 1, from_hex("aa").value()));
    // NSEC3PARAM with a flag set announces nothing (RFC 5155 §4.1.2).
    second += "@ NSEC3PARAM 2 bb 1\n@ NSEC a\na NSEC @\n";
    CHECK(image_of("example.", second)->denial() == ZoneImage::Denial::nsec);
    // Without an NSEC3 at the apex the chain is not whole.
    CHECK(image_of("example.", "@ NSEC3PARAM 0 - 0\n")->denial() == ZoneImage::Denial::none);
  }
}
