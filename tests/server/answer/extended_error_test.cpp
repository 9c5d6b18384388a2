#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: extended errors (RFC 8914)") {
  const auto zone = zone_of("example.",
                            "@   300 IN SOA ns host 1 3600 600 86400 300\n"
                            "@   300 IN NS  ns\n"
                            "sub 300 IN NS  ns.elsewhere.test.\n");
  /// The INFO-CODE of the answer; -1 if there is none.
  int code_of(const Snapshot& snapshot, std::string_view question) {
    const auto data = reply_to(snapshot, question).option(15);
    return data ? static_cast<unsigned char>(data->at(0)) << 8 | static_cast<unsigned char>(data->at(1)) : -1;
  }

  TEST_CASE("an error is explained to who sent an OPT record") {
    struct Row {
      const char* question;
      int code;
    };
    for (const Row& row :
         {Row{"elsewhere.test. A", 20}, Row{". NS", 20}, Row{"example. NXNAME", 30}, Row{"example. OPT", 30},
          Row{"example. TSIG", 30}, Row{"example. TKEY", 30}, Row{"example. MAILA", 21},
          Row{"example. SOA +opcode=9", 21}, Row{"example. SOA +class=HS", 21},
          Row{"authors.bind. TXT +class=CH", 21}, Row{"example. AXFR +tcp", 18}}) {
      CAPTURE(row.question);
      CHECK(code_of(zone, std::string(row.question) + " +edns") == row.code);
      CHECK_FALSE(reply_to(zone, row.question).has_opt);
    }
  }
  TEST_CASE("an answer needs no explanation, nor does an error that its rcode explains") {
    for (const char* question : {"example. SOA", "example. TXT", "no.example. A", "sub.example. A",
                                 "id.server. TXT +class=CH", "example. SOA +version=1"}) {
      CAPTURE(question);
      CHECK(code_of(zone, std::string(question) + " +edns") == -1);
    }
  }
  TEST_CASE("a node that has no zone yet is not ready") {
    CHECK(code_of(zones_of({}), "www.example. A +edns") == 14);
    CHECK(code_of(zones_of({}), "version.bind. TXT +class=HS +edns") == 21);
  }
  TEST_CASE("a zone that belongs here, but whose data cannot be served, is a server failure (24)") {
    Snapshot damaged = zone;
    const auto images = zone.zones->images();
    damaged.zones = std::make_shared<ZoneSet>(
        images, std::vector<Name>{*Name::parse("sub.example."), *Name::parse("damaged.test."),
                                  *Name::parse("example.")});
    for (const char* question :
         {"damaged.test. SOA", "a.b.damaged.test. A", "sub.example. A", "x.sub.example. DS"}) {
      CAPTURE(question);
      CHECK(ask(damaged, question) == "SERVFAIL");
      CHECK(code_of(damaged, std::string(question) + " +edns") == 24);
    }
    CHECK(ask(damaged, "example. SOA") == "NOERROR example. SOA ttl 300");  // its image is there
    CHECK(ask(damaged, "sub.example. DS") == "NODATA");                     // the parent's side
    CHECK(ask(damaged, "test. A") == "REFUSED");
    damaged.zones = std::make_shared<ZoneSet>(images, std::vector<Name>{Name()});
    CHECK(ask(damaged, "other. A") == "SERVFAIL");
    CHECK(ask(damaged, ". DS") == "SERVFAIL");
    CHECK(ask(damaged, "www.example. A") == "NXDOMAIN");
    CHECK(ask(damaged, "example. DS") == "SERVFAIL");  // the parent's side, whatever the child has
  }
  TEST_CASE("an alias into a zone whose data cannot be served is answered alone") {
    Snapshot damaged = zone_of("example.",
                               "@     300 IN SOA   ns host 1 3600 600 86400 300\n"
                               "@     300 IN NS    ns\n"
                               "alias 300 IN CNAME www.sub\n");
    const auto images = damaged.zones->images();
    CHECK(ask(damaged, "alias.example. A") == "NXDOMAIN alias.example. CNAME www.sub.example.");
    damaged.zones = std::make_shared<ZoneSet>(images, std::vector<Name>{*Name::parse("sub.example.")});
    CHECK(ask(damaged, "alias.example. A") == "NOERROR alias.example. CNAME www.sub.example.");
  }
  TEST_CASE("an explanation that does not fit stays out") {
    Snapshot wordy = zone;
    wordy.identity.nsid = std::string(224, 'n');
    std::string name;
    for (int i = 0; i < 4; ++i) name += std::string(60, 'a') + ".";
    const Reply full = reply_to(wordy, name + " A +nsid +size=512");  // 12 + 249 + 11 + 228 octets
    CHECK(full.octets == 506);
    CHECK(full.option(15));
    wordy.identity.nsid = std::string(235, 'n');
    const Reply without = reply_to(wordy, name + " A +nsid +size=512");
    CHECK(without.rcode() == 5);
    CHECK(without.option(3));
    CHECK_FALSE(without.option(15));
  }
}
