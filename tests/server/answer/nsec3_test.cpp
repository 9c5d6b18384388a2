#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "zones/base/text_encoding.h"
#include "zones/dns/nsec3_hash.h"

using namespace doors;

TEST_SUITE("answer: DNSSEC with NSEC3 (RFC 5155 §7.2)") {
  const auto zone =
      snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/nsec3.zone")});
  const auto optout =
      snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/optout.zone")});
  struct Row {
    const char* question;
    const char* proofs;
  };

  using Hash = std::array<std::byte, 20>;
  Hash hash_of(const Snapshot& snapshot, NameView name) {
    const auto params = snapshot.zones->images().front()->nsec3_params();
    return nsec3_hash(name, params.iterations, params.salt);
  }
  /// What the NSEC3 RRset of `record` is to `name`: "=" its own, "<" it covers it, or "" neither.
  std::string relation(const Snapshot& snapshot, const Record& record, std::string_view name) {
    const Hash wanted = hash_of(snapshot, *Name::parse(name));
    const auto found = snapshot.zones->images().front()->nsec3_at_or_before(wanted);
    const Octets owner = octets_of(record.owner);
    if (!(found.node.name() == NameView::trusted(owner))) return "";
    return found.matches ? "=" : "<";
  }
  /// Checks that the response's NSEC3s are just those wanted: "=NAME" the NSEC3 of NAME, "<NAME" the one that
  /// covers NAME; gives "" or what is wrong.
  std::string differs(const Snapshot& snapshot, std::string_view question, std::string_view wanted_text) {
    std::vector<std::string> wanted;
    std::string word;
    for (const char c : std::string(wanted_text) + " ") {
      if (c != ' ')
        word += c;
      else if (!word.empty())
        wanted.push_back(std::exchange(word, ""));
    }
    std::vector<Record> proofs;
    std::vector<bool> used;
    for (const Record& record : reply_to(snapshot, question).authority) {
      if (record.type == 50) proofs.push_back(record);
    }
    used.resize(proofs.size());
    for (const std::string& each : wanted) {
      bool found = false;
      for (std::size_t i = 0; i < proofs.size(); ++i) {
        if (relation(snapshot, proofs[i], each.substr(1)) == each.substr(0, 1)) found = used[i] = true;
      }
      if (!found) return "lacks " + each;
    }
    for (const bool each : used) {
      if (!each) return "has more than is needed";
    }
    return "";
  }

  TEST_CASE("the proofs") {
    for (const Row& row : {
             // §7.2.2 name error: closest encloser, next closer name, wildcard
             Row{"no.example. A +do", "=example. <no.example. <*.example."},
             Row{"a.b.c.no.example. A +do", "=example. <no.example. <*.example."},
             Row{"x.www.example. A +do", "=www.example. <x.www.example. <*.www.example."},
             Row{"x.ent.example. A +do", "=ent.example. <x.ent.example. <*.ent.example."},
             Row{"dangling.example. A +do", "=example. <nothing.example. <*.example."},
             // §7.2.3 no data, not DS
             Row{"www.example. TXT +do", "=www.example."},
             Row{"example. A +do", "=example."},
             Row{"ent.example. A +do", "=ent.example."},
             Row{"hollow.example. A +do", "=hollow.example."},
             Row{"*.wild.example. MX +do", "=*.wild.example."},
             // §7.2.4 no data, DS
             Row{"sub.example. DS +do", "=sub.example."},
             Row{"www.example. DS +do", "=www.example."},
             Row{"example. DS +do", "=example."},
             // §7.2.5 wildcard no data
             Row{"x.wild.example. MX +do", "=wild.example. <x.wild.example. =*.wild.example."},
             Row{"x.y.wild.example. DS +do", "=wild.example. <y.wild.example. =*.wild.example."},
             // §7.2.6 wildcard answer
             Row{"x.wild.example. A +do", "<x.wild.example."},
             Row{"x.y.wild.example. TXT +do", "<y.wild.example."},
             Row{"x.alias.example. A +do", "<x.alias.example."},
             // §7.2.7 referral to an unsigned zone; a signed one has DS instead
             Row{"x.sub.example. A +do", "=sub.example."},
             Row{"into.example. A +do", "=sub.example."},
             Row{"x.secure.example. A +do", ""},
             // without DO
             Row{"no.example. A +edns", ""},
             Row{"x.sub.example. A", ""},
         }) {
      CAPTURE(row.question);
      CHECK(differs(zone, row.question, row.proofs) == "");
    }
  }
  TEST_CASE("with opt-out the closest provable encloser proves what has no NSEC3") {
    for (const Row& row : {
             Row{"x.sub.example. A +do", "=example. <sub.example."},
             Row{"sub.example. DS +do", "=example. <sub.example."},
             Row{"secure.example. TXT +do", ""},
             Row{"y.x.hollow.example. A +do", "=example. <hollow.example."},
             Row{"x.hollow.example. DS +do", "=example. <hollow.example."},
             // erratum 3441: an empty non-terminal above insecure delegations alone
             Row{"hollow.example. A +do", "=example. <hollow.example."},
             Row{"no.hollow.example. A +do", "=example. <hollow.example. <*.example."},
             Row{"no.example. A +do", "=example. <no.example. <*.example."},
             Row{"ent.example. A +do", "=ent.example."},
         }) {
      CAPTURE(row.question);
      CHECK(differs(optout, row.question, row.proofs) == "");
    }
  }
  TEST_CASE("hashed owner names do not exist (RFC 5155 §7.2.8)") {
    const std::string hashed =
        zone.zones->images().front()->nsec3_at_or_before(Hash{}).node.name().to_string();
    CHECK(ask(zone, hashed + " NSEC3") == "NXDOMAIN");
    CHECK(ask(zone, hashed + " A") == "NXDOMAIN");
    CHECK(ask(zone, "x." + hashed + " A") == "NXDOMAIN");
    CHECK(ask(zone, hashed + " ANY") == "NXDOMAIN");
    CHECK(ask(zone, hashed + " RRSIG") == "NXDOMAIN");
    CHECK(ask(zone, "www.example. NSEC3") == "NODATA");
  }
  TEST_CASE("NSEC3PARAM is answered at the apex") {
    CHECK(ask(zone, "example. NSEC3PARAM") == "NOERROR example. NSEC3PARAM 1 0 2 abcd");
  }
  TEST_CASE("the NSEC3s are signed") {
    const Reply reply = reply_to(zone, "no.example. A +do");
    CHECK(std::count_if(reply.authority.begin(), reply.authority.end(),
                        [](const Record& r) { return r.type == 50; }) == 3);
    CHECK(std::count_if(reply.authority.begin(), reply.authority.end(),
                        [](const Record& r) { return r.type == 46; }) == 4);
  }
  TEST_CASE("a hash that meets one of an existing name is SERVFAIL (RFC 5155 §7.2.9)") {
    // "lost.example." has an NSEC3, but is nowhere in the zone: as if its hash were another name's.
    const auto param = "@ 0 IN NSEC3PARAM 1 0 0 -\n";
    const auto text_of = [](std::string_view name) {
      const auto parsed = *Name::parse(name);
      return to_base32hex(nsec3_hash(parsed, 0, {}));
    };
    std::map<std::string, std::string> chain{{text_of("example."), "SOA NS NSEC3PARAM"},
                                             {text_of("lost.example."), "A"}};
    std::string text = std::string("@ 300 IN SOA ns host 1 1 1 1 1\n@ 300 IN NS ns\n") + param;
    for (auto at = chain.begin(); at != chain.end(); ++at) {
      const auto next = std::next(at) == chain.end() ? chain.begin() : std::next(at);
      text += at->first + " 300 IN NSEC3 1 0 0 - " + next->first + " " + at->second + "\n";
    }
    const auto collided = zone_of("example.", text);
    CHECK(ask_all(collided, "lost.example. A +do") == "SERVFAIL");
    const auto from_wildcard = zone_of("example.", text + "* 300 IN A 192.0.2.1\n");
    CHECK(ask_all(from_wildcard, "lost.example. A +do") == "SERVFAIL");
    CHECK(ask(from_wildcard, "lost.example. A") == "NOERROR lost.example. A 192.0.2.1");
    CHECK(ask(collided, "lost.example. A") == "NXDOMAIN");
    CHECK(ask(collided, "found.example. A +do") == "NXDOMAIN");
  }
}
