#include "sync/ctl/canary_watch.h"

#include <thread>

#include "sync/ctl/session.h"

namespace doors::ctl {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds least_before{1};
constexpr std::chrono::milliseconds between_readings{250};
constexpr std::chrono::seconds answers_within{2};

Outcome<AnswerCounts> read_counts(const Settings& settings) {
  auto doord = Session::open(settings.doord_socket, "doord");
  if (!doord) return Unexpected(doord.error());
  const auto reply = doord->ask(ControlMessage("status"), answers_within);
  if (!reply) return Unexpected(reply.error());
  const auto number = [&](std::string_view key) { return reply->message.number(key).value_or(0); };
  return AnswerCounts{number("pid"), number("udp_responses") + number("tcp_responses"),
                      number("rcode.servfail"), number("rcode.nxdomain")};
}

}  // namespace

Outcome<CanaryWatch> CanaryWatch::start(const Settings& settings) {
  const auto counts = read_counts(settings);
  if (!counts) return Unexpected(counts.error());
  return CanaryWatch(settings, *counts);
}

Outcome<void> CanaryWatch::begin() {
  std::this_thread::sleep_until(since_ + least_before);
  const auto counts = read_counts(*settings_);
  if (!counts) return Unexpected(counts.error());
  at_push_ = *counts;
  return {};
}

std::optional<std::string> CanaryWatch::run(Terminal& terminal) const {
  const CanaryLimits& limits = settings_->canary;
  Canary canary(before_, at_push_, limits);
  const auto end = steady_clock::now() + limits.watch;
  for (;;) {
    const auto counts = read_counts(*settings_);
    if (auto why = canary.judge(counts ? std::optional(*counts) : std::nullopt)) return why;
    const auto now = steady_clock::now();
    if (now >= end) return std::nullopt;
    const auto left = std::chrono::ceil<std::chrono::seconds>(end - now);
    terminal.progress("watching the canary: " + std::to_string(left.count()) + " s more");
    std::this_thread::sleep_until(std::min(now + between_readings, end));
  }
}

}  // namespace doors::ctl
