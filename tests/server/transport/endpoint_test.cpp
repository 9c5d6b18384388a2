#include "server/transport/endpoint.h"

#include <doctest/doctest.h>

using namespace doors;

TEST_SUITE("transport: endpoints") {
  TEST_CASE("an address and port are read and written") {
    for (const char* text : {"192.0.2.1:53", "0.0.0.0:0", "[2001:db8::1]:5353", "[::]:65535"}) {
      CAPTURE(text);
      const auto endpoint = Endpoint::parse(text);
      REQUIRE(endpoint);
      CHECK(endpoint->to_string() == text);
      sockaddr_storage storage{};
      endpoint->to_sockaddr(storage);
      CHECK(Endpoint::from(storage) == *endpoint);
    }
  }

  TEST_CASE("what is no address and port is refused") {
    for (const char* text :
         {"", "53", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:5x",
          "192.0.2:53", "2001:db8::1:53", "[2001:db8::1]", "[2001:db8::1]53", "[192.0.2.1]:53", "host:53",
          "[fe80::1%no-such-interface]:53"}) {
      CAPTURE(text);
      CHECK_FALSE(Endpoint::parse(text));
    }
  }

  TEST_CASE("only the unspecified addresses are wildcards") {
    CHECK(Endpoint::parse("0.0.0.0:53")->is_wildcard());
    CHECK(Endpoint::parse("[::]:53")->is_wildcard());
    CHECK_FALSE(Endpoint::parse("127.0.0.1:53")->is_wildcard());
    CHECK_FALSE(Endpoint::parse("[::1]:53")->is_wildcard());
  }
}
