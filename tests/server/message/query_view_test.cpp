#include "server/message/query_view.h"

#include <doctest/doctest.h>

#include "tests/support/ask.h"

using namespace doors;

TEST_SUITE("message: queries (RFC 1035 §4.1, RFC 6891)") {
  TEST_CASE("a question is borrowed as it came") {
    const AskedMessage asked = message_of("www.Example. AAAA +keep_case +rd");
    const QueryView query = QueryView::parse(asked.octets);
    CHECK(query.verdict == QueryVerdict::ask);
    CHECK(query.header.id == 0x1234);
    CHECK(query.header.opcode() == Opcode::query);
    CHECK(query.name.to_string() == "www.Example.");
    CHECK(query.name.wire().data() == asked.octets.data() + 12);
    CHECK(query.type == RRType::aaaa);
    CHECK(query.rr_class == RRClass::in);
    CHECK(query.question.size() == 13 + 4);
    CHECK_FALSE(query.edns.present);
  }
  TEST_CASE("OPT is read") {
    const QueryView query = QueryView::parse(message_of(". NS +do +nsid +size=4096").octets);
    CHECK(query.verdict == QueryVerdict::ask);
    CHECK(query.edns.present);
    CHECK(query.edns.dnssec_ok);
    CHECK(query.edns.wants_nsid);
    CHECK(query.edns.payload == 4096);
    CHECK(query.edns.version == 0);
  }
  TEST_CASE("a message cut anywhere is silence or a format error") {
    const AskedMessage asked = message_of("www.example. A +nsid");
    for (std::size_t size = 0; size < asked.octets.size(); ++size) {
      CAPTURE(size);
      const std::vector<std::byte> part(asked.octets.begin(),
                                        asked.octets.begin() + static_cast<std::ptrdiff_t>(size));
      const QueryVerdict verdict = QueryView::parse(part).verdict;
      CHECK(verdict == (size < 12 ? QueryVerdict::silence : QueryVerdict::format_error));
    }
  }
  TEST_CASE("a section's count may be as large as it likes") {
    AskedMessage asked = message_of("www.example. A");
    for (std::size_t at = 6; at < 12; ++at) {
      std::vector<std::byte> octets = asked.octets;
      octets[at] = std::byte{0xff};
      CHECK(QueryView::parse(octets).verdict == QueryVerdict::format_error);
    }
  }
}
