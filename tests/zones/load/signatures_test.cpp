#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "tests/zones/load/signed_zone.h"

namespace doors {

using test::problems_of;
using test::signed_zone;
using test::without;
using Strings = std::vector<std::string>;

TEST_SUITE("load: signatures (RFC 4035 §5.3)") {
  TEST_CASE("a zone signed with any algorithm passes") {
    for (const char* file : {"rsasha1", "rsasha1-nsec3-sha1", "rsasha256", "rsasha512", "ecdsap256sha256",
                             "ecdsap384sha384", "ed25519", "ed448", "nsec3", "nsec3-optout", "zonemd"}) {
      CAPTURE(std::string(file));
      CHECK(problems_of(signed_zone(file), 2027) == Strings{});
    }
  }

  TEST_CASE("an unsigned zone has no problems") {
    CHECK(problems_of(signed_zone("plain"), 2027) == Strings{});
  }

  TEST_CASE("signatures that are over, or have not begun, are told of the gate expired") {
    CHECK(problems_of(signed_zone("ed25519"), 2030) ==
          Strings{"expired: example.: the signature of NS expired on 2029-01-01 (21 RRsets in all)"});
    CHECK(problems_of(signed_zone("ed25519"), 2025) ==
          Strings{"expired: example.: the signature of NS is not valid yet (21 RRsets in all)"});
  }

  TEST_CASE(
      "an RRset without a signature, or with one that does not verify, is told of the gate signatures") {
    const std::string text = signed_zone("ed25519");
    CHECK(problems_of(without(text, {"mail.example.", "RRSIG", "A"}), 2027) ==
          Strings{"signatures: mail.example.: no RRSIG over A"});
    CHECK(problems_of(without(text, {"secure.example.", "RRSIG", "DS"}), 2027) ==
          Strings{"signatures: secure.example.: no RRSIG over DS"});
    for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
             {"mail.example.\t300\tIN\tA\t192.0.2.3", "mail.example.\t300\tIN\tA\t192.0.2.4"},
             {"A 15 2 300 20290101000000 20260101000000 58349 example.",
              "A 15 1 300 20290101000000 20260101000000 58349 example."},
             {"A 15 2 300 20290101000000 20260101000000 58349 example.",
              "A 15 2 300 20290101000000 20260101000000 58348 example."},
             {"A 15 2 300 20290101000000 20260101000000 58349 example.",
              "A 15 2 300 20290101000000 20260101000000 58349 test."},
             {"A 15 2 300 20290101000000 20260101000000 58349 example.",
              "A 15 2 301 20290101000000 20260101000000 58349 example."},
             {"A 15 2 300 20290101000000 20260101000000 58349 example.",
              "A 15 2 300 20290101000001 20260101000000 58349 example."},
         }) {
      CAPTURE(std::string(to));
      std::string changed = text;
      const auto at = changed.find(from, changed.find("mail.example.\t300\tIN\tA"));
      REQUIRE(at != std::string::npos);
      changed.replace(at, std::string_view(from).size(), to);
      CHECK(problems_of(changed, 2027) == Strings{"signatures: mail.example.: no RRSIG verifies over A"});
    }
  }

  TEST_CASE("a TTL that was lowered does not break a signature") {
    std::string text = signed_zone("ed25519");
    const std::string_view from = "mail.example.\t300\tIN\tA";
    text.replace(text.find(from), from.size(), "mail.example.\t299\tIN\tA");
    CHECK(problems_of(text, 2027) == Strings{});
  }

  TEST_CASE("a signature of an algorithm nobody knows is a warning") {
    std::string text = signed_zone("ed25519");
    for (std::size_t at = 0; (at = text.find(" 15 ", at)) != std::string::npos;) text.replace(at, 4, " 99 ");
    for (std::size_t at = 0; (at = text.find("257 3 15", at)) != std::string::npos;)
      text.replace(at, 8, "257 3 99");
    const auto problems = problems_of(text, 2027);
    REQUIRE(problems.size() == 1);
    CHECK(problems.front() ==
          "signatures (warning): example.: only RRSIGs of unknown algorithms over NS (21 RRsets in all)");
  }

  TEST_CASE("the report says until when all of the zone is signed, and warns two days before") {
    const Content content = test::load(signed_zone("ed25519"), test::with_origin("example.")).content;
    const auto end = std::chrono::sys_days(std::chrono::year(2029) / 1 / 1);
    CHECK(check_dnssec(content, end - std::chrono::hours(49)).signed_until == end);
    CHECK(check_dnssec(content, end - std::chrono::hours(49)).problems.empty());
    CHECK_FALSE(check_dnssec(content, end + std::chrono::hours(1)).signed_until);
    Strings problems;
    const DnssecReport report = check_dnssec(content, end - std::chrono::hours(47));
    for (const Problem& problem : report.problems) problems.push_back(test::describe(problem));
    CHECK(problems ==
          Strings{"expired (warning): example.: the signature of NS expires soon, on 2029-01-01 (21 "
                  "RRsets in all)"});
    CHECK(report.signed_until == end);
    const Content plain = test::load(signed_zone("plain"), test::with_origin("example.")).content;
    CHECK_FALSE(check_dnssec(plain, end).signed_until);
  }

  TEST_CASE("signatures or a key alone are a warning, unless the SOA is signed") {
    const std::string plain = signed_zone("plain");
    CHECK(
        problems_of(plain + "w 300 RRSIG A 13 2 300 20290101000000 20260101000000 1 example. AQID\n", 2027) ==
        Strings{"signatures (warning): example.: the zone has RRSIG records, but no DNSKEY at its apex"});
    CHECK(problems_of(plain + "@ 300 DNSKEY 256 3 15 AQID\n", 2027) ==
          Strings{"signatures (warning): example.: the zone has a DNSKEY, but no RRSIG"});
  }

  TEST_CASE("signatures without a key are told") {
    const std::string text = without(signed_zone("ed25519"), {"example.", "DNSKEY"});
    CHECK(problems_of(text, 2027) ==
          Strings{"signatures: example.: the zone has RRSIG records, but no DNSKEY at its apex"});
  }

  TEST_CASE("keys that are no keys verify nothing and harm nothing") {
    for (const char* key : {"256 3 8 AQID", "256 3 8 AA==", "256 3 8 AAAA", "256 3 13 AQID", "256 3 15 AQID",
                            "256 3 16 AQID", "0 3 15 AQID", "256 2 15 AQID"}) {
      CAPTURE(std::string(key));
      std::string text = without(signed_zone("ed25519"), {"example.", "DNSKEY"});
      text += "@ 300 DNSKEY " + std::string(key) + "\n";
      const auto problems = problems_of(text, 2027);
      REQUIRE(problems.size() == 1);
      CHECK(problems[0] == "signatures: example.: no RRSIG verifies over NS (21 RRsets in all)");
    }
  }
}

}  // namespace doors
