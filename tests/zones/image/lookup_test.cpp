#include <doctest/doctest.h>

#include "tests/zones/image/image_of.h"
#include "zones/image/zone_set.h"

namespace doors {
namespace {

struct Row {
  const char* name;
  const char* found;
};

constexpr const char* soa = "@ 300 IN SOA ns host 1 3600 600 86400 60\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\n";

TEST_SUITE("image: look-up (RFC 1034 §4.3.2, 4592, 6672)") {
  TEST_CASE("each name is what the RFCs say") {
    const auto image = image_of("example.", std::string(soa) +
                                                "*       300 IN TXT wild\n"
                                                "a.ent   300 IN A   192.0.2.1\n"
                                                "*.w     300 IN A   192.0.2.2\n"
                                                "x.*.w   300 IN A   192.0.2.2\n"
                                                "cut     300 IN NS  ns.cut\n"
                                                "ns.cut  300 IN A   192.0.2.3\n"
                                                "*.cut   300 IN A   192.0.2.3\n"
                                                "a.b.cut 300 IN A   192.0.2.3\n"
                                                "d       300 IN DNAME other.\n"
                                                "d       300 IN A 192.0.2.4\n"
                                                "a\\000b 300 IN A 192.0.2.5\n");
    for (const Row& row : {Row{"example.", "exact example."},
                           {"ns.example.", "exact ns.example."},
                           {"NS.eXample.", "exact ns.example."},
                           {"ent.example.", "empty ent.example."},
                           {"x.ent.example.", "none below ent.example. 2"},
                           {"new.example.", "wildcard *.example. below example."},
                           {"a.b.c.new.example.", "wildcard *.example. below example."},
                           {"*.example.", "exact *.example."},
                           {"x.*.example.", "none below *.example. 2"},
                           {"q.w.example.", "wildcard *.w.example. below w.example."},
                           {"*.w.example.", "exact *.w.example."},
                           {"x.*.w.example.", "exact x.*.w.example."},
                           {"y.*.w.example.", "none below *.w.example. 3"},
                           {"cut.example.", "at cut cut.example."},
                           {"ns.cut.example.", "below cut cut.example."},
                           {"z.cut.example.", "below cut cut.example."},
                           {"b.cut.example.", "below cut cut.example."},
                           {"q.a.b.cut.example.", "below cut cut.example."},
                           {"d.example.", "exact d.example."},
                           {"a.d.example.", "dname d.example."},
                           {"a\\000b.example.", "exact a\\000b.example."},
                           {"a.example.", "wildcard *.example. below example."}}) {
      CAPTURE(row.name);
      CHECK(looked_up(*image, row.name) == row.found);
    }
  }

  TEST_CASE("the deepest name there can be is found, and one beside it is not") {
    std::string deep;
    for (int i = 0; i < 123; ++i) deep += "a.";  // with example. 255 octets
    const auto image = image_of("example.", soa + deep + "example. 300 IN A 192.0.2.9\n");
    CHECK(looked_up(*image, deep + "example.") == "exact " + deep + "example.");
    CHECK(looked_up(*image, deep.substr(2) + "example.") == "empty " + deep.substr(2) + "example.");
    CHECK(looked_up(*image, "b." + deep.substr(2) + "example.") ==
          "none below " + deep.substr(2) + "example. 123");
    CHECK(looked_up(*image, "b." + deep.substr(20) + "example.") ==
          "none below " + deep.substr(20) + "example. 114");
  }

  TEST_CASE("addresses of a name server are its targets, in the order of the records, glue too") {
    const auto image = image_of("example.", std::string(soa) +
                                                "@ 300 IN NS ns.cut\n@ 300 IN NS away.test.\n"
                                                "cut 300 IN NS ns.cut\nns.cut 300 IN AAAA 2001:db8::1\n");
    ImageRRset servers;
    REQUIRE(image->apex().rrset(RRType::ns, servers));
    CHECK(servers.count == 3);
    REQUIRE(servers.targets.size() == 2);
    CHECK(image->node(servers.targets[0]).name().to_string() == "ns.cut.example.");
    CHECK(image->node(servers.targets[0]).is_occluded());
    CHECK(image->node(servers.targets[1]).name().to_string() == "ns.example.");
  }

  TEST_CASE("a negative answer's SOA lives as long as the smaller of its TTL and MINIMUM (RFC 2308 §5)") {
    const auto image = image_of("example.", soa);
    CHECK(image->negative_soa().ttl.raw() == 60);
    ImageRRset own;
    REQUIRE(image->apex().rrset(RRType::soa, own));
    CHECK(own.ttl.raw() == 300);
  }
}

TEST_SUITE("image: denial") {
  TEST_CASE("the NSEC at or before a name, round the circle, occluded ones left out") {
    const auto image = image_of("example.", std::string(soa) +
                                                "@ 300 IN NSEC aaaaaaaab A\n"
                                                "aaaaaaaab 300 IN A 192.0.2.1\n"
                                                "aaaaaaaab 300 IN NSEC aaaaaaaac A\n"
                                                "aaaaaaaac 300 IN A 192.0.2.1\n"
                                                "aaaaaaaac 300 IN NSEC ns A\n"
                                                "x.aaaaaaaac 300 IN A 192.0.2.1\n"
                                                "ns 300 IN NSEC @ A\n");
    REQUIRE(image->denial() == ZoneImage::Denial::nsec);
    for (const Row& row : {Row{"example.", "example."},
                           {"a.example.", "example."},
                           {"aaaaaaaab.example.", "aaaaaaaab.example."},
                           {"aaaaaaaabb.example.", "aaaaaaaab.example."},
                           {"z.aaaaaaaab.example.", "aaaaaaaab.example."},
                           {"aaaaaaaad.example.", "aaaaaaaac.example."},
                           {"zz.example.", "ns.example."}}) {
      CAPTURE(row.name);
      CHECK(image->nsec_at_or_before(*Name::parse(row.name)).name().to_string() == row.found);
    }
  }
}

TEST_SUITE("image: what a file must be") {
  TEST_CASE("the same content and version give the same octets") {
    const Content content = content_of("example.", soa);
    CHECK(*build_image(content, {}) == *build_image(content, {}));
  }

  TEST_CASE("any flipped octet is found out") {
    const auto octets = *build_image(content_of("example.", soa), {});
    for (std::size_t i = 0; i < octets.size(); i += 7) {
      auto rotten = octets;
      rotten[i] ^= std::byte{0x10};
      const auto fd = sealed_memory_file("rotten", rotten);
      // Only padding between the header and the first section is not read by anybody.
      if (!ZoneImage::open(fd->get())) continue;
      CAPTURE(i);
      CHECK(i < layout::header_octets);
      CHECK(i >= sizeof(layout::Header));
    }
  }

  TEST_CASE("a file that was cut is refused at every length") {
    const auto octets = *build_image(content_of("example.", soa), {});
    for (std::size_t size = 0; size < octets.size(); size += 13) {
      const auto fd = sealed_memory_file("cut", Octets(octets).first(size));
      CHECK_FALSE(ZoneImage::open(fd->get()).has_value());
    }
  }

  TEST_CASE("the whole root zone: every owner is found again, with its RRsets") {
    auto loaded = load_zone_file(DOORS_TEST_DATA_DIR "/root-2021-signed.zone", {});
    REQUIRE(loaded.has_value());
    const Content& content = loaded->content;
    const auto image = image_of(content, {1, 7, 0, {}});
    CHECK(image->record_count() == content.record_count());
    CHECK(image->version().serial == 2021051901);
    CHECK(image->version().seq == 7);
    MESSAGE("octets of content " << content.stream().size() << ", of image " << image->octets() << ", a record "
                                 << image->octets() / content.record_count());
    std::size_t missing = 0;
    for (std::size_t i = 0; i < content.rrset_count(); ++i) {
      const RRsetView rrset = content.rrset(i);
      const HashedName name(rrset.owner);
      const NodeView node = image->find(name, name.label_count());
      if (!node) {
        ++missing;
        continue;
      }
      ImageRRset found;
      const RRType type = rrset.type == RRType::rrsig ? rrset.covered : rrset.type;
      if (!node.rrset(type, found) ||
          (rrset.type == RRType::rrsig ? found.signature_count : found.count) != rrset.rdatas.size()) {
        ++missing;
      }
    }
    CHECK(missing == 0);
  }
}

TEST_SUITE("image: the set of zones") {
  TEST_CASE("the longest origin wins, below a limit of labels") {
    const std::string text = soa;
    const ZoneSet set({image_of("example.", text), image_of("a.example.", text), image_of(".", text),
                       image_of(content_of("example.", text), {1, 2, 0, {}})});
    CHECK(set.size() == 3);
    const HashedName name(*Name::parse("x.a.example."));
    CHECK(set.find(name)->origin().to_string() == "a.example.");
    CHECK(set.find(name, 1)->origin().to_string() == "example.");
    CHECK(set.find(name, 1)->version().seq == 2);
    CHECK(set.find(HashedName(*Name::parse("other.")))->origin().is_root());
    CHECK(ZoneSet().find(name) == nullptr);
  }
}

}  // namespace
}  // namespace doors
