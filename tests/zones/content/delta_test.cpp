#include "zones/content/delta.h"

#include <doctest/doctest.h>

#include "tests/zones/content/records.h"
#include "zones/content/digest.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

using test::content_of;
using test::Record;

constexpr std::string_view third_soa_rdata = "00 00 00000003 00000002 00000003 00000004 00000005";
const Record soa_1{"e.", RRType::soa, 9, test::soa_rdata};
const Record soa_2{"e.", RRType::soa, 9, test::next_soa_rdata};
const Record soa_3{"e.", RRType::soa, 9, third_soa_rdata};
const Record a1{"w.e.", RRType::a, 5, "c0000201"};
const Record a2{"w.e.", RRType::a, 5, "c0000202"};
const Record other{"v.e.", RRType::a, 5, "c0000203"};
const Record text{"w.e.", RRType::txt, 5, "0161"};

Delta between(const std::vector<Record>& before, const std::vector<Record>& after) {
  auto delta = Delta::between(content_of("e.", before), content_of("e.", after));
  REQUIRE(delta);
  return *std::move(delta);
}

TEST_SUITE("content: deltas") {
  struct Row {
    const char* title;
    std::vector<Record> before, after;
    std::size_t gone, come;  // RRsets beside the SOA
  };
  const std::vector<Row>& rows() {
    static const std::vector<Row> all{{"the SOA alone", {soa_1, a1}, {soa_2, a1}, 0, 0},
                                      {"an RRset comes", {soa_1}, {soa_2, a1}, 0, 1},
                                      {"an RRset goes", {soa_1, a1, other}, {soa_2, other}, 1, 0},
                                      {"one record more", {soa_1, a1}, {soa_2, a1, a2}, 1, 1},
                                      {"first and last", {soa_1, other}, {soa_2, text}, 1, 1},
                                      {"nothing at all", {soa_1, a1}, {soa_1, a1}, 0, 0}};
    return all;
  }

  TEST_CASE("the difference of two contents makes the one of the other") {
    for (const Row& row : rows()) {
      CAPTURE(row.title);
      const Content before = content_of("e.", row.before);
      const Content after = content_of("e.", row.after);
      const auto delta = Delta::between(before, after);
      REQUIRE(delta);
      CHECK(delta->gone().rrset_count() == row.gone + 1);
      CHECK(delta->come().rrset_count() == row.come + 1);
      const auto made = delta->apply(before);
      REQUIRE(made);
      CHECK(std::ranges::equal(made->stream(), after.stream()));
      CHECK(delta->digest_after(content_digest(before)) == content_digest(after));
      CHECK(delta->records_after(before.record_count()) == after.record_count());
    }
  }

  TEST_CASE("a delta is read as it was written, and nothing else is") {
    const std::vector<std::byte> stream = between({soa_1, a1}, {soa_2, a2, text}).stream();
    const auto read = Delta::parse(stream);
    REQUIRE(read);
    CHECK(read->stream() == stream);
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
      CAPTURE(cut);
      // A stream that ends between two RRsets is a shorter one; its length is signed.
      const auto shorter = Delta::parse(Octets(stream).first(cut));
      CHECK((!shorter || shorter->come().rrset_count() < read->come().rrset_count()));
    }
    auto longer = stream;
    longer.push_back(std::byte{0});
    CHECK(!Delta::parse(longer));
    auto elsewhere = stream;
    elsewhere[8] = std::byte{0xff};
    CHECK(!Delta::parse(elsewhere));
  }

  TEST_CASE("a delta of two zones is none") {
    const Content one = content_of("e.", {soa_1});
    const Content two = content_of("f.", {{"f.", RRType::soa, 9, test::soa_rdata}});
    CHECK(!Delta::of(one, two));
    CHECK(!Delta::between(one, two));
  }

  TEST_CASE("what goes has to be there, and what comes must not") {
    const Delta less = between({soa_1, a1}, {soa_2});
    CHECK(!less.apply(content_of("e.", {soa_1})));
    CHECK(!less.apply(content_of("e.", {soa_1, a2})));
    CHECK(!less.apply(content_of("e.", {soa_1, a1, a2})));
    CHECK(!less.apply(content_of("e.", {soa_3, a1})));
    const Delta more = between({soa_1}, {soa_2, a1});
    CHECK(!more.apply(content_of("e.", {soa_1, a2})));
    CHECK(more.apply(content_of("e.", {soa_1, other})));
  }

  TEST_CASE("several changes are one") {
    const std::vector<std::vector<Record>> versions{{soa_1, a1, other}, {soa_2, a2, text}, {soa_3, a1, text}};
    const std::vector<Delta> steps{between(versions[0], versions[1]), between(versions[1], versions[2])};
    const auto joined = Delta::joined(steps);
    REQUIRE(joined);
    // What came back to what it was is no change.
    CHECK(joined->gone().rrset_count() == 2);
    CHECK(joined->come().rrset_count() == 2);
    const auto made = joined->apply(content_of("e.", versions[0]));
    REQUIRE(made);
    CHECK(std::ranges::equal(made->stream(), content_of("e.", versions[2]).stream()));
  }

  TEST_CASE("changes that do not go on from each other are not joined") {
    const Delta first = between({soa_1, a1}, {soa_2, a2});
    for (const Delta& wrong :
         {between({soa_1, a2}, {soa_2}), between({soa_2, a1}, {soa_3}), between({soa_2}, {soa_3, a1})}) {
      const std::vector<Delta> steps{first, wrong};
      CHECK(!Delta::joined(steps));
    }
    // An RRset that the first does not touch may be there.
    const std::vector<Delta> steps{first, between({soa_2, a2, other}, {soa_3, a2})};
    CHECK(Delta::joined(steps));
  }
}

}  // namespace
}  // namespace doors
