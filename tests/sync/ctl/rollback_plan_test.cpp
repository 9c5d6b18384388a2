#include "sync/ctl/rollback_plan.h"

#include <doctest/doctest.h>

#include "zones/load/zone_file.h"

using namespace doors;
using namespace doors::ctl;

namespace {

StoredVersion version(std::uint64_t seq, int content, VersionKind kind = VersionKind::push) {
  StoredVersion made;
  made.zone = *Name::parse("example.");
  made.number = {1, seq};
  made.digest[0] = static_cast<std::byte>(content);
  made.kind = kind;
  return made;
}

Content content(const std::string& more, std::uint32_t serial = 7) {
  auto zone = load_zone_text("$ORIGIN example.\n@ 300 IN SOA ns host " + std::to_string(serial) +
                                 " 1 2 3 4\n@ 300 IN NS ns.other.\n" + more,
                             "example.zone", {});
  REQUIRE(zone);
  return std::move(zone->content);
}

}  // namespace

TEST_SUITE("ctl: rollback") {
  TEST_CASE("without --to it is the newest version with other content") {
    struct Row {
      std::vector<StoredVersion> history;
      std::uint64_t seq;  // 0: none
    };
    const auto gone = VersionKind::tombstone;
    for (const Row& row :
         {Row{{version(1, 1), version(2, 2)}, 1}, Row{{version(1, 1), version(2, 2), version(3, 2)}, 1},
          Row{{version(1, 1), version(2, 2), version(3, 1)}, 2}, Row{{version(1, 1), version(2, 0, gone)}, 1},
          Row{{version(1, 1), version(2, 0, gone), version(3, 2)}, 1}, Row{{version(1, 1)}, 0},
          Row{{version(1, 1), version(2, 1)}, 0}, Row{{}, 0}}) {
      CAPTURE(row.history.size());
      const auto chosen = choose_rollback(row.history, std::nullopt);
      CHECK(chosen.has_value() == (row.seq != 0));
      if (chosen) CHECK(chosen->number.seq == row.seq);
    }
  }

  TEST_CASE("a version that is named has to be there, have content, and be another") {
    const std::vector<StoredVersion> history{version(1, 1), version(2, 0, VersionKind::tombstone),
                                             version(3, 2), version(4, 2)};
    CHECK(choose_rollback(history, VersionNumber{1, 1}).has_value());
    for (const std::uint64_t seq : {2u, 3u, 4u, 5u}) {
      CAPTURE(seq);
      CHECK_FALSE(choose_rollback(history, VersionNumber{1, seq}));
    }
    CHECK_FALSE(choose_rollback(history, VersionNumber{2, 1}));
  }

  TEST_CASE("--to takes SEQ of the head's epoch or EPOCH/SEQ") {
    CHECK(*parse_version_number("5", 3) == VersionNumber{3, 5});
    CHECK(*parse_version_number("2/5", 3) == VersionNumber{2, 5});
    for (const char* text : {"", "x", "1/", "/1", "1/2/3", "-1", "99999999999/1"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_version_number(text, 1));
    }
  }

  TEST_CASE("unsigned content gets the serial after the head's and changes nowhere else") {
    const Content old = content("www 60 IN A 192.0.2.1\n", 7);
    const auto prepared = prepare_rollback(content("www 60 IN A 192.0.2.1\n", 7), Serial(9));
    REQUIRE(prepared);
    CHECK_FALSE(prepared->keeps_low_serial);
    CHECK(prepared->content.serial() == Serial(10));
    const auto back = with_serial(prepared->content, Serial(7));
    REQUIRE(back);
    CHECK(std::equal(back->stream().begin(), back->stream().end(), old.stream().begin(), old.stream().end()));
    CHECK(prepare_rollback(content(""), Serial(0xffff'ffff))->content.serial() == Serial(7));
  }

  TEST_CASE("content that is higher already keeps its serial") {
    const auto prepared = prepare_rollback(content("", 20), Serial(9));
    REQUIRE(prepared);
    CHECK(prepared->content.serial() == Serial(20));
    CHECK_FALSE(prepared->keeps_low_serial);
  }

  TEST_CASE("signed content and content with a ZONEMD keep their serial, and it is said") {
    for (const char* bound :
         {"@ 300 IN RRSIG SOA 13 1 300 20300101000000 20200101000000 1 example. AAAA\n",
          "@ 300 IN ZONEMD 7 1 1 "
          "0000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          "00000000000000\n"}) {
      CAPTURE(bound);
      const auto prepared = prepare_rollback(content(bound), Serial(9));
      REQUIRE(prepared);
      CHECK(prepared->keeps_low_serial);
      CHECK(prepared->content.serial() == Serial(7));
    }
  }

  TEST_CASE("content whose signatures are over is refused, unless that is forced, off or only warned of") {
    using Weight = PushDecision::Finding::Weight;
    const auto root = load_zone_file(DOORS_TEST_DATA_DIR "/root-2021-signed.zone", {});
    REQUIRE(root);
    const auto judged = [&](int year, GateModes modes = {}, ForcedGates forced = {}) {
      const WallTime now = std::chrono::sys_days(std::chrono::year(year) / 5 / 25);
      return judge_rollback(root->content, now, modes, forced);
    };
    CHECK(judged(2021).verdict == Verdict::publish);
    CHECK(judged(2021).findings.empty());  // its ZONEMD is wrong, which is no matter of time
    const PushDecision late = judged(2026);
    CHECK(late.verdict == Verdict::refuse);
    REQUIRE(late.findings.size() == 1);
    CHECK(late.findings.front().gate == Gate::expired);
    CHECK(late.findings.front().weight == Weight::refusal);
    CHECK(judged(2026, {}, {Gate::expired}).verdict == Verdict::publish);
    CHECK(judged(2026, {}, {Gate::expired}).findings.front().weight == Weight::forced);
    CHECK(judged(2026, {.expired = GateMode::warn}).verdict == Verdict::publish);
    CHECK(judged(2026, {.expired = GateMode::warn}).findings.size() == 1);
    CHECK(judged(2026, {.expired = GateMode::off}).findings.empty());
  }
}
