#include "server/health/judge.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using doors::ExpectedIdentity;
using doors::Identify;
using doors::Octets;
using doors::ProbeReport;
using doors::Question;
using doors::Rcode;
using Outcome = doors::ProbeReport::Outcome;

namespace {

void append(std::vector<std::byte>& out, std::initializer_list<unsigned> octets) {
  for (const unsigned octet : octets) out.push_back(static_cast<std::byte>(octet));
}

/// A response to `asked`: header, question, and OPT with `nsid` or a TXT answer of `text`.
std::vector<std::byte> response(const Question& asked, unsigned rcode, const std::string* nsid,
                                const std::string* text) {
  std::vector<std::byte> out;
  append(out, {unsigned{asked.id} >> 8, asked.id & 0xffu, 0x84, rcode, 0, 1, 0, text ? 1u : 0u, 0, 0, 0,
               nsid ? 1u : 0u});
  const Octets name = asked.name.wire();
  out.insert(out.end(), name.begin(), name.end());
  append(out, {0, raw(asked.type), 0, raw(asked.rr_class)});
  if (text) {
    append(out, {0xc0, 12, 0, 16, 0, 3, 0, 0, 0, 0, 0, static_cast<unsigned>(text->size()) + 1,
                 static_cast<unsigned>(text->size())});
    for (const char c : *text) out.push_back(static_cast<std::byte>(c));
  }
  if (nsid) {
    const auto length = static_cast<unsigned>(nsid->size());
    append(out, {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, length + 4, 0, 3, 0, length});
    for (const char c : *nsid) out.push_back(static_cast<std::byte>(c));
  }
  return out;
}

}  // namespace

TEST_SUITE("health: what a probe's answer proves") {
  Question soa;
  const ExpectedIdentity by_nsid{Identify::nsid, "a.fra"};
  const std::string ours = "a.fra";
  const std::string theirs = "b.ams";

  TEST_CASE("a well-formed response of any rcode with our NSID is alive") {
    soa.id = 4711;
    for (unsigned rcode = 0; rcode < 16; ++rcode) {
      const auto report = judge(response(soa, rcode, &ours, nullptr), soa, by_nsid, {});
      CHECK(report.alive());
      CHECK(report.rcode == Rcode(rcode));
    }
  }

  TEST_CASE("another PoP's answer, or one that does not say whose it is, proves nothing") {
    const auto other = judge(response(soa, 0, &theirs, nullptr), soa, by_nsid, {});
    CHECK(other.outcome == Outcome::foreign);
    CHECK(other.words.find("b.ams") != std::string::npos);
    CHECK(judge(response(soa, 0, nullptr, nullptr), soa, by_nsid, {}).outcome == Outcome::foreign);
    CHECK(judge(response(soa, 0, nullptr, nullptr), soa, {Identify::none, ""}, {}).alive());
  }

  TEST_CASE("id.server CH TXT can say it instead") {
    Question chaos;
    chaos.name = *doors::Name::parse("id.server.");
    chaos.type = doors::RRType::txt;
    chaos.rr_class = doors::RRClass::ch;
    const ExpectedIdentity by_text{Identify::id_server, "a.fra"};
    CHECK(judge(response(chaos, 0, nullptr, &ours), chaos, by_text, {}).alive());
    CHECK(judge(response(chaos, 0, nullptr, &theirs), chaos, by_text, {}).outcome == Outcome::foreign);
    CHECK(judge(response(chaos, 5, nullptr, nullptr), chaos, by_text, {}).outcome == Outcome::foreign);
  }

  TEST_CASE("octets that are no response to this question are malformed, cut anywhere") {
    const auto whole = response(soa, 0, &ours, nullptr);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CHECK(judge(Octets(whole).first(length), soa, by_nsid, {}).outcome == Outcome::malformed);
    }
    Question other = soa;
    other.id = 4712;
    CHECK(judge(whole, other, by_nsid, {}).outcome == Outcome::malformed);
    other = soa;
    other.type = doors::RRType::a;
    CHECK(judge(whole, other, by_nsid, {}).outcome == Outcome::malformed);
    auto query = whole;
    query[2] = std::byte{0};  // QR clear
    CHECK(judge(query, soa, by_nsid, {}).outcome == Outcome::malformed);
  }

  TEST_CASE("what must fail failed unless it was answered NOERROR") {
    ProbeReport report;
    CHECK(failed_as_it_must(report));
    report = judge(response(soa, 3, &ours, nullptr), soa, by_nsid, {});
    CHECK(failed_as_it_must(report));
    report = judge(response(soa, 0, &ours, nullptr), soa, by_nsid, {});
    CHECK(!failed_as_it_must(report));
  }
}
