#pragma once

#include <cstddef>
#include <optional>

#include "zones/base/clock.h"
#include "zones/dns/rdata.h"

namespace doors::xfr {

/// A SOA may ask for less or more than these; that is what it gets. The most are those of BIND.
struct RefreshBounds {
  std::chrono::milliseconds least_refresh{1'000};
  std::chrono::milliseconds most_refresh = std::chrono::hours(28 * 24);
  std::chrono::milliseconds least_retry{1'000};
  std::chrono::milliseconds most_retry = std::chrono::hours(14 * 24);
};

/// When a zone's primaries are asked next, and which of them: the timers of its SOA (RFC 1035 §3.3.13) on the
/// clock that never jumps. Time comes in as an argument. One thread.
///
///     due ─► asked ─► an answer: due after REFRESH
///                 └─► none: the next primary at once; after the last one, due after RETRY, and after every
///                     further round in vain twice as late, up to REFRESH
class RefreshTimer {
 public:
  /// A zone that never came knows no timers.
  static constexpr std::chrono::seconds first_retry{1};
  static constexpr std::chrono::seconds last_first_retry{300};

  RefreshTimer(std::size_t primaries, Monotonic now, const RefreshBounds& bounds) noexcept
      : bounds_(bounds), primaries_(primaries), due_(now) {}

  [[nodiscard]] Monotonic due() const noexcept { return due_; }
  /// The primary whose turn it is, 0 up to their number.
  [[nodiscard]] std::size_t primary() const noexcept { return primary_; }

  /// A primary has answered, and we have what it has. `soa` is the zone's now. `jitter` 0..1 says how much of
  /// the tenth of REFRESH is left out by which zones are kept from coming all at once.
  void confirm(Monotonic now, const SoaFields& soa, double jitter) noexcept;
  /// The primary whose turn it was did not answer, or nothing of use.
  void fail(Monotonic now) noexcept;
  /// Somebody says that the zone has changed, or asks for it.
  void hurry(Monotonic now) noexcept;

 private:
  [[nodiscard]] std::chrono::milliseconds pause() const noexcept;

  [[nodiscard]] std::chrono::milliseconds refresh(const SoaFields& soa) const noexcept;

  RefreshBounds bounds_;
  std::size_t primaries_;
  std::size_t primary_ = 0;
  std::size_t failed_ = 0;  // primaries of this round
  unsigned rounds_in_vain_ = 0;
  Monotonic due_;
  std::optional<SoaFields> soa_;
};

}  // namespace doors::xfr
