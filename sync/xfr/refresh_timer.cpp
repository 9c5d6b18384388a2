#include "sync/xfr/refresh_timer.h"

#include <algorithm>

namespace doors::xfr {

namespace {

std::chrono::seconds bounded(std::uint32_t seconds) noexcept {
  return std::clamp(std::chrono::seconds(seconds), RefreshTimer::least, RefreshTimer::most);
}

}  // namespace

std::optional<Monotonic> RefreshTimer::expires() const noexcept {
  if (!confirmed_ || !soa_) return std::nullopt;
  return *confirmed_ + std::chrono::seconds(soa_->expire);
}

void RefreshTimer::confirm(Monotonic now, const SoaFields& soa, double jitter) noexcept {
  soa_ = soa;
  confirmed_ = now;
  failed_ = 0;
  rounds_in_vain_ = 0;
  const auto refresh = std::chrono::milliseconds(bounded(soa.refresh));
  const auto left_out = static_cast<double>(refresh.count()) / 10 * std::clamp(jitter, 0.0, 1.0);
  due_ = now + refresh - std::chrono::milliseconds(static_cast<std::int64_t>(left_out));
}

void RefreshTimer::fail(Monotonic now) noexcept {
  primary_ = (primary_ + 1) % primaries_;
  due_ = now;
  if (++failed_ < primaries_) return;
  failed_ = 0;
  due_ = now + pause();
  ++rounds_in_vain_;
}

void RefreshTimer::hurry(Monotonic now) noexcept { due_ = std::min(due_, now); }

std::chrono::seconds RefreshTimer::pause() const noexcept {
  const auto first = soa_ ? bounded(soa_->retry) : first_retry;
  const auto last = soa_ ? std::max(bounded(soa_->refresh), first) : last_first_retry;
  constexpr unsigned most_doublings = 16;
  return std::min(first * (1 << std::min(rounds_in_vain_, most_doublings)), last);
}

}  // namespace doors::xfr
