#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/rrset.h"
#include "zones/dns/serial.h"

namespace doors {

/// The content of one zone: the canonical, sorted stream of its RRsets (RFC 4034 §6), class IN. Text, transfers and
/// deltas are only ways into it; the same zone always gives the same octets. Immutable; any thread.
///
///     "DOORCNT1" | origin (wire) |
///     { owner (wire) | type u16 | covered u16 | ttl u32 | count u16 | { length u16 | rdata }*count }*
///
/// numbers big-endian; names lower case and uncompressed; sorted by owner (RFC 4034 §6.1), then type, then covered
/// (which is 0 but for RRSIG: there the TYPE COVERED, so each signature set has its own TTL), then RDATA (§6.3),
/// nothing twice.
class Content {
 public:
  /// Reads a stream of any origin: every length, every name, the order, at least a SOA at the origin; owners at or
  /// below the origin. Errors say what and at which octet.
  [[nodiscard]] static Result<Content> parse(std::vector<std::byte> stream);

  [[nodiscard]] NameView origin() const noexcept;
  [[nodiscard]] std::size_t rrset_count() const noexcept { return starts_.size(); }
  [[nodiscard]] std::size_t record_count() const noexcept { return records_; }
  /// The i-th RRset in canonical order, borrowed from this content.
  [[nodiscard]] RRsetView rrset(std::size_t i) const noexcept;
  /// The RRset of that owner and type (covered: of RRSIG), by binary search; nothing if there is none.
  [[nodiscard]] std::optional<RRsetView> find(NameView owner, RRType type, RRType covered = RRType{}) const noexcept;
  /// The SOA's serial.
  [[nodiscard]] Serial serial() const noexcept;
  /// The whole stream.
  [[nodiscard]] Octets stream() const noexcept { return stream_; }

 private:
  friend class ContentBuilder;
  Content() = default;
  std::vector<std::byte> stream_;
  std::vector<std::uint64_t> starts_;  // where each RRset starts in the stream
  std::size_t records_ = 0;
};

/// Collects records in any order and makes the content. Equal records count once; of different TTLs in one RRset
/// the first added wins (RFC 2181 §5.2), and ttl_conflicts() counts them. One thread.
class ContentBuilder {
 public:
  explicit ContentBuilder(NameView origin);
  /// Adds one record: `rdata` uncompressed, of any case. Error: the RDATA's names are bad, owner not at or below the
  /// origin, a meta type.
  [[nodiscard]] Result<void> add(NameView owner, RRType type, Ttl ttl, Octets rdata);
  [[nodiscard]] std::size_t ttl_conflicts() const noexcept { return ttl_conflicts_; }
  /// Sorts and gives the content; the builder is empty afterwards. Error: no SOA at the origin, or over 65,535
  /// records in one RRset.
  [[nodiscard]] Result<Content> finish();

 private:
  struct Entry;
  Name origin_;
  std::vector<std::byte> octets_;
  std::vector<std::uint64_t> entries_;
  std::size_t ttl_conflicts_ = 0;
};

}  // namespace doors
