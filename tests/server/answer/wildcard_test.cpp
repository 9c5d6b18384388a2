#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: wildcards (RFC 4592)") {
  // RFC 4592 §2.2.1, its zone and its questions.
  const auto zone = zone_of("example.",
                            "@               3600 IN SOA ns.example.com. host 1 3600 600 86400 300\n"
                            "@               3600 IN NS  ns.example.com.\n"
                            "*               3600 IN TXT wild\n"
                            "*               3600 IN MX  10 host1\n"
                            "sub.*           3600 IN TXT literal\n"
                            "host1           3600 IN A   192.0.2.1\n"
                            "_ssh._tcp.host1 3600 IN SRV 0 0 22 host1\n"
                            "_ssh._tcp.host2 3600 IN SRV 0 0 22 host1\n"
                            "subdel          3600 IN NS  ns.example.com.\n");
  struct Row {
    const char* question;
    const char* reply;
  };

  TEST_CASE("the RFC's questions") {
    for (const Row& row : {
             Row{"host3.example. MX", "NOERROR host3.example. MX 10 host1.example."},
             Row{"host3.example. A", "NODATA"},
             Row{"foo.bar.example. TXT", "NOERROR foo.bar.example. TXT wild"},
             Row{"host1.example. MX", "NODATA"},
             Row{"sub.*.example. MX", "NODATA"},
             Row{"_telnet._tcp.host1.example. SRV", "NXDOMAIN"},
             Row{"host.subdel.example. A", "REFERRAL subdel.example."},
             Row{"ghost.*.example. MX", "NXDOMAIN"},
         }) {
      CAPTURE(row.question);
      CHECK(ask(zone, row.question) == row.reply);
    }
  }
  TEST_CASE("the wildcard itself is a name like others") {
    CHECK(ask(zone, "*.example. TXT") == "NOERROR *.example. TXT wild");
    CHECK(ask(zone, "*.example. A") == "NODATA");
    CHECK(ask(zone, "sub.*.example. TXT") == "NOERROR sub.*.example. TXT literal");
    CHECK(ask(zone, "*.*.example. TXT") == "NXDOMAIN");  // its closest encloser is *.example.
  }
  TEST_CASE("an empty non-terminal and a delegation stop it") {
    CHECK(ask(zone, "_tcp.host2.example. TXT") == "NODATA");
    CHECK(ask(zone, "x._tcp.host2.example. TXT") == "NXDOMAIN");
    CHECK(ask(zone, "host2.example. TXT") == "NODATA");
    CHECK(ask(zone, "x.host2.example. TXT") == "NXDOMAIN");
  }
  TEST_CASE("a wildcard without data, above a name, is a source of NODATA") {
    const auto hollow =
        zone_of("example.", "@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\nx.*.w 300 IN A 192.0.2.1\n");
    CHECK(ask(hollow, "a.w.example. A") == "NODATA");
    CHECK(ask(hollow, "*.w.example. A") == "NODATA");
    CHECK(ask(hollow, "a.b.w.example. A") == "NODATA");
    CHECK(ask(hollow, "x.*.w.example. A") == "NOERROR x.*.w.example. A 192.0.2.1");
    CHECK(ask(hollow, "y.*.w.example. A") == "NXDOMAIN");
  }
  TEST_CASE("a wildcard below a delegation gives nothing") {
    const auto occluded = zone_of("example.",
                                  "@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\nsub 300 IN NS ns\n"
                                  "*.sub 300 IN A 192.0.2.1\n");
    CHECK(ask(occluded, "x.sub.example. A") == "REFERRAL sub.example.");
  }
  TEST_CASE("the owner is the name asked for, in its case, with all records of the set") {
    const auto two = zone_of("example.",
                             "@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\n"
                             "* 300 IN A 192.0.2.1\n* 300 IN A 192.0.2.2\n");
    CHECK(ask(two, "X.Y.example. A +keep_case") ==
          "NOERROR X.Y.example. A 192.0.2.1; X.Y.example. A 192.0.2.2");
  }
  TEST_CASE("a name of 255 octets is expanded") {
    const auto one =
        zone_of("example.", "@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\n* 300 IN A 192.0.2.1\n");
    std::string name;
    for (int i = 0; i < 123; ++i) name += "a.";
    CHECK(reply_to(one, name + "example. A").answer.at(0).owner.size() == 255);
  }
}
