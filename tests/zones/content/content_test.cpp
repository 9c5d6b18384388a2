#include <doctest/doctest.h>

#include "tests/zones/content/records.h"

namespace doors {

using test::content_of;
using test::hex;
using test::name;
using test::soa_rdata;

namespace {

/// The stream of "e." with a SOA and what follows, in hex.
std::vector<std::byte> stream_of(const std::string& more) {
  std::vector<std::byte> stream;
  const Octets magic = octets_of("DOORCNT1");
  stream.insert(stream.end(), magic.begin(), magic.end());
  const auto rest = hex("0165 00" + more);
  stream.insert(stream.end(), rest.begin(), rest.end());
  return stream;
}
const std::string soa_set = "016500 0006 0000 00000001 0001 0016" + std::string(soa_rdata);

}  // namespace

TEST_SUITE("content: reading a stream") {
  TEST_CASE("what the builder made is read back, octet for octet") {
    const Content made = content_of("e.", {{"e.", RRType::soa, 60, soa_rdata},
                                           {"e.", RRType::ns, 60, "016e 0165 00"},
                                           {"w.e.", RRType::a, 5, "c0000201"},
                                           {"w.e.", RRType::a, 5, "c0000202"}});
    const Octets stream = made.stream();
    const auto read = Content::parse({stream.begin(), stream.end()});
    REQUIRE(read);
    CHECK(read->record_count() == 4);
    CHECK(read->rrset_count() == 3);
    CHECK(read->origin() == name("e.").view());
    CHECK(read->serial() == Serial(1));
    CHECK(read->find(name("W.E."), RRType::a)->rdatas.size() == 2);
    CHECK_FALSE(read->find(name("w.e."), RRType::aaaa));
    CHECK_FALSE(read->find(name("x.e."), RRType::a));
    CHECK(read->lower_bound(name("a.e.")) == 2);
    CHECK(read->lower_bound(name("x.e.")) == 3);
    CHECK(test::places(*read) == test::places(made));
  }

  TEST_CASE("a cut at any octet is an error") {
    const auto whole = stream_of(soa_set + "0161016500 0001 0000 00000001 0001 0004 c0000201");
    REQUIRE(Content::parse(whole));
    const std::size_t after_soa = 8 + 3 + 3 + 10 + 2 + 22;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      const auto start = whole.begin();
      CHECK(Content::parse({start, start + static_cast<std::ptrdiff_t>(size)}).has_value() ==
            (size == after_soa));
    }
  }

  TEST_CASE("what is wrong is named") {
    struct Row {
      const char* more;
      const char* message;
    };
    const std::string a = " 0001 0000 00000001 0001 0004 c0000201";
    for (const Row& row : std::initializer_list<Row>{
             {"0166 00 0001 0000 00000001 0001 0004 c0000201", "content: owner out of zone at octet 48"},
             {"0141 0165 00 0001 0000 00000001 0001 0004 c0000201", "content: bad owner name at octet 48"},
             {"c000 0001 0000 00000001 0001 0004 c0000201", "content: bad owner name at octet 48"},
             {"0161 0165 00 00ff 0000 00000001 0001 0000", "content: meta type at octet 48"},
             {"0161 0165 00 0001 0001 00000001 0001 0004 c0000201", "content: bad type covered at octet 48"},
             {"0161 0165 00 002e 0000 00000001 0001 0004 c0000201", "content: bad type covered at octet 48"},
             {"0161 0165 00 0001 0000 80000000 0001 0004 c0000201", "content: bad TTL at octet 48"},
             {"0161 0165 00 0001 0000 00000001 0000", "content: empty RRset at octet 48"},
             {"0161 0165 00 0001 0000 00000001 0001 0003 c00002", "content: bad RDATA at octet 48"},
             {"0161 0165 00 0002 0000 00000001 0001 0003 0141 00", "content: bad RDATA at octet 48"},
             {"0161 0165 00 0001 0000 00000001 0002 0004 c0000201 0004 c0000201",
              "content: RDATA out of order at octet 48"},
             {"0161 0165 00 0006 0000 00000001 0001 0016 0000000000010000000200000003000000040000 0005",
              "content: second SOA at octet 48"},
             {"0165 00 0001 0000 00000001 0001 0004 c0000201", "content: RRset out of order at octet 48"},
         }) {
      CAPTURE(std::string(row.more));
      const auto content = Content::parse(stream_of(soa_set + row.more));
      REQUIRE_FALSE(content);
      CHECK(content.error().message == row.message);
    }
    CHECK(Content::parse(stream_of("")).error().message == "content: no SOA at e.");
    CHECK(Content::parse(hex("00")).error().message == "content: not a content stream");
  }
}

}  // namespace doors
