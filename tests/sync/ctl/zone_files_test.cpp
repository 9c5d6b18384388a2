#include "sync/ctl/zone_files.h"

#include <doctest/doctest.h>

#include "sync/ctl/endpoint.h"
#include "sync/ctl/serve_state.h"

using namespace doors;
using namespace doors::ctl;

TEST_SUITE("ctl: zone files") {
  TEST_CASE("what a name in a directory says") {
    for (const char* name : {"example.zone", "EXAMPLE.ZONE", "example.db", ".zone.zone"}) {
      CAPTURE(name);
      CHECK((name_says(name) == NameSays::zone) == (name[0] != '.'));
    }
    for (const char* name :
         {".hidden", ".zone", "a.zone~", "#a.zone#", "a.zone.bak", "a.zone.swp", "a.zone.ORIG", ""}) {
      CAPTURE(name);
      CHECK(name_says(name) == NameSays::never);
    }
    for (const char* name : {"example.com", "db.example", "README", "notes.txt", "example.zone.signed"}) {
      CAPTURE(name);
      CHECK(name_says(name) == NameSays::look_inside);
    }
  }

  TEST_CASE("zone text has a SOA record or a directive") {
    for (const char* text : {"@ IN SOA ns host 1 2 3 4 5\n", "example. 300 IN SOA a b 1 2 3 4 5",
                             " 3600 soa a b (1 2 3 4 5)\n", "; comment\n\n$TTL 300\n@ IN NS a\n",
                             "$origin example.\n", "a. 1 IN TYPE6 \\# 0\n", "$INCLUDE other\n"}) {
      CAPTURE(text);
      CHECK(looks_like_zone_text(text));
    }
    for (const char* text : {"", "; SOA\n", "This zone file has a SOA in it\n", "#!/bin/sh\necho SOAP\n",
                             "MIT License\n\nCopyright\n",
                             "\x7f"
                             "ELF\x02\x01"}) {
      CAPTURE(text);
      CHECK_FALSE(looks_like_zone_text(text));
    }
  }

  TEST_CASE("an index is read back as it was written, and a foreign or damaged one is left out") {
    ServedZones::Served served;
    served.seq = 3;
    served.read.file = {.path = "/a dir/100%\tx.zone", .octets = 5, .changed_ns = -6, .inode = 7};
    served.read.zone = *Name::parse("a\\009b.example.");
    served.read.digest[31] = std::byte{0xfe};
    ServedZones::Served with_includes = served;
    with_includes.read.includes = true;
    const std::string text = to_index({served, with_includes});
    const auto entries = read_index(text);
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].seq == 3);
    CHECK(entries[0].read.file == served.read.file);
    CHECK(entries[0].read.zone == served.read.zone);
    CHECK(entries[0].read.digest == served.read.digest);
    CHECK(read_index("doorctl serve index 0\n" + text.substr(text.find('\n') + 1)).empty());
    CHECK(read_index(text.substr(0, text.size() - 1)).empty());
    CHECK(read_index(text + "1\t2\t3\n" + "x\ty\n").size() == 1);
    CHECK(read_index("").empty());
  }

  TEST_CASE("addresses are numeric and have a port") {
    for (const char* text : {"127.0.0.1:53", "[::1]:5300", "0.0.0.0:0", "[2001:db8::1]:65535"}) {
      CAPTURE(text);
      const auto endpoint = Endpoint::parse(text);
      REQUIRE(endpoint);
      CHECK(endpoint->to_string() == text);
    }
    for (const char* text :
         {"", "127.0.0.1", "::1:53", "[::1]", "localhost:53", "127.0.0.1:65536", "127.0.0.1:", "127.0.0.1:5x",
          "[127.0.0.1]:53", "[::1%nonesuch]:53", "1.2.3:53"}) {
      CAPTURE(text);
      CHECK_FALSE(Endpoint::parse(text));
    }
    CHECK(Endpoint::parse("0.0.0.0:53")->reachable().to_string() == "127.0.0.1:53");
    CHECK(Endpoint::parse("[::]:53")->reachable().to_string() == "[::1]:53");
  }
}
