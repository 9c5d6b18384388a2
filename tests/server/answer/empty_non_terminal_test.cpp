#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: empty non-terminals (RFC 4592 §2.2.2, RFC 8020)") {
  const auto zone = zone_of("example.",
                            "@       300 IN SOA ns host 1 3600 600 86400 300\n"
                            "@       300 IN NS  ns\n"
                            "*       300 IN TXT wild\n"
                            "a.ent   300 IN A   192.0.2.1\n"
                            "b.c.d   300 IN NS  ns\n"
                            "x.cut   300 IN A   192.0.2.2\n"
                            "cut     300 IN NS  ns\n");
  struct Row {
    const char* question;
    const char* reply;
  };

  TEST_CASE("an empty non-terminal exists, so it hides the wildcard above it") {
    for (const Row& row :
         {Row{"new.example. TXT", "NOERROR new.example. TXT wild"}, Row{"ent.example. TXT", "NODATA"},
          Row{"x.ent.example. TXT", "NXDOMAIN"}, Row{"a.ent.example. TXT", "NODATA"}}) {
      CAPTURE(row.question);
      CHECK(ask(zone, row.question) == row.reply);
    }
  }
  TEST_CASE("one above nothing but a delegation is one too") {
    CHECK(ask(zone, "d.example. TXT") == "NODATA");
    CHECK(ask(zone, "c.d.example. ANY") == "NODATA");
    CHECK(ask(zone, "x.d.example. TXT") == "NXDOMAIN");
    CHECK(ask(zone, "b.c.d.example. TXT") == "REFERRAL b.c.d.example.");
  }
  TEST_CASE("it has none of the types") {
    for (const char* type : {"A", "SOA", "NS", "DS", "CNAME", "ANY", "RRSIG", "NSEC", "TYPE65280"}) {
      CAPTURE(type);
      CHECK(ask(zone, std::string("ent.example. ") + type) == "NODATA");
    }
  }
}
