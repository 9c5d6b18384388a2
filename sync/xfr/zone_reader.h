#pragma once

#include <cstdint>
#include <optional>

#include "sync/xfr/differences.h"
#include "sync/xfr/message.h"
#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/dns/name.h"
#include "zones/dns/serial.h"

namespace doors::xfr {

/// The most that a response may hold.
struct Limits {
  std::uint64_t records = 20'000'000;
  std::uint64_t octets = std::uint64_t{2} << 30;  ///< of its messages
};

/// Reads the response to AXFR (RFC 5936 §2.2) or IXFR (RFC 1995 §4), message by message:
///
///     SOA new | records … | SOA new                                            a whole zone
///     SOA new | { SOA old | goes … | SOA next | comes … }* | SOA new           differences
///     SOA same                                                                 up to date
///
/// Nothing of it is used before its end is there. Pure: octets in, content out. One thread.
class ZoneReader {
 public:
  /// A whole zone.
  ZoneReader(NameView zone, std::uint16_t id, const Limits& limits);
  /// What has changed since `before`, which outlives the reader.
  ZoneReader(const Content& before, std::uint16_t id, const Limits& limits);

  /// Takes the next message, without its TSIG record. True if it was the last one. Error: why the response
  /// is no good; the reader then is done with.
  [[nodiscard]] Result<bool> add(Octets message);

  /// Once add() gave true: the zone; nothing if it is up to date. Error: what came is no zone.
  [[nodiscard]] Result<std::optional<Content>> finish();
  /// Once finish() gave a zone that came as differences: what leads to it; else null.
  [[nodiscard]] const Delta* change() const noexcept { return change_ ? &*change_ : nullptr; }
  /// Whether the response failed as an IXFR, so that AXFR may still do: the server will not, or its
  /// differences do not fit.
  [[nodiscard]] bool wants_axfr() const noexcept { return before_ != nullptr; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  [[nodiscard]] std::uint64_t octets() const noexcept { return octets_; }

 private:
  enum class Step : std::uint8_t { first_soa, second, zone, going, coming, done };
  [[nodiscard]] Result<void> take(const Record& record, bool last_in_message);
  [[nodiscard]] Result<void> add_to_zone(const Record& record);
  [[nodiscard]] Result<void> take_second(const Record& record);
  [[nodiscard]] Result<void> take_soa(const Record& record);
  [[nodiscard]] Result<void> begin_difference(const Record& record);
  [[nodiscard]] bool ends_here(const Record& record) const;

  Name zone_;
  std::uint16_t id_;
  Limits limits_;
  const Content* before_ = nullptr;
  Step step_ = Step::first_soa;
  bool first_message_ = true;
  bool up_to_date_ = false;
  std::vector<std::byte> soa_;  // the first record's RDATA
  Ttl soa_ttl_;
  Serial newest_{0};
  Serial reached_{0};  // by the differences so far
  std::optional<ContentBuilder> builder_;
  std::optional<Differences> differences_;
  std::optional<Delta> change_;
  Record record_;
  std::uint64_t records_ = 0;
  std::uint64_t octets_ = 0;
};

/// Whether a content can be served: RRs at the apex as a zone has them (NS, no CNAME).
[[nodiscard]] Result<void> check_apex(const Content& content);

}  // namespace doors::xfr
