#include <set>

#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: positive answers and what goes along (RFC 1034 §4.3.2)") {
  const auto zone = zone_of("example.",
                            "@    3600 IN SOA  ns host 1 3600 600 86400 300\n"
                            "@    3600 IN NS   ns\n"
                            "@    3600 IN NS   ns2\n"
                            "@    3600 IN NS   ns.elsewhere.test.\n"
                            "@    3600 IN MX   10 mail\n"
                            "@    3600 IN MX   20 mail.sub\n"
                            "ns   3600 IN A    192.0.2.53\n"
                            "ns   3600 IN AAAA 2001:db8::53\n"
                            "ns2  3600 IN A    192.0.2.54\n"
                            "mail 3600 IN A    192.0.2.25\n"
                            "mail 3600 IN A    192.0.2.26\n"
                            "_s._tcp 60 IN SRV 0 0 80 mail\n"
                            "www  60   IN A    192.0.2.80\n"
                            "sub  3600 IN NS   ns.sub\n"
                            "ns.sub   3600 IN A 192.0.2.99\n"
                            "mail.sub 3600 IN A 192.0.2.98\n");

  TEST_CASE("the RRset, the zone's NS and the addresses of both") {
    CHECK(ask_all(zone, "www.example. A") ==
          "NOERROR aa | answer www.example. A 192.0.2.80 | authority example. NS ns.elsewhere.test.; "
          "example. NS "
          "ns.example.; example. NS ns2.example. | additional ns.example. A 192.0.2.53; ns.example. AAAA "
          "2001:db8::53; ns2.example. A 192.0.2.54");
  }
  TEST_CASE("asked for NS, NS is in the answer alone") {
    CHECK(ask_all(zone, "example. NS") ==
          "NOERROR aa | answer example. NS ns.elsewhere.test.; example. NS ns.example.; example. NS "
          "ns2.example. | "
          "additional ns.example. A 192.0.2.53; ns.example. AAAA 2001:db8::53; ns2.example. A 192.0.2.54");
  }
  TEST_CASE("MX and SRV bring their targets' addresses, but no glue of other zones") {
    CHECK(
        ask_section(zone, "additional", "example. MX") ==
        "mail.example. A 192.0.2.25; mail.example. A 192.0.2.26; ns.example. A 192.0.2.53; ns.example. AAAA "
        "2001:db8::53; ns2.example. A 192.0.2.54");
    CHECK(
        ask_section(zone, "additional", "_s._tcp.example. SRV") ==
        "mail.example. A 192.0.2.25; mail.example. A 192.0.2.26; ns.example. A 192.0.2.53; ns.example. AAAA "
        "2001:db8::53; ns2.example. A 192.0.2.54");
  }
  TEST_CASE("a zone without NS at its apex answers, with nothing along") {
    const auto bare = snapshot_of({image_without_apex_ns("example.",
                                                         "@    3600 IN SOA ns host 1 3600 600 86400 300\n"
                                                         "@    3600 IN NS  ns\n"
                                                         "ns   3600 IN A   192.0.2.53\n")});
    CHECK(ask_all(bare, "ns.example. A") == "NOERROR aa | answer ns.example. A 192.0.2.53");
    CHECK(ask(bare, "example. NS") == "NODATA");
  }
  TEST_CASE("NS, MX and SRV bring addresses that a wildcard gives their targets, of the first few") {
    const auto wild = zone_of("example.",
                              "@     300 IN SOA ns.w host 1 3600 600 86400 300\n"
                              "@     300 IN NS  ns.w\n@ 300 IN NS ns.elsewhere.test.\n"
                              "*.w   300 IN A   192.0.2.1\n*.w 300 IN AAAA 2001:db8::1\n"
                              "mx    300 IN MX  1 a.w\nmx 300 IN MX 2 b.a\nmx 300 IN MX 3 host\n"
                              "host  300 IN A   192.0.2.2\n"
                              "*.a   300 IN CNAME a.w\n"
                              "srv   300 IN SRV 0 0 1 a.w\n"
                              "afsdb 300 IN AFSDB 1 a.w\n"
                              "same  300 IN MX  1 host\nsame 300 IN MX 2 host\n"
                              "many  300 IN MX  1 a.w\nmany 300 IN MX 1 b.w\nmany 300 IN MX 1 c.w\n"
                              "many  300 IN MX  1 d.w\nmany 300 IN MX 1 e.w\nmany 300 IN MX 1 f.w\n"
                              "many  300 IN MX  1 g.w\nmany 300 IN MX 1 h.w\nmany 300 IN MX 1 i.w\n");
    CHECK(ask_section(wild, "additional", "example. NS") ==
          "ns.w.example. A 192.0.2.1; ns.w.example. AAAA 2001:db8::1");
    CHECK(ask_section(wild, "additional", "mx.example. MX") ==
          "a.w.example. A 192.0.2.1; a.w.example. AAAA 2001:db8::1; host.example. A 192.0.2.2");
    CHECK(ask_section(wild, "additional", "srv.example. SRV") ==
          "a.w.example. A 192.0.2.1; a.w.example. AAAA 2001:db8::1");
    CHECK(ask_section(wild, "additional", "afsdb.example. AFSDB").empty());
    CHECK(ask_section(wild, "additional", "same.example. MX") == "host.example. A 192.0.2.2");
    CHECK(reply_to(wild, "many.example. MX +tcp").additional.size() == 16);
  }
  TEST_CASE("what the answer has is not told again") {
    CHECK(ask_section(zone, "additional", "ns.example. A") ==
          "ns.example. AAAA 2001:db8::53; ns2.example. A 192.0.2.54");
  }
  TEST_CASE("answers to DNSKEY, DS and ANY go without NS, and ANY without addresses (RFC 8482)") {
    CHECK(ask_section(zone, "authority", "www.example. ANY").empty());
    CHECK(ask_section(zone, "additional", "_s._tcp.example. ANY").empty());
  }
  TEST_CASE("a target below a zone cut is not told, one that the zone's NS names too is told once") {
    const auto mixed = zone_of("example.",
                               "@      300 IN SOA ns host 1 3600 600 86400 300\n"
                               "@      300 IN NS  ns\n@ 300 IN NS ns.sub\n"
                               "@      300 IN MX  1 ns\n@ 300 IN MX 2 mx.sub\n@ 300 IN MX 3 sub\n"
                               "ns     300 IN A   192.0.2.53\n"
                               "www    300 IN A   192.0.2.53\n"  // the same data as that of ns
                               "sub    300 IN NS  ns.sub\n"
                               "sub    300 IN A   192.0.2.9\n"
                               "ns.sub 300 IN A   192.0.2.54\n"
                               "mx.sub 300 IN A   192.0.2.25\n");
    CHECK(ask_section(mixed, "additional", "example. MX") ==
          "ns.example. A 192.0.2.53; ns.sub.example. A 192.0.2.54");
    CHECK(ask_section(mixed, "additional", "www.example. A") ==
          "ns.example. A 192.0.2.53; ns.sub.example. A 192.0.2.54");
  }
  TEST_CASE("addresses come as far as they fit, and of very many targets those of the first few") {
    std::string text = "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\n@ 300 IN NS ns2\n";
    for (const char* server : {"ns", "ns2"}) {
      text += std::string(server) + " 300 IN A 192.0.2.53\n" + server + " 300 IN AAAA 2001:db8::53\n";
    }
    for (int i = 10; i < 90; ++i) {
      const std::string host = "h" + std::to_string(i);
      text += "many 300 IN MX 1 " + host + "\n" + host + " 300 IN A 192.0.2." + std::to_string(i) + "\n";
    }
    for (int size = 300; size < 440; size += 4) {
      text += "t" + std::to_string(size) + " 300 IN TXT " + std::string(200, 'x') + " " +
              std::string(static_cast<std::size_t>(size - 200), 'y') + "\n";
    }
    for (std::size_t length = 20; length < 58; ++length) {
      const std::string owner = "m" + std::to_string(length) + " 300 IN MX 1 ";
      text += owner + "h10\n";
      for (const char c : {'a', 'b', 'c', 'd', 'e', 'f'})
        text += owner + std::string(length, c) + ".elsewhere.test.\n";
    }
    const auto crowded = zone_of("example.", text);
    std::set<std::size_t> seen;
    for (int size = 300; size < 440; size += 4) {
      const Reply reply = reply_to(crowded, "t" + std::to_string(size) + ".example. TXT");
      CHECK_FALSE(reply.has(0x0200));
      CHECK(reply.answer.size() == 1);
      seen.insert(reply.additional.size());
    }
    CHECK(seen == std::set<std::size_t>{0, 1, 2, 3, 4});
    seen.clear();
    for (int length = 20; length < 58; ++length) {
      const Reply reply = reply_to(crowded, "m" + std::to_string(length) + ".example. MX");
      CHECK_FALSE(reply.has(0x0200));
      seen.insert(reply.additional.size());
    }
    CHECK((seen.count(1) == 1 && seen.count(5) == 1));  // that of its own target alone; those of NS too
    CHECK(reply_to(crowded, "many.example. MX +tcp").additional.size() == 64 + 4);
  }
  TEST_CASE("TTLs are the zone's") {
    CHECK(reply_to(zone, "www.example. A").answer.at(0).ttl == 60);
    CHECK(reply_to(zone, "example. NS").answer.at(0).ttl == 3600);
  }
  TEST_CASE("names are matched without regard to case, in a zone written in any case too") {
    CHECK(ask(zone, "WWW.Example. A +keep_case") == "NOERROR WWW.Example. A 192.0.2.80");
    const auto shouting =
        zone_of("EXAMPLE.", "@ 300 IN SOA NS HOST 1 1 1 1 1\n@ 300 IN NS NS\nWWW 60 IN A 192.0.2.1\n");
    CHECK(ask(shouting, "www.example. A") == "NOERROR www.example. A 192.0.2.1");
  }
  TEST_CASE("labels hold any octet (RFC 2181 §11)") {
    const auto odd = zone_of("example.",
                             "@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\n"
                             "a\\000b 300 IN A 192.0.2.1\n"
                             "a\\.b   300 IN A 192.0.2.2\n"
                             "\\255   300 IN A 192.0.2.3\n"
                             "a.b     300 IN A 192.0.2.4\n");
    CHECK(ask(odd, "a\\000b.example. A") == "NOERROR a\\000b.example. A 192.0.2.1");
    CHECK(ask(odd, "a\\.b.example. A") == "NOERROR a\\.b.example. A 192.0.2.2");
    CHECK(ask(odd, "\\255.example. A") == "NOERROR \\255.example. A 192.0.2.3");
    CHECK(ask(odd, "a.b.example. A") == "NOERROR a.b.example. A 192.0.2.4");
    CHECK(ask(odd, "a\\001b.example. A") == "NXDOMAIN");
  }
  TEST_CASE("unknown types are answered like any other (RFC 3597)") {
    const auto unknown = zone_of("example.",
                                 "@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\n"
                                 "@ 300 IN TYPE65280 \\# 4 01020304\n");
    CHECK(reply_to(unknown, "example. TYPE65280").answer.at(0).rdata == "\1\2\3\4");
  }
  TEST_CASE("of nested zones the one with the longest origin answers") {
    const auto nested = zones_of({{"example.",
                                   "@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\n"
                                   "sub 300 IN NS ns.sub\nns.sub 300 IN A 192.0.2.1\n"},
                                  {"sub.example.",
                                   "@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\n"
                                   "ns 300 IN A 192.0.2.2\n"}});
    CHECK(ask(nested, "ns.sub.example. A") == "NOERROR ns.sub.example. A 192.0.2.2");
    CHECK(ask(nested, "x.sub.example. A") == "NXDOMAIN");
    CHECK(ask(nested, "x.example. A") == "NXDOMAIN");
  }
}
