#include <doctest/doctest.h>

#include "tests/zones/load/signed_zone.h"
#include "zones/load/ds_check.h"

namespace doors {

using Strings = std::vector<std::string>;

namespace {

// The key of RFC 8080 §6.1, and what stands for it at "example.com.".
const std::string key = "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";
const std::string other_key = "257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=";
const std::string sha256 = "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b";

const std::string apex =
    "$ORIGIN example.com.\n"
    "@ 300 SOA ns.test. host 1 2 3 4 5\n"
    "@ 300 NS ns.test.\n";
const std::string parent_apex =
    "$ORIGIN com.\n"
    "@ 300 SOA ns.test. host 1 2 3 4 5\n"
    "@ 300 NS ns.test.\n"
    "example 300 NS ns.test.\n";

Strings described(const std::vector<Problem>& problems) {
  Strings texts;
  for (const Problem& problem : problems) texts.push_back(test::describe(problem));
  return texts;
}

}  // namespace

TEST_SUITE("load: DS, CDS and CDNSKEY (RFC 4035 §5.2, RFC 7344 §4.1)") {
  TEST_CASE("CDS and CDNSKEY stand for keys of the zone") {
    struct Row {
      std::string text;
      Strings problems;
    };
    const std::string keyed = "@ 300 DNSKEY " + key + "\n";
    const std::string wrong = "3613 15 2 00a5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b";
    for (const Row& row : std::initializer_list<Row>{
             {keyed, {}},
             {keyed + "@ 300 CDS " + sha256 + "\n", {}},
             {keyed + "@ 300 CDNSKEY " + key + "\n", {}},
             {keyed + "@ 300 CDS 0 0 0 00\n@ 300 CDNSKEY 0 3 0 AA==\n", {}},
             {keyed + "@ 300 CDS " + wrong + "\n",
              {"signatures: example.com.: CDS stands for no DNSKEY of the zone"}},
             {keyed + "@ 300 CDNSKEY " + other_key + "\n",
              {"signatures: example.com.: CDNSKEY stands for no DNSKEY of the zone"}},
             {keyed + "@ 300 CDS " + sha256 + "\n@ 300 CDS " + wrong + "\n",
              {"signatures (warning): example.com.: CDS stands for no DNSKEY of the zone"}},
             {keyed + "@ 300 CDS 3613 15 250 00\n", {}},  // nobody here knows that digest
             {keyed + "@ 300 CDS " + sha256 + "\n@ 300 CDS 0 0 0 00\n",
              {"signatures: example.com.: CDS asks for deletion and for keys"}},
             {"@ 300 CDS " + sha256 + "\n",
              {"signatures (warning): example.com.: CDS stands for no DNSKEY of the zone"}},
         }) {
      CAPTURE(row.text);
      CHECK(described(check_child_keys(test::load(apex + row.text).content)) == row.problems);
    }
  }

  TEST_CASE("the DS of a parent leads to a key of the child") {
    struct Row {
      std::string parent;
      std::string child;
      Strings problems;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", key, {}},
             {"", "", {}},
             {sha256, key, {}},
             {sha256 + "\nexample 300 DS 1 8 250 00", key, {}},
             {"1 8 250 00", key, {}},
             {sha256, other_key, {"signatures: example.com.: no DS here stands for a DNSKEY of the zone"}},
             {sha256, "", {"signatures: example.com.: DS here, but the zone has no DNSKEY"}},
         }) {
      CAPTURE(row.parent);
      CAPTURE(row.child);
      const Content parent =
          test::load(parent_apex + (row.parent.empty() ? "" : "example 300 DS " + row.parent + "\n")).content;
      const Content child =
          test::load(apex + (row.child.empty() ? "" : "@ 300 DNSKEY " + row.child + "\n")).content;
      CHECK(described(check_delegation_signer(parent, child)) == row.problems);
    }
  }
}

}  // namespace doors
