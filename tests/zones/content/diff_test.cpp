#include "zones/content/diff.h"

#include <doctest/doctest.h>

#include "tests/zones/content/records.h"

namespace doors {

using test::content_of;
using test::next_soa_rdata;
using test::soa_rdata;

TEST_SUITE("content: diff") {
  TEST_CASE("equal contents do not differ") {
    const Content one = content_of("e.", {{"e.", RRType::soa, 1, soa_rdata}});
    CHECK(diff(one, one).empty());
  }

  TEST_CASE("records are counted as added, removed or changed, each once") {
    struct Row {
      const char* title;
      std::vector<test::Record> before, after;
      std::size_t added, removed, changed, rrsets;
    };
    const test::Record a1{"w.e.", RRType::a, 5, "c0000201"};
    const test::Record a2{"w.e.", RRType::a, 5, "c0000202"};
    const test::Record a3{"w.e.", RRType::a, 5, "c0000203"};
    const test::Record a1_longer{"w.e.", RRType::a, 6, "c0000201"};
    const test::Record a2_longer{"w.e.", RRType::a, 6, "c0000202"};
    const test::Record other{"v.e.", RRType::a, 5, "c0000201"};
    for (const Row& row : std::initializer_list<Row>{
             {"a new RRset", {}, {a1, a2}, 2, 0, 0, 1},
             {"an RRset gone", {a1, a2}, {}, 0, 2, 0, 1},
             {"one more record", {a1}, {a1, a2}, 1, 0, 0, 1},
             {"one record less", {a1, a2, a3}, {a1, a3}, 0, 1, 0, 1},
             {"another address", {a1}, {a2}, 0, 0, 1, 1},
             {"another address and one more", {a1}, {a2, a3}, 1, 0, 1, 1},
             {"another TTL", {a1, a2}, {a1_longer, a2_longer}, 0, 0, 2, 1},
             {"another TTL and one more", {a1}, {a1_longer, a2_longer}, 1, 0, 1, 1},
             {"another owner", {a1}, {other}, 1, 1, 0, 2},
         }) {
      CAPTURE(std::string(row.title));
      auto before = row.before;
      auto after = row.after;
      before.push_back({"e.", RRType::soa, 1, soa_rdata});
      after.push_back({"e.", RRType::soa, 1, soa_rdata});
      const Content old = content_of("e.", before);
      const Content now = content_of("e.", after);
      const Diff found = diff(old, now);
      CHECK(found.added == row.added);
      CHECK(found.removed == row.removed);
      CHECK(found.changed == row.changed);
      CHECK(found.changes.size() == row.rrsets);
      const Diff back = diff(now, old);
      CHECK(back.added == row.removed);
      CHECK(back.removed == row.added);
      CHECK(back.changed == row.changed);
    }
  }

  TEST_CASE("changes come in canonical order and say what was and what is") {
    const Content old =
        content_of("e.", {{"e.", RRType::soa, 1, soa_rdata}, {"a.e.", RRType::a, 5, "c0000201"}});
    const Content now =
        content_of("e.", {{"e.", RRType::soa, 1, next_soa_rdata}, {"b.e.", RRType::a, 5, "c0000201"}});
    const Diff found = diff(old, now);
    REQUIRE(found.changes.size() == 3);
    CHECK(found.changes[0].before->type == RRType::soa);
    CHECK(found.changes[0].after->type == RRType::soa);
    CHECK(found.changes[1].before->owner == test::name("a.e.").view());
    CHECK_FALSE(found.changes[1].after);
    CHECK_FALSE(found.changes[2].before);
    CHECK(found.changes[2].after->owner == test::name("b.e.").view());
  }
}

}  // namespace doors
