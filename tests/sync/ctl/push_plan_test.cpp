#include "sync/ctl/push_plan.h"

#include <doctest/doctest.h>

using namespace doors;
using namespace doors::ctl;

namespace {

PushFacts facts(std::uint32_t served_serial, std::uint64_t served_records, std::uint32_t serial,
                std::uint64_t records) {
  PushFacts given;
  given.served = PushFacts::Served{Serial(served_serial), served_records, false};
  given.serial = Serial(serial);
  given.records = records;
  return given;
}

Problem problem(Gate gate, bool error) {
  return {.error = error, .gate = gate, .file = "f", .line = 3, .owner = "o.", .message = "wrong"};
}

using Weight = PushDecision::Finding::Weight;

}  // namespace

TEST_SUITE("ctl: gates of a push") {
  TEST_CASE("a new zone passes") {
    PushFacts given;
    given.serial = Serial(1);
    given.records = 3;
    const auto decision = decide(given, {}, {});
    CHECK(decision.verdict == Verdict::publish);
    CHECK(decision.findings.empty());
  }

  TEST_CASE("equal content is unchanged, whatever its gates say") {
    auto given = facts(7, 10, 7, 10);
    given.served->same_content = true;
    given.problems = {problem(Gate::expired, true)};
    const auto decision = decide(given, {}, {});
    CHECK(decision.verdict == Verdict::unchanged);
    CHECK(decision.findings.empty());
  }

  TEST_CASE("the serial has to move forward on its circle (RFC 1982)") {
    struct Row {
      std::uint32_t served, now;
      Verdict verdict;
    };
    for (const Row& row :
         {Row{7, 8, Verdict::publish}, Row{7, 7, Verdict::refuse}, Row{8, 7, Verdict::refuse},
          Row{0xffff'ffff, 0, Verdict::publish}, Row{0, 0x8000'0000, Verdict::refuse}}) {
      CAPTURE(row.served);
      CAPTURE(row.now);
      CHECK(decide(facts(row.served, 10, row.now, 10), {}, {}).verdict == row.verdict);
    }
  }

  TEST_CASE("a zone may lose the configured share of its records and no more") {
    struct Row {
      std::uint64_t served, now;
      Verdict verdict;
    };
    for (const Row& row :
         {Row{10, 8, Verdict::publish}, Row{10, 7, Verdict::refuse}, Row{100, 80, Verdict::publish},
          Row{100, 79, Verdict::refuse}, Row{3, 2, Verdict::refuse}, Row{2, 200, Verdict::publish}}) {
      CAPTURE(row.served);
      CAPTURE(row.now);
      CHECK(decide(facts(7, row.served, 8, row.now), {}, {}).verdict == row.verdict);
    }
  }

  TEST_CASE("a zone may grow by the configured factor, or by 100,000 records, and not beyond the cap") {
    struct Row {
      std::uint64_t served, now;
      Verdict verdict;
    };
    for (const Row& row :
         {Row{10, 100'000, Verdict::publish}, Row{10, 100'010, Verdict::publish},
          Row{10, 100'011, Verdict::refuse}, Row{50'000, 500'000, Verdict::publish},
          Row{50'000, 500'001, Verdict::refuse}, Row{50'000'000, 50'000'001, Verdict::refuse}}) {
      CAPTURE(row.served);
      CAPTURE(row.now);
      const auto decision = decide(facts(7, row.served, 8, row.now), {}, {});
      CHECK(decision.verdict == row.verdict);
      if (row.verdict == Verdict::refuse) CHECK(decision.findings.at(0).gate == Gate::growth);
      CHECK(decide(facts(7, row.served, 8, row.now), {}, {Gate::growth}).verdict == Verdict::publish);
    }
    PushFacts fresh;
    fresh.records = 50'000'001;
    CHECK(decide(fresh, {}, {}).verdict == Verdict::refuse);
  }

  TEST_CASE("a gate warns, is overridden, or is not looked at") {
    GateModes modes;
    const auto shrunk = facts(7, 100, 8, 50);
    CHECK(decide(shrunk, modes, {}).findings.at(0).weight == Weight::refusal);
    const auto forced = decide(shrunk, modes, {Gate::shrink});
    CHECK(forced.verdict == Verdict::publish);
    CHECK(forced.findings.at(0).weight == Weight::forced);
    modes.shrink = GateMode::warn;
    const auto warned = decide(shrunk, modes, {});
    CHECK(warned.verdict == Verdict::publish);
    CHECK(warned.findings.at(0).weight == Weight::warning);
    modes.shrink = GateMode::off;
    CHECK(decide(shrunk, modes, {}).findings.empty());
  }

  TEST_CASE("problems of the content weigh by their gate; warnings never refuse") {
    auto given = facts(7, 10, 8, 10);
    given.problems = {problem(Gate::syntax, false), problem(Gate::signatures, true),
                      problem(Gate::expired, true)};
    const auto refused = decide(given, {}, {Gate::expired});
    CHECK(refused.verdict == Verdict::refuse);
    REQUIRE(refused.findings.size() == 3);
    CHECK(refused.findings[0].weight == Weight::warning);
    CHECK(refused.findings[1].weight == Weight::refusal);
    CHECK(refused.findings[2].weight == Weight::forced);
    CHECK(refused.findings[1].message == "f:3: o.: wrong");
    CHECK(decide(given, {}, {Gate::expired, Gate::signatures}).verdict == Verdict::publish);
  }

  TEST_CASE("doorsync, which looks again, is told what this operator does not refuse by") {
    GateModes modes;
    CHECK(overridden_gates(modes, {}).empty());
    CHECK(overridden_gates(modes, {Gate::serial, Gate::shrink}) == "shrink,serial");
    modes.serial = GateMode::warn;
    modes.zonemd = GateMode::off;
    modes.shrink_percent = 10;
    CHECK(overridden_gates(modes, {}) == "zonemd,serial");
    modes.max_records = 60'000'000;
    CHECK(overridden_gates(modes, {}) == "zonemd,growth,serial");
    modes.max_records = 1000;
    modes.shrink_percent = 21;
    CHECK(overridden_gates(modes, {Gate::serial}) == "zonemd,shrink,serial");
  }

  TEST_CASE("--force takes the gates' names, but not syntax") {
    const auto forced = parse_forced({"shrink", "serial"});
    REQUIRE(forced);
    CHECK(*forced == ForcedGates{Gate::shrink, Gate::serial});
    CHECK_FALSE(parse_forced({"syntax"}));
    CHECK_FALSE(parse_forced({"shrinking"}));
  }
}
