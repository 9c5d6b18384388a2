#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "zones/base/text_encoding.h"

using namespace doors;

TEST_SUITE("answer: cookies (RFC 7873 §5.2 to §5.4)") {
  constexpr Now noon{1'559'731'985};
  /// One zone, and a secret.
  Snapshot with_cookies(Cookies::Demand demand = Cookies::Demand::never) {
    Snapshot snapshot = zone_of("example.",
                                "@ 300 IN SOA ns host 1 3600 600 86400 300\n"
                                "@ 300 IN NS  ns\n");
    snapshot.cookies.secrets[0].fill(std::byte{7});
    snapshot.cookies.count = 1;
    snapshot.cookies.demand = demand;
    return snapshot;
  }
  const std::string client_cookie = "0102030405060708";
  /// The COOKIE option of the answer, in hexadecimal.
  std::string cookie_of(const Reply& reply) {
    const auto data = reply.option(10);
    return data ? to_hex(octets_of(*data)) : "none";
  }
  /// A good cookie for that client, made at noon.
  std::string good_cookie(std::string_view transport = "") {
    return cookie_of(reply_to(with_cookies(),
                              "example. SOA +opt=10:" + client_cookie + " " + std::string(transport), noon));
  }
  const std::string forged = client_cookie + "0100000000000000aaaaaaaaaaaaaaaa";

  TEST_CASE("the moment that cookies carry is the wall clock's second, modulo 2^32 (RFC 9018 §4.3)") {
    CHECK(Now::of(WallTime(std::chrono::milliseconds(1'559'731'985'999))).wall_seconds == 1'559'731'985);
    CHECK(Now::of(WallTime(std::chrono::seconds(0x1'0000'0007))).wall_seconds == 7);
  }
  TEST_CASE("a client cookie comes back with a server cookie, on every kind of response") {
    const Snapshot zone = with_cookies();
    for (const char* question :
         {"example. SOA", "no.example. A", "other. A", "example. MAILA", "example. NXNAME",
          "example. AXFR +tcp", "example. SOA +tcp", "example. SOA +opcode=9", "x. TXT +class=CH"}) {
      CAPTURE(question);
      const std::string cookie = cookie_of(reply_to(zone, question + (" +opt=10:" + client_cookie), noon));
      CHECK(cookie.substr(0, 16) == client_cookie);
      CHECK(cookie.size() == 48);
    }
  }
  TEST_CASE("none comes back without one, with cookies off, and to an unknown EDNS version") {
    CHECK(cookie_of(reply_to(with_cookies(), "example. SOA +edns", noon)) == "none");
    Snapshot off = with_cookies();
    off.cookies.count = 0;
    CHECK(cookie_of(reply_to(off, "example. SOA +opt=10:" + client_cookie, noon)) == "none");
    CHECK(cookie_of(reply_to(with_cookies(), "example. SOA +version=1 +opt=10:" + client_cookie, noon)) ==
          "none");
  }
  TEST_CASE("a good cookie comes back as it is, a stale or forged one is replaced") {
    const Snapshot zone = with_cookies();
    const std::string good = good_cookie();
    CHECK(cookie_of(reply_to(zone, "example. SOA +opt=10:" + good, noon)) == good);
    CHECK(cookie_of(reply_to(zone, "example. SOA +opt=10:" + forged, noon)) == good);
    const Reply late = reply_to(zone, "example. SOA +opt=10:" + good, Now{noon.wall_seconds + 4000});
    CHECK(late.rcode() == 0);
    CHECK(cookie_of(late) != good);
  }
  TEST_CASE("a cookie is the address's it was made for") {
    Snapshot zone = with_cookies(Cookies::Demand::always);
    AskedMessage asked = message_of("example. SOA +opt=10:" + good_cookie());
    CHECK(reply_to(zone, asked.octets, asked.client, 1232, noon).rcode() == 0);
    asked.client.address[3] = std::byte{1};
    CHECK(reply_to(zone, asked.octets, asked.client, 1232, noon).rcode() == 23);
    AskedMessage over_v6 = message_of("example. SOA +ipv6 +opt=10:" + good_cookie("+ipv6"));
    CHECK(reply_to(zone, over_v6.octets, over_v6.client, 1232, noon).rcode() == 0);
    over_v6.client.address[15] = std::byte{1};
    CHECK(reply_to(zone, over_v6.octets, over_v6.client, 1232, noon).rcode() == 23);
  }
  TEST_CASE("a wrong length is a format error, on or off; of several the first counts") {
    for (const Snapshot& zone :
         {with_cookies(), zone_of("example.", "@ 300 SOA ns host 1 1 1 1 1\n@ 300 NS ns\n")}) {
      for (std::size_t octets = 0; octets <= 48; ++octets) {
        CAPTURE(octets);
        const bool right = octets == 8 || (octets >= 16 && octets <= 40);
        const Reply reply = reply_to(zone, "example. SOA +opt=10:" + std::string(2 * octets, 'a'), noon);
        CHECK(reply.rcode() == (right ? 0 : 1));
        CHECK(reply.has_opt);
        CHECK(reply.option(10).has_value() == (right && zone.cookies.count == 1));
      }
    }
    const std::string first = "example. SOA +opt=10:" + client_cookie;
    const Reply reply = reply_to(with_cookies(), first + " +opt=10:1111111111111111", noon);
    CHECK(reply.rcode() == 0);
    CHECK(cookie_of(reply).substr(0, 16) == client_cookie);
    CHECK(reply_to(with_cookies(), first + " +opt=10:22", noon).rcode() == 1);
    CHECK(reply_to(with_cookies(), "example. SOA +opt=10:22 +opt=10:" + client_cookie, noon).rcode() == 1);
  }
  TEST_CASE("a message without a question asks for a cookie (§5.4)") {
    const Snapshot zone = with_cookies();
    struct Row {
      std::string option;
      unsigned rcode;
    };
    for (const Row& row : {Row{"+opt=10:" + client_cookie, 0}, Row{"+opt=10:" + good_cookie(), 0},
                           Row{"+opt=10:" + forged, 23}, Row{"+opt=10:01", 1}, Row{"+edns", 1}, Row{"", 1},
                           Row{"+version=1 +opt=10:" + client_cookie, 16}}) {
      CAPTURE(row.option);
      for (const char* transport : {"", " +tcp"}) {
        const Reply reply = reply_to(zone, ". A +no_question " + row.option + transport, noon);
        CHECK(reply.rcode() == row.rcode);
        CHECK(reply.questions == 0);
        CHECK_FALSE(reply.has(0x0400));
        CHECK(reply.option(10).has_value() == (row.rcode == 0 || row.rcode == 23));
      }
    }
    Snapshot off = zone;
    off.cookies.count = 0;
    CHECK(reply_to(off, ". A +no_question +opt=10:" + client_cookie, noon).rcode() == 1);
  }
  TEST_CASE("who sent a cookie can be made to show a good one, over UDP") {
    const Now loaded{noon.wall_seconds, true};
    struct Row {
      Cookies::Demand demand;
      Now now;
      bool demanded;
    };
    for (const Row& row :
         {Row{Cookies::Demand::never, loaded, false}, Row{Cookies::Demand::under_load, noon, false},
          Row{Cookies::Demand::under_load, loaded, true}, Row{Cookies::Demand::always, noon, true}}) {
      const Snapshot zone = with_cookies(row.demand);
      const unsigned demanded = row.demanded ? 23 : 0;
      CHECK(reply_to(zone, "example. SOA", row.now).rcode() == 0);
      CHECK(reply_to(zone, "example. SOA +edns", row.now).rcode() == 0);
      CHECK(reply_to(zone, "example. SOA +opt=10:" + good_cookie(), row.now).rcode() == 0);
      CHECK(reply_to(zone, "example. SOA +tcp +opt=10:" + forged, row.now).rcode() == 0);
      for (const std::string& cookie : {client_cookie, forged}) {
        const Reply reply = reply_to(zone, "example. SOA +nsid +opt=10:" + cookie, row.now);
        CHECK(reply.rcode() == demanded);
        CHECK(reply.answer.empty() == row.demanded);
        CHECK(cookie_of(reply) == good_cookie());
        CHECK(reply.option(3) == std::string("test.nsid"));  // RFC 5001: on this response too
      }
    }
  }
}
