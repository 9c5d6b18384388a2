#include "server/transfer/response_parts.h"

#include <vector>

#include <doctest/doctest.h>

#include "server/message/header.h"
#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "zones/base/text_encoding.h"

using namespace doors;

TEST_SUITE("transfer: parts of a response") {
  TEST_CASE("question and OPT are found behind whatever records") {
    const auto response = *from_hex(
        "1234"
        "8400"
        "0001"
        "0001"
        "0000"
        "0001"
        "0178"
        "00"
        "0001"
        "0001"  // x. A
        "c00c"
        "0001"
        "0001"
        "00000001"
        "0004"
        "c0000201"
        "00"
        "0029"
        "04d0"
        "00000000"
        "0004"
        "00030000");
    const ResponseParts parts = ResponseParts::of(response);
    CHECK(to_hex(parts.question) == "01780000010001");
    CHECK(to_hex(parts.opt) == "00002904d000000000000400030000");
  }
  TEST_CASE("a response without question and OPT has neither") {
    const ResponseParts parts = ResponseParts::of(*from_hex("123484000000000000000000"));
    CHECK(parts.question.empty());
    CHECK(parts.opt.empty());
  }
  TEST_CASE("what is kept has another rcode, no records and no EDE") {
    auto response = *from_hex(
        "1234"
        "8585"
        "0001"
        "0001"
        "0000"
        "0001"
        "0178"
        "00"
        "0001"
        "0001"
        "c00c"
        "0001"
        "0001"
        "00000001"
        "0004"
        "c0000201"
        "00"
        "0029"
        "04d0"
        "01008000"
        "0011"
        "000f0003"
        "001441"
        "00030006"
        "616263646566");
    const std::size_t size = keep_question_and_opt(response, response.size(), header_bit::aa, Rcode::notauth);
    CHECK(to_hex(Octets(response).first(size)) ==
          "1234"
          "8589"
          "0001"
          "0000"
          "0000"
          "0001"
          "0178000001000100002904d0"
          "00008000"
          "000a"
          "00030006"
          "616263646566");
  }
  TEST_CASE("an OPT is put behind the rest and counted") {
    auto response = *from_hex("123484000000000000000000");
    response.resize(64);
    CHECK(append_opt(response, 12, {}) == 12);
    const auto opt = *from_hex("00002904d0000000000000");
    CHECK(append_opt(response, 12, opt) == 23);
    CHECK(to_hex(Octets(response).first(23)) ==
          "123484000000000000000001"
          "00002904d0000000000000");
  }
}
