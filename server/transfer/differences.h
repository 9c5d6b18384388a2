#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "zones/base/octets.h"
#include "zones/content/delta.h"
#include "zones/dns/serial.h"
#include "zones/image/image.h"

namespace doors {

class ResponseWriter;

/// What leads from one version of a zone to a later one, as the records of an incremental transfer (RFC 1995
/// §4) between the SOA that it begins with and the same SOA that it ends with:
///
///     { old SOA | records that go | new SOA | records that come }*
///
/// Of an RRset that changes only the records that are not in both stand there. Immutable; any thread.
class Differences {
 public:
  /// Steps in their order, each going on from the one before. Nothing of them is kept.
  explicit Differences(std::span<const Delta> steps);

  [[nodiscard]] std::size_t records() const noexcept { return records_.size(); }
  /// In wire form without compression, owners once an RRset.
  [[nodiscard]] std::size_t octets() const noexcept { return octets_.size(); }
  /// Writes the records from `first` on as answers, until the message is full or there are no more. Gives the
  /// place of the first one that is not written.
  [[nodiscard]] std::size_t write(ResponseWriter& writer, std::size_t first) const noexcept;

 private:
  struct Place {
    std::uint32_t owner;  // where it begins in octets_, and its octets
    std::uint32_t owner_octets;
    std::uint32_t record;  // as ResponseWriter takes records
    std::uint32_t record_octets;
    RRType type;
  };
  void add_side(const Content& side, const Content& other);
  void add_rrset(const RRsetView& rrset, const RRsetView* other);

  std::vector<std::byte> octets_;
  std::vector<Place> records_;
};

/// What leads from `from` to the version that `zone` is of: from the change log in `directory`
/// (zones/content/change_log.h). Blocks while a file of at most 256 KiB is read. Nothing: the log is not
/// there or damaged, does not reach back so far or lead here by rising serials, or says more than the whole
/// zone does.
[[nodiscard]] std::optional<Differences> find_differences(const std::filesystem::path& directory,
                                                          const ZoneImage& zone, Serial from);

}  // namespace doors
