#pragma once

#include <cstddef>
#include <optional>

#include "zones/base/clock.h"
#include "zones/dns/rdata.h"

namespace doors::xfr {

/// When a zone's primaries are asked next, and which of them: the timers of its SOA (RFC 1035 §3.3.13) on the
/// clock that never jumps. Time comes in as an argument. One thread.
///
///     due ─► asked ─► an answer: due after REFRESH
///                 └─► none: the next primary at once; after the last one, due after RETRY, and after every
///                     further round in vain twice as late, up to REFRESH
class RefreshTimer {
 public:
  /// A SOA may ask for less or more; that is what it gets. A zone that never came knows no timers.
  static constexpr std::chrono::seconds least{1};
  static constexpr std::chrono::seconds most{86'400};
  static constexpr std::chrono::seconds first_retry{1};
  static constexpr std::chrono::seconds last_first_retry{300};

  RefreshTimer(std::size_t primaries, Monotonic now) noexcept : primaries_(primaries), due_(now) {}

  [[nodiscard]] Monotonic due() const noexcept { return due_; }
  /// The primary whose turn it is, 0 up to their number.
  [[nodiscard]] std::size_t primary() const noexcept { return primary_; }
  /// When the zone was last known to be the primary's newest; nothing: never yet.
  [[nodiscard]] std::optional<Monotonic> confirmed() const noexcept { return confirmed_; }
  /// When it expires, if nothing comes; nothing without a version.
  [[nodiscard]] std::optional<Monotonic> expires() const noexcept;

  /// A primary has answered, and we have what it has. `soa` is the zone's now. `jitter` 0..1 says how much of
  /// the tenth of REFRESH is left out by which zones are kept from coming all at once.
  void confirm(Monotonic now, const SoaFields& soa, double jitter) noexcept;
  /// The primary whose turn it was did not answer, or nothing of use.
  void fail(Monotonic now) noexcept;
  /// Somebody says that the zone has changed, or asks for it.
  void hurry(Monotonic now) noexcept;

 private:
  [[nodiscard]] std::chrono::seconds pause() const noexcept;

  std::size_t primaries_;
  std::size_t primary_ = 0;
  std::size_t failed_ = 0;  // primaries of this round
  unsigned rounds_in_vain_ = 0;
  Monotonic due_;
  std::optional<Monotonic> confirmed_;
  std::optional<SoaFields> soa_;
};

}  // namespace doors::xfr
