#include <doctest/doctest.h>

#include "tests/zones/load/signed_zone.h"
#include "zones/base/text_encoding.h"
#include "zones/dns/nsec3_hash.h"
#include "zones/load/denial_check.h"

namespace doors {

using test::signed_zone;
using test::without;
using Strings = std::vector<std::string>;

namespace {

/// What check_denial() alone says: these zones are changed after they were signed.
Strings denial_of(const std::string& text) {
  Strings problems;
  for (const Problem& problem : check_denial(test::load(text, test::with_origin("example.")).content)) {
    problems.push_back(test::describe(problem));
  }
  return problems;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string hash_of(std::string_view name, std::string_view salt, std::uint16_t iterations) {
  return to_base32hex(nsec3_hash(*Name::parse(name), iterations, *from_hex(salt)));
}

std::string without_nsec3(const std::string& text, const std::string& hash) {
  return without(without(text, {hash + ".example.", "NSEC3"}), {hash + ".example.", "RRSIG"});
}

/// The NSEC3 zone with the NSEC3 of one hash taken out of the chain as a signer with opt-out would.
std::string unlinked(const std::string& text, const std::string& hash) {
  std::string next;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(hash) || line.find("\tNSEC3\t") == std::string::npos) continue;
    std::istringstream words(line);
    for (int i = 0; i < 9; ++i) words >> next;
  }
  REQUIRE_FALSE(next.empty());
  const std::string changed = without_nsec3(text, hash);
  return replaced(changed, " " + hash, " " + next);
}

}  // namespace

TEST_SUITE("load: NSEC chain (RFC 4035 §2.3)") {
  TEST_CASE("a name without NSEC, a link that is wrong and a list that lies are told") {
    const std::string text = signed_zone("ed25519");
    CHECK(denial_of(text) == Strings{});
    CHECK(denial_of(without(text, {"mail.example.", "NSEC"})) ==
          Strings{"signatures: mail.example.: no NSEC"});
    CHECK(denial_of(replaced(text, "NSEC\tns1.example.", "NSEC\tns2.example.")) ==
          Strings{"signatures: mail.example.: NSEC leads to ns2.example., not to ns1.example."});
    CHECK(denial_of(replaced(text, "NSEC\tns1.example. A", "NSEC\tns1.example. AAAA")) ==
          Strings{"signatures: mail.example.: NSEC lists other types than are here"});
    CHECK(denial_of(text + "new 300 A 192.0.2.1\n") ==
          Strings{"signatures: new.example.: no NSEC",
                  "signatures: mail.example.: NSEC leads to ns1.example., not to new.example."});
    // Below a cut nothing is in the chain.
    CHECK(denial_of(text + "a.insecure 300 A 192.0.2.1\n") == Strings{});
  }

  TEST_CASE("a signed zone that can deny nothing is told") {
    std::string text = signed_zone("ed25519");
    text = without(text, {"example.", "NSEC"});
    CHECK(
        denial_of(text) ==
        Strings{"signatures: example.: the zone is signed, but has neither NSEC nor NSEC3PARAM at its apex"});
  }
}

TEST_SUITE("load: NSEC3 chain (RFC 5155 §7.1)") {
  TEST_CASE("whole chains pass, with salt, iterations and opt-out") {
    CHECK(denial_of(signed_zone("nsec3")) == Strings{});
    CHECK(denial_of(signed_zone("nsec3-optout")) == Strings{});
  }

  TEST_CASE("a name, an empty non-terminal or a delegation that is not in the chain is told") {
    const std::string text = signed_zone("nsec3");
    for (const char* name : {"mail.example.", "deep.example.", "ent.deep.example.", "wild.example.",
                             "*.wild.example.", "secure.example.", "insecure.example.", "example."}) {
      CAPTURE(std::string(name));
      CHECK(denial_of(unlinked(text, hash_of(name, "aabbccdd", 5))) ==
            Strings{"signatures: " + std::string(name) + ": no NSEC3"});
    }
  }

  TEST_CASE("with opt-out an insecure delegation may be left out, and the empty non-terminals above it") {
    const std::string text = signed_zone("nsec3-optout");
    for (const char* name : {"insecure.example.", "sub.insecure-ent.x.example.", "x.example."}) {
      CAPTURE(std::string(name));
      CHECK(denial_of(unlinked(text, hash_of(name, "", 0))) == Strings{});
    }
    for (const char* name : {"mail.example.", "secure.example.", "deep.example.", "ent.deep.example."}) {
      CAPTURE(std::string(name));
      CHECK(denial_of(unlinked(text, hash_of(name, "", 0))) ==
            Strings{"signatures: " + std::string(name) + ": no NSEC3"});
    }
  }

  TEST_CASE("a chain that is not closed, an NSEC3 of no name and a list that lies are told") {
    const std::string text = signed_zone("nsec3");
    const std::string mail = hash_of("mail.example.", "aabbccdd", 5);
    const auto problems = denial_of(without_nsec3(text, mail));
    REQUIRE(problems.size() == 2);
    CHECK(problems[0] == "signatures: mail.example.: no NSEC3");
    CHECK(problems[1].find("NSEC3 does not lead to the next one") != std::string::npos);
    CHECK(denial_of(without(without(text, {"mail.example.", "A"}), {"mail.example.", "RRSIG"})) ==
          Strings{"signatures: " + mail + ".example.: NSEC3 of no name of the zone"});
    CHECK(denial_of(text + "mail 300 TXT x\n") ==
          Strings{"signatures: mail.example.: NSEC3 lists other types than are here"});
    CHECK(denial_of(text + "nohash 300 NSEC3 1 0 5 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n") ==
          Strings{"signatures: nohash.example.: NSEC3 at a name that is no hash"});
  }

  TEST_CASE("an NSEC3PARAM that is not in use denies nothing (RFC 5155 §4.1.2)") {
    for (const char* const param : {"NSEC3PARAM\t1 1 5", "NSEC3PARAM\t2 0 5"}) {
      CAPTURE(std::string(param));
      CHECK(denial_of(replaced(signed_zone("nsec3"), "NSEC3PARAM\t1 0 5", param)) ==
            Strings{"signatures: example.: the zone is signed, but its NSEC3PARAM is of an unknown algorithm "
                    "or has "
                    "flags"});
    }
  }

  TEST_CASE("a second chain with other parameters is nobody's business until NSEC3PARAM names it") {
    const std::string text = signed_zone("nsec3");
    CHECK(denial_of(
              text +
              "2t7b4g4vsa5smi47k61mv5bv1a22bojr 300 NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n") ==
          Strings{});
  }
}

}  // namespace doors
