#include <doctest/doctest.h>

#include "tests/zones/image/zone.h"

using namespace doors;
using namespace doors::test;

namespace {

/// The records of octets as an image gives them: "TYPE TTL HEX" each.
std::vector<std::string> records_of(Octets octets) {
  std::vector<std::string> found;
  while (!octets.empty()) {
    REQUIRE(octets.size() >= 10);
    CHECK(load_u16(octets.data() + 2) == raw(RRClass::in));
    const std::size_t length = load_u16(octets.data() + 8);
    REQUIRE(octets.size() >= 10 + length);
    found.push_back(to_string(RRType(load_u16(octets.data()))) + " " +
                    std::to_string(load_u32(octets.data() + 4)) + " " + to_hex(octets.subspan(10, length)));
    octets = octets.subspan(10 + length);
  }
  return found;
}

}  // namespace

TEST_SUITE("image: records") {
  TEST_CASE("an RRset lies ready with its signatures, each with its own TTL") {
    const auto image = image_of(
        "example.", "www 300 A 1\nwww A 2\nwww 200 RRSIG A\nwww TXT x\nwww RRSIG AAAA\nwww MX 5 www\n");
    const NodeView node = node_of(*image, "www.example.");
    ImageRRset found;
    REQUIRE(node.rrset(RRType::a, found));
    CHECK(found.type == RRType::a);
    CHECK(found.count == 2);
    CHECK(found.signature_count == 1);
    CHECK(found.ttl == Ttl(300));
    CHECK(found.targets.empty());
    CHECK(records_of(found.records) == std::vector<std::string>{"A 300 c0000001", "A 300 c0000002"});
    const auto signatures = records_of(found.signatures);
    REQUIRE(signatures.size() == 1);
    CHECK(signatures[0].starts_with("RRSIG 200 0001"));
    CHECK(node.has(RRType::txt));
    CHECK_FALSE(node.has(RRType::aaaa));
    CHECK_FALSE(node.has(RRType::rrsig));
    CHECK_FALSE(node.rrset(RRType::ns, found));
    REQUIRE(node.rrset_count() == 3);
    CHECK(node.rrset_at(0).type == RRType::a);
    CHECK(node.rrset_at(1).type == RRType::mx);
    CHECK(node.rrset_at(1).targets.size() == 1);
    CHECK(node.rrset_at(2).type == RRType::txt);
    node.prefetch(RRType::a);
    node.prefetch(RRType::aaaa);
  }

  TEST_CASE("signatures that cover nothing are kept apart") {
    const auto image = image_of("example.", "www RRSIG A\nwww RRSIG TXT\nwww TXT x\nonly RRSIG MX\n");
    const NodeView node = node_of(*image, "www.example.");
    CHECK(node.rrset_count() == 1);
    CHECK_FALSE(node.has(RRType::a));
    REQUIRE(node.lone_signature_count() == 1);
    CHECK(node.lone_signatures_at(0).type == RRType::a);
    CHECK(node.lone_signatures_at(0).count == 0);
    CHECK(node.lone_signatures_at(0).signature_count == 1);
    const NodeView only = node_of(*image, "only.example.");
    CHECK(only.rrset_count() == 0);
    CHECK_FALSE(only.is_empty_non_terminal());
    CHECK(only.lone_signatures_at(0).type == RRType::mx);
    CHECK(lookup(*image, "only.example.") == "exact only.example.");
    CHECK(image->apex().lone_signature_count() == 0);
  }

  TEST_CASE("the negative SOA lives as long as MINIMUM says, its signature too (RFC 2308 5)") {
    const auto image = image_of("example.", "@ 900 RRSIG SOA\n");
    const ImageRRset& negative = image->negative_soa();
    CHECK(negative.type == RRType::soa);
    CHECK(negative.ttl == Ttl(60));
    CHECK(records_of(negative.records)[0].starts_with("SOA 60 "));
    CHECK(records_of(negative.signatures)[0].starts_with("RRSIG 60 0006"));
    ImageRRset own;
    REQUIRE(image->apex().rrset(RRType::soa, own));
    CHECK(own.ttl == Ttl(900));
    CHECK(records_of(own.signatures)[0].starts_with("RRSIG 900 "));
  }

  TEST_CASE("equal RRsets lie in the image once") {
    std::string many;
    for (int i = 0; i < 1000; ++i)
      many += "d" + std::to_string(i) + " NS ns1.elsewhere.test.\nd" + std::to_string(i) + " NS ns2\n";
    const auto image =
        image_of("example.", many + "other 301 NS ns1.elsewhere.test.\nother NS ns2\nns2 A 1\n");
    ImageRRset first;
    ImageRRset second;
    REQUIRE(node_of(*image, "d0.example.").rrset(RRType::ns, first));
    REQUIRE(node_of(*image, "d999.example.").rrset(RRType::ns, second));
    CHECK(first.records.data() == second.records.data());
    CHECK(first.targets.size() == 1);
    REQUIRE(node_of(*image, "other.example.").rrset(RRType::ns, second));  // another TTL
    CHECK(first.records.data() != second.records.data());
    CHECK(image->octets() < 60'000);
  }

  TEST_CASE("an RRset may be as large as it likes") {
    ContentBuilder builder{name("example.")};
    add_line(builder, "@ SOA 1 60");
    add_line(builder, "@ NS ns");
    for (int i = 0; i < 3000; ++i) {  // 54 octets a record
      add_line(builder, "big TXT " + std::to_string(10000 + i) + std::string(37, 'x'));
      add_line(builder, "many NS n" + std::to_string(i));
      add_line(builder, "n" + std::to_string(i) + " A 1");
    }
    for (int i = 0; i < 300; ++i) {
      add_line(builder, "signed A " + std::to_string(i));
      std::istringstream fields("A");
      auto signature = test::rdata(RRType::rrsig, fields, name("example."));
      signature[17] = static_cast<std::byte>(i);
      signature[16] = static_cast<std::byte>(i >> 8);
      REQUIRE(builder.add(name("signed.example."), RRType::rrsig, Ttl(300), signature).has_value());
    }
    const auto image = image_of(builder.finish().value());
    ImageRRset found;
    REQUIRE(node_of(*image, "big.example.").rrset(RRType::txt, found));
    CHECK(found.count == 3000);
    CHECK(found.records.size() == 3000 * 53);
    CHECK(found.signatures.empty());
    REQUIRE(node_of(*image, "many.example.").rrset(RRType::ns, found));
    CHECK(found.targets.size() == 3000);
    CHECK(name_of(image->node(found.targets[1])) == "n1.example.");
    REQUIRE(node_of(*image, "signed.example.").rrset(RRType::a, found));
    CHECK(found.signature_count == 300);
    CHECK(records_of(found.signatures).size() == 300);
  }
}
