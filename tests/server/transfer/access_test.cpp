#include "server/transfer/access.h"

#include <doctest/doctest.h>

using namespace doors;

namespace {

const TsigKey key{*Name::parse("k."), TsigAlgorithm::hmac_sha256, {std::byte{1}}, 0};
const TsigKey other_key{*Name::parse("other."), TsigAlgorithm::hmac_sha256, {std::byte{1}}, 0};

bool allows(const AccessRule& rule, const char* zone, const char* source, const TsigKey* by) {
  return rule.allows(*Name::parse(zone), *IpAddress::parse(source), by);
}

}  // namespace

TEST_SUITE("transfer: who may") {
  TEST_CASE("by default nobody") {
    const Access access;
    CHECK_FALSE(access.may_transfer(*Name::parse("example."), *IpAddress::parse("127.0.0.1"), nullptr));
    CHECK_FALSE(access.may_notify(*Name::parse("example."), *IpAddress::parse("127.0.0.1"), &key));
  }
  TEST_CASE("a rule of addresses wants no key, and one of keys no address") {
    AccessRule rule;
    rule.every_zone = true;
    rule.sources = {*IpPrefix::parse("192.0.2.0/24"), *IpPrefix::parse("2001:db8::1/128")};
    CHECK(allows(rule, "example.", "192.0.2.255", nullptr));
    CHECK(allows(rule, ".", "2001:db8::1", &key));
    CHECK_FALSE(allows(rule, "example.", "192.0.3.1", &key));
    CHECK_FALSE(allows(rule, "example.", "2001:db8::2", nullptr));
    rule.sources = {};
    rule.keys = {key.name};
    CHECK(allows(rule, "example.", "198.51.100.1", &key));
    CHECK_FALSE(allows(rule, "example.", "198.51.100.1", &other_key));
    CHECK_FALSE(allows(rule, "example.", "198.51.100.1", nullptr));
  }
  TEST_CASE("a rule of both wants both") {
    AccessRule rule;
    rule.every_zone = true;
    rule.sources = {*IpPrefix::parse("192.0.2.0/24")};
    rule.keys = {key.name};
    CHECK(allows(rule, "example.", "192.0.2.1", &key));
    CHECK_FALSE(allows(rule, "example.", "192.0.2.1", nullptr));
    CHECK_FALSE(allows(rule, "example.", "192.0.3.1", &key));
  }
  TEST_CASE("a rule is for its zones, in any case, and not for those below them") {
    AccessRule rule;
    rule.zones = {*Name::parse("example."), *Name::parse("test.")};
    rule.sources = {*IpPrefix::parse("0.0.0.0/0")};
    CHECK(allows(rule, "EXAMPLE.", "192.0.2.1", nullptr));
    CHECK(allows(rule, "test.", "192.0.2.1", nullptr));
    CHECK_FALSE(allows(rule, "sub.example.", "192.0.2.1", nullptr));
    CHECK_FALSE(allows(rule, ".", "192.0.2.1", nullptr));
  }
  TEST_CASE("a client's address is what the rules compare with") {
    Client client;
    client.address[0] = std::byte{192};
    client.address[3] = std::byte{1};
    CHECK(address_of(client).to_string() == "192.0.0.1");
    client.ipv6 = true;
    CHECK(address_of(client).to_string() == "c000:1::");
  }
}
