#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/base/parallel.h"
#include "zones/dns/name.h"
#include "zones/dns/rrset.h"
#include "zones/dns/serial.h"

namespace doors {

class RecordArena;
struct RecordRun;

/// The content of one zone: the canonical, sorted stream of its RRsets (RFC 4034 §6), class IN. Text,
/// transfers and deltas are only ways into it; the same zone always gives the same octets. Immutable; any
/// thread.
///
///     "DOORCNT1" | origin (wire) |
///     { owner (wire) | type u16 | covered u16 | ttl u32 | count u16 | { length u16 | rdata }*count }*
///
/// numbers big-endian; names lower case and uncompressed; sorted by owner (RFC 4034 §6.1), then type, then
/// covered (which is 0 but for RRSIG: there the TYPE COVERED, so each signature set has its own TTL), then
/// RDATA (§6.3), nothing twice; exactly one SOA, at the origin.
class Content {
 public:
  /// Reads a stream of any origin: every length, every name, the order, the one SOA; owners at or below the
  /// origin. Errors say what and at which octet.
  [[nodiscard]] static Result<Content> parse(std::vector<std::byte> stream);

  [[nodiscard]] NameView origin() const noexcept;
  [[nodiscard]] std::size_t rrset_count() const noexcept { return starts_.size(); }
  [[nodiscard]] std::size_t record_count() const noexcept { return records_; }
  /// The i-th RRset in canonical order, borrowed from this content.
  [[nodiscard]] RRsetView rrset(std::size_t i) const noexcept;
  /// The i-th RRset as it lies in the stream, borrowed.
  [[nodiscard]] Octets rrset_octets(std::size_t i) const noexcept;
  /// The place of the first RRset whose owner is not before `owner`: there, or rrset_count(), one begins to
  /// read what stands at a name and below it.
  [[nodiscard]] std::size_t lower_bound(NameView owner) const noexcept;
  /// The RRset of that owner and type (covered: of RRSIG), by binary search; nothing if there is none.
  [[nodiscard]] std::optional<RRsetView> find(NameView owner, RRType type,
                                              RRType covered = RRType{}) const noexcept;
  /// The SOA's RRset.
  [[nodiscard]] RRsetView soa() const noexcept;
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

/// Collects records in any order and makes the content. Equal records count once; of different TTLs in one
/// RRset the first added wins (RFC 2181 §5.2), and ttl_conflicts() counts them. One thread; 3 to 10 million
/// records are usual, so it sorts an index of 16 octets for each run of records of one owner, touches each
/// record once after that, and allocates by the megabyte.
class ContentBuilder {
 public:
  explicit ContentBuilder(NameView origin);
  ContentBuilder(ContentBuilder&&) noexcept;
  ContentBuilder& operator=(ContentBuilder&&) noexcept;
  ~ContentBuilder();

  /// Adds one record: `rdata` uncompressed, of any case, at most 65,535 octets. `tag` is the caller's own
  /// word for where it comes from. Error: the RDATA is none of that type (valid_rdata), owner not at or below
  /// the origin, a meta type, a SOA below the origin.
  [[nodiscard]] Result<void> add(NameView owner, RRType type, Ttl ttl, Octets rdata, std::uint32_t tag = 0);
  [[nodiscard]] NameView origin() const noexcept { return origin_; }
  /// Records added so far, equal ones too.
  [[nodiscard]] std::size_t size() const noexcept { return records_; }
  /// RRsets whose records had different TTLs; known after finish().
  [[nodiscard]] std::size_t ttl_conflicts() const noexcept { return ttl_conflicts_; }

  struct Conflict {
    Name owner;
    RRType type{};
    std::uint32_t tag = 0;  ///< of the record whose TTL was not the RRset's
    Ttl ttl;                ///< the one it had
    Ttl kept;               ///< the one that won
  };
  /// What finish() tells beside the content; filled only where asked.
  struct Details {
    std::vector<std::uint32_t>
        tags;  ///< of each record, in canonical order; of equal records the first added
    std::vector<Conflict> conflicts;  ///< one for each RRset with different TTLs, at most 100
  };
  /// Takes over the records of another builder of the same origin, as if they were added after those here;
  /// nothing is copied. `tag_base` is added to their tags.
  void append(ContentBuilder&& other, std::uint32_t tag_base);
  /// Sorts and gives the content, in pieces that `run` may do at once; the builder is empty afterwards.
  /// Error: not exactly one SOA, or over 65,535 records in one RRset.
  [[nodiscard]] Result<Content> finish(Details* details = nullptr, const RunPieces& run = run_in_turn);

 private:
  [[nodiscard]] std::byte* place_record(NameView owner, std::size_t octets);

  Name origin_;
  std::unique_ptr<RecordArena> arena_;
  std::vector<RecordRun> runs_;
  Name last_owner_;
  std::size_t records_ = 0;
  std::size_t octets_ = 0;  // the stream has at most
  std::size_t ttl_conflicts_ = 0;
};

}  // namespace doors
