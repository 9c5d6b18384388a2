#include "sync/fleet/canary.h"

#include <cmath>

namespace doors {
namespace {

constexpr int silent_too_often = 2;
constexpr double rounding = 1e-9;

double share(std::uint64_t part, std::uint64_t of) {
  return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
}

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

}  // namespace

Canary::Canary(const AnswerCounts& before, const AnswerCounts& at_push, const CanaryLimits& limits)
    : start_(at_push), limits_(limits) {
  const bool same = before.process == at_push.process && before.answers <= at_push.answers;
  const bool lately = same && at_push.answers - before.answers >= limits.least_answers;
  const AnswerCounts from = lately ? before : AnswerCounts{};
  answers_before_ = at_push.answers - from.answers;
  if (answers_before_ < limits.least_answers) answers_before_ = 0;
  if (answers_before_ == 0) return;
  servfail_before_ = share(at_push.servfail - from.servfail, answers_before_);
  nxdomain_before_ = share(at_push.nxdomain - from.nxdomain, answers_before_);
}

std::optional<std::string> Canary::judge(const std::optional<AnswerCounts>& now) {
  if (!now) {
    if (++silent_ < silent_too_often) return std::nullopt;
    return "the responder does not answer any more";
  }
  silent_ = 0;
  if (now->process != start_.process) return "the responder was restarted";
  const std::uint64_t answers = now->answers - start_.answers;
  if (answers < limits_.least_answers) return std::nullopt;
  const auto rises = [&](const char* rcode, std::uint64_t part, double before,
                         std::uint32_t limit) -> std::optional<std::string> {
    const double after = share(part, answers);
    if (after - before <= limit / 100.0 + rounding) return std::nullopt;
    return std::string(rcode) + " rose from " + percent(before) + " to " + percent(after) + " of " +
           std::to_string(answers) + " answers";
  };
  if (auto why =
          rises("SERVFAIL", now->servfail - start_.servfail, servfail_before_, limits_.servfail_percent))
    return why;
  if (answers_before_ == 0) return std::nullopt;
  return rises("NXDOMAIN", now->nxdomain - start_.nxdomain, nxdomain_before_, limits_.nxdomain_percent);
}

}  // namespace doors
