#include "zones/dns/query.h"

#include <doctest/doctest.h>

#include "tests/zones/dns/names.h"

namespace doors {

using test::hex;
using test::name;

namespace {

Question soa_question() {
  Question question;
  question.name = name("e.");
  question.id = 0x1234;
  return question;
}

/// A response to it: header flags, counts, then records, in hex.
std::vector<std::byte> response(std::string_view flags, std::string_view counts, std::string_view records) {
  return hex("1234" + std::string(flags) + "0001" + std::string(counts) + "0165 00 0006 0001" +
             std::string(records));
}
const std::string soa_record =
    "c00c 0006 0001 00000005 0018 c00c c00c 00000007 00000001 00000002 00000003 00000004";

}  // namespace

TEST_SUITE("dns: questions and what came back") {
  TEST_CASE("a question is built as asked") {
    Question question = soa_question();
    question.edns = false;
    CHECK(to_hex(build_query(question).view()) ==
          to_hex(hex("1234 0000 0001 0000 0000 0000 0165 00 0006 0001")));
    question.edns = true;
    question.dnssec_ok = true;
    CHECK(to_hex(build_query(question).view()) ==
          to_hex(hex("1234 0000 0001 0000 0000 0001 0165 00 0006 0001 00 0029 04d0 00008000 0000")));
    question.ask_nsid = true;
    CHECK(
        to_hex(build_query(question).view()) ==
        to_hex(hex("1234 0000 0001 0000 0000 0001 0165 00 0006 0001 00 0029 04d0 00008000 0004 0003 0000")));
    std::string longest;
    for (int i = 0; i < 127; ++i) longest += "a.";
    question.name = name(longest);
    CHECK(build_query(question).size == 12 + 255 + 4 + 15);
  }

  TEST_CASE("a response is summed up") {
    const auto summary = read_response(
        response("8583", "0001 0000 0001",
                 "c00c 0006 0001 00000005 0018 c00c c00c 00000007 00000001 00000002 00000003 00000004"
                 "00 0029 04d0 01000000 0007 0003 0003 706f70"));
    // SOA RDATA: two pointers and 20 octets are 24.
    REQUIRE(summary);
    CHECK(summary->id == 0x1234);
    CHECK(summary->authoritative);
    CHECK_FALSE(summary->truncated);
    CHECK(summary->answers == 1);
    CHECK(summary->serial == 7);
    CHECK(summary->nsid == "pop");
    CHECK(raw(summary->rcode) == 19);  // 3 in the header and 1 in OPT
  }

  TEST_CASE("the response must be to the question") {
    const Question asked = soa_question();
    CHECK(read_response(response("8400", "0001 0000 0000", soa_record), &asked));
    Question other = asked;
    other.id = 1;
    CHECK_FALSE(read_response(response("8400", "0001 0000 0000", soa_record), &other));
    other = asked;
    other.name = name("f.");
    CHECK_FALSE(read_response(response("8400", "0001 0000 0000", soa_record), &other));
    other = asked;
    other.type = RRType::ns;
    CHECK_FALSE(read_response(response("8400", "0001 0000 0000", soa_record), &other));
    CHECK_FALSE(read_response(response("a400", "0001 0000 0000", soa_record), &asked));  // opcode NOTIFY
    CHECK_FALSE(read_response(hex("1234 8400 0000 0000 0000 0000"), &asked));
    CHECK(read_response(hex("1234 8400 0000 0000 0000 0000")));
  }

  TEST_CASE("what is not well-formed is nothing") {
    CHECK_FALSE(read_response({}));
    CHECK_FALSE(read_response(response("0400", "0001 0000 0000", soa_record)));  // a query
    const auto whole = response("8400", "0001 0000 0000", soa_record);
    for (std::size_t size = 0; size < whole.size(); ++size)
      CHECK_FALSE(read_response(Octets(whole).first(size)));
    CHECK_FALSE(read_response(response("8400", "0001 0000 0000", soa_record + "00")));  // more behind
    CHECK_FALSE(read_response(response("8400", "0002 0000 0000", soa_record)));
    // A SOA that ends before or behind its RDATA.
    CHECK_FALSE(read_response(
        response("8400", "0001 0000 0000",
                 "c00c 0006 0001 00000005 0019 c00c c00c 00000007 00000001 00000002 00000003 00000004 00")));
    CHECK_FALSE(read_response(
        response("8400", "0002 0000 0000", "c00c 0006 0001 00000005 0004 c00c c00c" + soa_record)));
    // An option that overruns OPT.
    CHECK_FALSE(read_response(response("8400", "0000 0000 0001", "00 0029 04d0 00000000 0004 0003 0001")));
    // A text that overruns its RDATA.
    CHECK_FALSE(read_response(response("8400", "0001 0000 0000", "c00c 0010 0001 00000005 0002 0561")));
  }

  TEST_CASE("the first text of an answer is found") {
    const auto summary = read_response(response(
        "8400", "0002 0000 0000", "c00c 0010 0003 00000000 0004 03706f70 c00c 0010 0003 00000000 0002 0178"));
    REQUIRE(summary);
    CHECK(summary->first_text == "pop");
    CHECK_FALSE(summary->serial);
  }
}

}  // namespace doors
