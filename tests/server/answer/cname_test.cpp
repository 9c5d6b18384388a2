#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: CNAME chains (RFC 1034 §4.3.2 step 3a, RFC 6604)") {
  const std::string apex =
      "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.53\n";
  const auto zone = zones_of({{"example.", apex + "www   300 IN A     192.0.2.1\n"
                                                  "one   300 IN CNAME www\n"
                                                  "two   300 IN CNAME one\n"
                                                  "gone  300 IN CNAME nothing\n"
                                                  "empty 300 IN CNAME ent\n"
                                                  "a.ent 300 IN A     192.0.2.2\n"
                                                  "out   300 IN CNAME www.elsewhere.test.\n"
                                                  "over  300 IN CNAME www.other.test.\n"
                                                  "back  300 IN CNAME back.other.test.\n"
                                                  "lost  300 IN CNAME nothing.other.test.\n"
                                                  "self  300 IN CNAME self\n"
                                                  "ping  300 IN CNAME pong\n"
                                                  "pong  300 IN CNAME ping\n"
                                                  "*.w   300 IN CNAME www\n"
                                                  "*.l   300 IN CNAME x.l\n"},
                              {"other.test.",
                               "@    300 IN SOA ns host 1 3600 600 86400 60\n"
                               "@    300 IN NS  ns\n"
                               "www  300 IN A   192.0.2.9\n"
                               "back 300 IN CNAME www.example.\n"}});
  struct Row {
    const char* question;
    const char* reply;
  };

  TEST_CASE("the chain, then the data") {
    for (const Row& row : {
             Row{"one.example. A", "NOERROR one.example. CNAME www.example.; www.example. A 192.0.2.1"},
             Row{"two.example. A",
                 "NOERROR two.example. CNAME one.example.; one.example. CNAME www.example.; "
                 "www.example. A 192.0.2.1"},
             Row{"x.w.example. A", "NOERROR x.w.example. CNAME www.example.; www.example. A 192.0.2.1"},
             Row{"out.example. A", "NOERROR out.example. CNAME www.elsewhere.test."},
         }) {
      CAPTURE(row.question);
      CHECK(ask(zone, row.question) == row.reply);
    }
  }
  TEST_CASE("asked for CNAME or ANY it is not followed") {
    CHECK(ask(zone, "two.example. CNAME") == "NOERROR two.example. CNAME one.example.");
    CHECK(ask(zone, "two.example. ANY") == "NOERROR two.example. CNAME one.example.");
  }
  TEST_CASE("NSEC and RRSIG are the alias's own, also where there are none (RFC 4035 §2.5)") {
    CHECK(ask_all(zone, "gone.example. NSEC") == "NODATA aa | authority example. SOA ttl 300");
    CHECK(ask(zone, "gone.example. RRSIG") == "NODATA");
    CHECK(ask(zone, "x.w.example. NSEC") == "NODATA");
    CHECK(ask(zone, "gone.example. NSEC3") == "NXDOMAIN gone.example. CNAME nothing.example.");
  }
  TEST_CASE("the rcode is of the last name, AA of the first (RFC 6604)") {
    CHECK(ask_all(zone, "gone.example. A") ==
          "NXDOMAIN aa | answer gone.example. CNAME nothing.example. | authority example. SOA ttl 300");
    CHECK(ask_all(zone, "one.example. TXT") ==
          "NOERROR aa | answer one.example. CNAME www.example. | authority example. SOA ttl 300");
    CHECK(ask_all(zone, "empty.example. A") ==
          "NOERROR aa | answer empty.example. CNAME ent.example. | authority example. SOA ttl 300");
    CHECK(ask_all(zone, "out.example. A") == "NOERROR aa | answer out.example. CNAME www.elsewhere.test.");
  }
  TEST_CASE("it goes on in other zones of this server; what proves absence is of the last") {
    CHECK(ask(zone, "over.example. A") ==
          "NOERROR over.example. CNAME www.other.test.; www.other.test. A 192.0.2.9");
    CHECK(ask(zone, "back.example. A") ==
          "NOERROR back.example. CNAME back.other.test.; back.other.test. CNAME "
          "www.example.; www.example. A 192.0.2.1");
    CHECK(ask_all(zone, "lost.example. A") ==
          "NXDOMAIN aa | answer lost.example. CNAME nothing.other.test. | "
          "authority other.test. SOA ttl 60");
  }
  TEST_CASE("loops end, each record once") {
    CHECK(ask(zone, "self.example. A") == "NOERROR self.example. CNAME self.example.");
    CHECK(ask(zone, "ping.example. A") ==
          "NOERROR ping.example. CNAME pong.example.; pong.example. CNAME ping.example.");
    CHECK(ask(zone, "y.l.example. A") ==
          "NOERROR y.l.example. CNAME x.l.example.; x.l.example. CNAME x.l.example.");
  }
  TEST_CASE("names that differ only where they are deeper than the zone are not taken for each other") {
    const auto shallow = zone_of("example.", apex + "*.l 300 IN CNAME a.x.l\n");
    CHECK(ask(shallow, "b.x.l.example. A") ==
          "NOERROR b.x.l.example. CNAME a.x.l.example.; a.x.l.example. CNAME a.x.l.example.");
  }
  TEST_CASE("eight aliases are followed, and no more") {
    std::string text = apex + "www 300 IN A 192.0.2.1\nc1 300 IN CNAME www\n";
    for (int i = 2; i <= 12; ++i)
      text += "c" + std::to_string(i) + " 300 IN CNAME c" + std::to_string(i - 1) + "\n";
    const auto chain = zone_of("example.", text);
    const Reply whole = reply_to(chain, "c8.example. A");
    CHECK(whole.answer.size() == 9);
    CHECK(whole.answer.back().type == 1);
    const Reply cut = reply_to(chain, "c12.example. A");
    CHECK(cut.answer.size() == 9);
    CHECK(cut.answer.back().type == 5);
    CHECK(cut.rcode() == 0);
    CHECK(cut.authority.empty());
  }
  TEST_CASE("of very long names five are followed: the asker goes on") {
    const auto long_name = [](int i) {
      return "c" + std::to_string(i) + "." + std::string(60, 'x') + "." + std::string(60, 'y') + "." +
             std::string(60, 'z');
    };
    std::string text = apex;
    for (int i = 1; i <= 8; ++i) text += long_name(i) + " 300 IN CNAME " + long_name(i - 1) + "\n";
    text += long_name(0) + " 300 IN A 192.0.2.1\n";
    const auto chain = zone_of("example.", text);
    const Reply whole = reply_to(chain, long_name(5) + ".example. A +tcp");
    CHECK(whole.answer.size() == 6);
    CHECK(whole.answer.back().type == 1);
    const Reply reply = reply_to(chain, long_name(8) + ".example. A +tcp");
    CHECK(reply.answer.size() == 6);  // over 900 octets: the sixth target is named, but not followed
    CHECK(reply.answer.back().type == 5);
    CHECK(reply.rcode() == 0);
    CHECK_FALSE(reply.has(0x0200));
  }
}
