#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: ANY and RRSIG as question types (RFC 8482)") {
  const auto zone = zone_of("example.",
                            "@    300 IN SOA ns host 1 3600 600 86400 300\n"
                            "@    300 IN NS  ns\n"
                            "@    300 IN TXT text\n"
                            "t    300 IN TXT text\n"
                            "t    300 IN SSHFP 1 1 0123456789abcdef0123456789abcdef01234567\n"
                            "m    300 IN TXT text\n"
                            "m    300 IN MX 10 m\n"
                            "m    300 IN AAAA 2001:db8::1\n"
                            "c    300 IN CNAME m\n"
                            "*.w  300 IN TXT wild\n"
                            "e.e  300 IN A 192.0.2.1\n"
                            "aaaa 300 IN AAAA 2001:db8::1\n"
                            "aaaa 300 IN TXT text\n"
                            "ptr  300 IN PTR m\n"
                            "ptr  300 IN HINFO a b\n"
                            "n    300 IN NSEC ptr TXT NSEC\n"
                            "n    300 IN TXT text\n"
                            "k    300 IN DNSKEY 257 3 13 AAAA\n"
                            "k    300 IN CAA 0 issue \"ca.test\"\n");
  const auto nsec = snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/nsec.zone")});
  struct Row {
    const char* question;
    const char* reply;
  };

  TEST_CASE("ANY gets one RRset, over UDP and TCP") {
    for (const Row& row : {Row{"example. ANY", "NOERROR example. SOA ttl 300"},
                           Row{"t.example. ANY", "NOERROR t.example. TXT text"},
                           Row{"m.example. ANY", "NOERROR m.example. MX 10 m.example."},
                           Row{"m.example. ANY +tcp", "NOERROR m.example. MX 10 m.example."},
                           Row{"c.example. ANY", "NOERROR c.example. CNAME m.example."},
                           Row{"x.w.example. ANY", "NOERROR x.w.example. TXT wild"},
                           Row{"aaaa.example. ANY", "NOERROR aaaa.example. AAAA 2001:db8::1"},
                           Row{"ptr.example. ANY", "NOERROR ptr.example. PTR m.example."},
                           Row{"n.example. ANY", "NOERROR n.example. TXT text"},
                           Row{"k.example. ANY", "NOERROR k.example. CAA 0 issue \"ca.test\""},
                           Row{"e.example. ANY", "NODATA"}, Row{"no.example. ANY", "NXDOMAIN"}}) {
      CAPTURE(row.question);
      CHECK(ask(zone, row.question) == row.reply);
    }
  }
  TEST_CASE("DNSKEY and NSEC only if there is nothing else") {
    CHECK(ask(nsec, "www.example. ANY +do") == "NOERROR www.example. A 192.0.2.80; www.example. RRSIG A");
    CHECK(ask(nsec, "example. ANY").rfind("NOERROR example. SOA", 0) == 0);
  }
  TEST_CASE("RRSIG gets the signatures of one RRset") {
    CHECK(ask(nsec, "www.example. RRSIG") == "NOERROR www.example. RRSIG A");
    CHECK(ask(nsec, "www.example. RRSIG +do +tcp") == "NOERROR www.example. RRSIG A");
    CHECK(ask(zone, "example. RRSIG") == "NODATA");
    CHECK(ask_all(nsec, "example. RRSIG +do") == "NOERROR aa | answer example. RRSIG NS");  // not twice
  }
  TEST_CASE("NSEC and RRSIG are answered beside a CNAME (RFC 4035 §2.5)") {
    CHECK(ask(nsec, "alias.example. NSEC") == "NOERROR alias.example. NSEC *.alias.example.");
    CHECK(ask(nsec, "alias.example. RRSIG") == "NOERROR alias.example. RRSIG CNAME");
    CHECK(ask(nsec, "alias.example. A") ==
          "NOERROR alias.example. CNAME www.example.; www.example. A 192.0.2.80");
  }
  TEST_CASE("signatures that came with a DNAME on the way are not given twice") {
    const auto redirected = zone_of("example.",
                                    "@ 300 IN SOA ns host 1 3600 600 86400 300\n"
                                    "@ 300 IN NS  ns\n"
                                    "b 300 IN DNAME @\n"
                                    "b 300 IN RRSIG DNAME 13 2 300 20300101000000 20260101000000 1 @ c2ln\n");
    CHECK(ask(redirected, "b.b.example. RRSIG +do") ==
          "NOERROR b.example. DNAME example.; b.example. RRSIG DNAME; b.b.example. CNAME b.example.");
    CHECK(ask(redirected, "b.b.example. RRSIG") ==
          "NOERROR b.example. DNAME example.; b.b.example. CNAME b.example.; b.example. RRSIG DNAME");
  }
}
