#include "sync/fleet/canary.h"

#include <doctest/doctest.h>

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("fleet: the canary") {
  using Reason = std::optional<std::string>;

  AnswerCounts counts(std::uint64_t answers, std::uint64_t servfail, std::uint64_t nxdomain,
                      std::uint64_t process = 1) {
    return {process, answers, servfail, nxdomain};
  }

  TEST_CASE("shares that rise over their limits stop a push") {
    struct Row {
      AnswerCounts before, at_push, now;
      const char* reason;  ///< "": it goes on
    };
    for (const Row& row : {
             // 30 % NXDOMAIN before; 40 % after is the limit.
             Row{counts(0, 0, 0), counts(1000, 0, 300), counts(2000, 0, 700), ""},
             Row{counts(0, 0, 0), counts(1000, 0, 300), counts(2000, 0, 720),
                 "NXDOMAIN rose from 30 % to 42 % of 1000 answers"},
             Row{counts(0, 0, 0), counts(1000, 0, 0), counts(2000, 20, 0), ""},
             Row{counts(0, 0, 0), counts(1000, 0, 0), counts(2000, 30, 0),
                 "SERVFAIL rose from 0 % to 3 % of 1000 answers"},
             // A PoP that fails much anyway is no reason.
             Row{counts(0, 0, 0), counts(1000, 100, 0), counts(2000, 210, 0), ""},
             // Too few answers since the push.
             Row{counts(0, 0, 0), counts(1000, 0, 0), counts(1099, 99, 0), ""},
             Row{counts(0, 0, 0), counts(1000, 0, 0), counts(1100, 100, 0),
                 "SERVFAIL rose from 0 % to 100 % of 100 answers"},
             // What was lately counts, not what was long ago.
             Row{counts(1'000'000, 0, 0), counts(1'000'200, 0, 100), counts(1'000'400, 0, 200), ""},
             // Nothing known from before: SERVFAIL is bad all the same, NXDOMAIN may be usual.
             Row{counts(0, 0, 0), counts(0, 0, 0), counts(200, 0, 200), ""},
             Row{counts(0, 0, 0), counts(0, 0, 0), counts(200, 10, 0),
                 "SERVFAIL rose from 0 % to 5 % of 200 answers"},
             Row{counts(0, 0, 0), counts(1000, 0, 0), counts(5, 0, 0, 2), "the responder was restarted"},
         }) {
      CAPTURE(row.now.answers);
      Canary canary(row.before, row.at_push, {});
      CHECK(canary.judge(row.now).value_or("") == row.reason);
    }
  }

  TEST_CASE("a responder that is silent twice in a row is a reason") {
    Canary canary(counts(0, 0, 0), counts(1000, 0, 0), {});
    CHECK_FALSE(canary.judge(std::nullopt));
    CHECK_FALSE(canary.judge(counts(1000, 0, 0)));
    CHECK_FALSE(canary.judge(std::nullopt));
    CHECK(canary.judge(std::nullopt) == Reason("the responder does not answer any more"));
  }

  TEST_CASE("a reading from before a restart is no baseline") {
    Canary canary(counts(500, 0, 0, 7), counts(10, 0, 0, 8), {});
    CHECK_FALSE(canary.judge(counts(200, 0, 190, 8)));
    CHECK(canary.judge(counts(200, 190, 0, 8)));
  }
}

}  // namespace
}  // namespace doors
