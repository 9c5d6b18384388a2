// respond() must call operator new nowhere.
#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/counted_new.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: allocations") {
  TEST_CASE("respond() makes none, whatever it is asked") {
    std::size_t asked_count = 0, allocated = 0;
    for (const char* file : {"plain", "nsec", "nsec3", "optout"}) {
      const std::string path = std::string(DOORS_TEST_SOURCE_DIR "/data/answers/") + file + ".zone";
      const auto zone = snapshot_of({image_of_file("example.", path)});
      std::vector<std::byte> out(65535);
      for (const char* name : {"example.",           "www.example.",      "no.example.",
                               "x.y.no.example.",    "alias.example.",    "dangling.example.",
                               "into.example.",      "x.wild.example.",   "wild.example.",
                               "ent.example.",       "x.ent.example.",    "sub.example.",
                               "x.sub.example.",     "x.secure.example.", "hollow.example.",
                               "no.hollow.example.", "x.dn.example.",     "a.b.c.d.e.f.g.dn.example.",
                               "x.alias.example.",   "other.test.",       "id.server."}) {
        for (const char* type : {"A", "AAAA", "NS", "SOA", "MX", "TXT", "DS", "ANY", "RRSIG", "NSEC",
                                 "DNSKEY", "CNAME", "AXFR", "TYPE0", "NSEC3PARAM"}) {
          for (const char* options : {"", " +edns", " +do", " +do +tcp", " +nsid +size=512",
                                      " +class=CH +nsid", " +version=1", " +opcode=4"}) {
            const AskedMessage asked = message_of(std::string(name) + " " + type + options);
            const std::size_t before = allocation_count();
            (void)respond(asked.octets, zone, asked.client, {}, out);
            allocated += allocation_count() - before;
            ++asked_count;
          }
        }
      }
    }
    CHECK(asked_count > 10'000);
    CHECK(allocated == 0);
    CHECK(allocation_count() > 0);  // the counter counts
  }
}
