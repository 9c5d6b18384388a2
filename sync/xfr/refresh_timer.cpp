#include "sync/xfr/refresh_timer.h"

#include <algorithm>

namespace doors::xfr {

using std::chrono::milliseconds;

milliseconds RefreshTimer::refresh(const SoaFields& soa) const noexcept {
  const milliseconds wanted = std::chrono::seconds(soa.refresh);
  return std::clamp(wanted, bounds_.least_refresh, bounds_.most_refresh);
}

void RefreshTimer::confirm(Monotonic now, const SoaFields& soa, double jitter) noexcept {
  soa_ = soa;
  failed_ = 0;
  rounds_in_vain_ = 0;
  const milliseconds pause = refresh(soa);
  const auto left_out = static_cast<double>(pause.count()) / 10 * std::clamp(jitter, 0.0, 1.0);
  due_ = now + pause - milliseconds(static_cast<std::int64_t>(left_out));
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

milliseconds RefreshTimer::pause() const noexcept {
  milliseconds first = first_retry;
  milliseconds last = last_first_retry;
  if (soa_) {
    first =
        std::clamp<milliseconds>(std::chrono::seconds(soa_->retry), bounds_.least_retry, bounds_.most_retry);
    last = std::max(refresh(*soa_), first);
  }
  constexpr unsigned most_doublings = 16;
  return std::min(first * (1 << std::min(rounds_in_vain_, most_doublings)), last);
}

}  // namespace doors::xfr
