#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: DNSSEC with NSEC (RFC 4035 §3.1)") {
  const auto zone = snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/nsec.zone")});
  const std::string soa = "example. RRSIG SOA; example. SOA ttl 300";
  struct Row {
    const char* question;
    const char* authority;
  };
  /// The authority section without SOA, RRSIG and NS: just the proofs.
  std::string proofs(std::string_view question) {
    std::string text;
    for (const Record& record : reply_to(zone, question).authority) {
      if (record.type == 47 || record.type == 43) text += (text.empty() ? "" : "; ") + to_text(record);
    }
    return text;
  }

  TEST_CASE("RRSIGs come with DO alone") {
    CHECK(ask(zone, "www.example. A +do") == "NOERROR www.example. A 192.0.2.80; www.example. RRSIG A");
    CHECK(ask(zone, "www.example. A +edns") == "NOERROR www.example. A 192.0.2.80");
    CHECK(ask_section(zone, "authority", "no.example. A") == "example. SOA ttl 300");
    CHECK(ask_section(zone, "additional", "www.example. A +do") ==
          "ns.example. A 192.0.2.53; ns.example. AAAA 2001:db8::53; ns.example. RRSIG A; ns.example. RRSIG "
          "AAAA");
  }
  TEST_CASE("every authoritative RRset of a response is signed") {
    CHECK(ask_section(zone, "authority", "no.example. A +do") ==
          "example. NSEC alias.example.; example. RRSIG NSEC; " + soa +
              "; mail.example. NSEC ns.example.; mail.example. RRSIG NSEC");
  }
  TEST_CASE("the proofs") {
    for (const Row& row : {
             // §3.1.3.1: NODATA: the NSEC of the name, or of the one before an empty non-terminal
             Row{"www.example. TXT +do", "www.example. NSEC example."},
             Row{"example. A +do", "example. NSEC alias.example."},
             Row{"ent.example. A +do", "dn.example. NSEC leaf.a.ent.example."},
             Row{"a.ent.example. A +do", "dn.example. NSEC leaf.a.ent.example."},
             Row{"wild.example. A +do", "sub.example. NSEC *.wild.example."},
             // §3.1.3.2: NXDOMAIN: the one that covers the name, and the one that covers the wildcard
             Row{"aaa.example. A +do", "example. NSEC alias.example."},  // both in one
             Row{"zzz.example. A +do", "www.example. NSEC example.; example. NSEC alias.example."},
             Row{"x.www.example. A +do", "www.example. NSEC example."},
             Row{"x.ent.example. A +do",
                 "leaf.a.ent.example. NSEC x.hollow.example.; dn.example. NSEC "
                 "leaf.a.ent.example."},
             // §3.1.3.3: expanded from a wildcard: nothing closer
             Row{"x.wild.example. A +do", "here.wild.example. NSEC www.example."},
             Row{"a.b.wild.example. TXT +do", "*.wild.example. NSEC here.wild.example."},
             // §3.1.3.4: NODATA at a wildcard: its NSEC and nothing closer
             Row{"x.wild.example. MX +do",
                 "here.wild.example. NSEC www.example.; *.wild.example. NSEC here.wild.example."},
             Row{"*.wild.example. MX +do", "*.wild.example. NSEC here.wild.example."},
             // §3.1.4: referrals
             Row{"x.secure.example. A +do",
                 "secure.example. DS 12345 13 2 "
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
             Row{"x.sub.example. A +do", "sub.example. NSEC *.wild.example."},
             Row{"sub.example. DS +do", "sub.example. NSEC *.wild.example."},
             Row{"example. DS +do", "example. NSEC alias.example."},
             // along chains of aliases
             Row{"x.alias.example. A +do", "*.alias.example. NSEC dangling.example."},
             Row{"into.example. A +do", "sub.example. NSEC *.wild.example."},
             Row{"dangling.example. A +do", "mail.example. NSEC ns.example.; example. NSEC alias.example."},
         }) {
      CAPTURE(row.question);
      std::string expected = row.authority;
      std::string got = proofs(row.question);
      for (char& c : got) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      for (char& c : expected) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      CHECK(got == expected);
    }
  }
  TEST_CASE("a question for NSEC is answered, at a delegation referred") {
    CHECK(ask(zone, "www.example. NSEC") == "NOERROR www.example. NSEC example.");
    CHECK(ask(zone, "sub.example. NSEC") == "REFERRAL sub.example.");
    CHECK(ask(zone, "ent.example. NSEC") == "NODATA");
  }
  TEST_CASE("DS of an unsigned zone is answered when asked for, but belongs to no referral") {
    const auto unsigned_zone =
        snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/plain.zone")});
    CHECK(ask(unsigned_zone, "secure.example. DS +do").rfind("NOERROR secure.example. DS", 0) == 0);
    CHECK(ask_section(unsigned_zone, "authority", "x.secure.example. A +do") ==
          "secure.example. NS ns.secure.example.");
  }
  TEST_CASE("a zone whose SOA has no signature proves nothing, NSEC or not") {
    const auto half = zone_of("example.",
                              "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\n"
                              "@ 300 IN NSEC @ NS SOA NSEC\n");
    CHECK(ask_all(half, "no.example. A +do") == "NXDOMAIN aa | authority example. SOA ttl 300");
  }
  TEST_CASE("a signed zone without NSEC proves nothing at a delegation") {
    const auto unproved =
        zone_of("example.",
                "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\n"
                "@ 300 IN RRSIG SOA 13 1 300 20300101000000 20260101000000 1 example. AAAA\n"
                "sub 300 IN NS ns.elsewhere.test.\n");
    CHECK(ask_all(unproved, "x.sub.example. A +do") ==
          "REFERRAL sub.example. | authority sub.example. NS ns.elsewhere.test.");
  }
}
