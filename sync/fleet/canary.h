#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace doors {

/// What a responder has answered since its start, as its `status` tells it.
struct AnswerCounts {
  std::uint64_t process = 0;  ///< which process it is: another number, and it was restarted
  std::uint64_t answers = 0;
  std::uint64_t servfail = 0;
  std::uint64_t nxdomain = 0;
  friend bool operator==(const AnswerCounts&, const AnswerCounts&) = default;
};

/// When a canary's answers speak against a push.
struct CanaryLimits {
  std::chrono::milliseconds watch{10'000};  ///< for so long after the zones are served; 0: not at all
  std::uint32_t servfail_percent = 2;   ///< points of all answers by which SERVFAIL may become more; 1..100
  std::uint32_t nxdomain_percent = 10;  ///< the same of NXDOMAIN
  std::uint32_t least_answers = 100;    ///< fewer say nothing; 1..1,000,000
};

/// Judges one responder that serves a push before the others do, by what it answers: whether SERVFAIL or
/// NXDOMAIN have become a larger share than they were, and whether it is alive. The share before is that of
/// `before` to `at_push`, two readings ahead of the push, if there are enough answers between them, else that
/// of all answers of the process; without enough of either, SERVFAIL is judged as if there had been none and
/// NXDOMAIN not at all. Pure.
class Canary {
 public:
  Canary(const AnswerCounts& before, const AnswerCounts& at_push, const CanaryLimits& limits);

  /// Takes the newest reading, nothing if the responder did not answer. Gives the reason to stop, if this is
  /// one. A responder may fail to answer once.
  [[nodiscard]] std::optional<std::string> judge(const std::optional<AnswerCounts>& now);

 private:
  AnswerCounts start_;
  CanaryLimits limits_;
  std::uint64_t answers_before_ = 0;
  double servfail_before_ = 0;  // shares of 1
  double nxdomain_before_ = 0;
  int silent_ = 0;
};

}  // namespace doors
