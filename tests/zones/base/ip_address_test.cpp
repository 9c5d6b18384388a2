#include "zones/base/ip_address.h"

#include <doctest/doctest.h>

using doors::IpAddress;
using doors::IpPrefix;
using doors::ServiceAddress;

TEST_SUITE("routes: addresses and prefixes") {
  TEST_CASE("addresses are read and written; what is none is refused") {
    for (const char* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "::ffff:192.0.2.1"}) {
      const auto address = IpAddress::parse(text);
      REQUIRE(address);
      CHECK(address->to_string() == text);
    }
    for (const char* text :
         {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "2001:db8::g", "fe80::1%lo", "localhost"}) {
      CAPTURE(text);
      CHECK(!IpAddress::parse(text));
    }
  }

  TEST_CASE("a prefix is its address with the host bits cleared") {
    struct Row {
      const char* address;
      const char* network;
    };
    for (const Row& row :
         {Row{"192.0.2.77/24", "192.0.2.0/24"}, Row{"192.0.2.77/25", "192.0.2.0/25"},
          Row{"192.0.2.177/25", "192.0.2.128/25"}, Row{"192.0.2.7/0", "0.0.0.0/0"},
          Row{"192.0.2.7/32", "192.0.2.7/32"}, Row{"2001:db8:ffff::1/33", "2001:db8:8000::/33"},
          Row{"2001:db8::1/128", "2001:db8::1/128"}}) {
      const auto prefix = IpPrefix::parse(row.address);
      REQUIRE(prefix);
      CHECK(prefix->network().to_string() == row.network);
    }
    for (const char* text : {"192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/-1",
                             "192.0.2.0/+8", "/8"}) {
      CAPTURE(text);
      CHECK(!IpPrefix::parse(text));
    }
  }

  TEST_CASE("a prefix holds the addresses of its family that share its bits") {
    const auto prefix = *IpPrefix::parse("192.0.2.0/24");
    CHECK(prefix.contains(*IpAddress::parse("192.0.2.255")));
    CHECK(!prefix.contains(*IpAddress::parse("192.0.3.0")));
    CHECK(!IpPrefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("::")));
  }

  TEST_CASE("the next address carries") {
    CHECK(IpAddress::parse("192.0.2.255")->next().to_string() == "192.0.3.0");
    CHECK(IpAddress::parse("2001:db8::ffff")->next().to_string() == "2001:db8::1:0");
    CHECK(IpAddress::parse("255.255.255.255")->next().to_string() == "0.0.0.0");
  }

  TEST_CASE("a service address needs a port, and brackets if it is IPv6") {
    for (const char* text : {"192.0.2.53:53", "[2001:db8::53]:5353"}) {
      const auto address = ServiceAddress::parse(text);
      REQUIRE(address);
      CHECK(address->to_string() == text);
    }
    for (const char* text : {"192.0.2.53", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:",
                             "2001:db8::53:53", "[192.0.2.53]:53", "[2001:db8::53]", ":53", ""}) {
      CAPTURE(text);
      CHECK(!ServiceAddress::parse(text));
    }
  }
}
