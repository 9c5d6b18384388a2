#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "zones/content/content.h"
#include "zones/content/record_arena.h"

namespace doors {

/// A run of records of one owner, in an arena. Most comparisons end at `prefix`, the first 8 octets of the
/// owner's sort key.
struct RecordRun {
  std::uint64_t prefix;
  std::uint64_t at;  ///< grows in the order of ContentBuilder::add()
};

/// Whether both are of one owner.
[[nodiscard]] bool same_owner(const RecordArena& arena, const RecordRun& a, const RecordRun& b) noexcept;

/// Sorts runs by owner, those of one owner by place: in slices, which are merged two by two.
void sort_runs(const RecordArena& arena, std::span<RecordRun> runs, const RunPieces& run);

/// A part of a content stream: what sorted runs of whole owners come to.
struct ContentPiece {
  std::vector<std::byte> stream;
  std::vector<std::uint64_t> starts;  ///< of each RRset, in `stream`
  std::size_t records = 0;
  std::size_t soas = 0;
  std::size_t conflicts = 0;  ///< RRsets whose records had different TTLs
  ContentBuilder::Details details;
  Result<void> outcome;  ///< if it is an error, the rest means nothing
};

/// Writes such a piece. `wants_details`: the details too. One thread.
class ContentWriter {
 public:
  /// Borrows arena and piece.
  ContentWriter(const RecordArena& arena, NameView origin, ContentPiece& piece, bool wants_details) noexcept
      : arena_(arena), origin_(origin), piece_(piece), wants_details_(wants_details) {}
  void write(std::span<const RecordRun> runs);

 private:
  /// One record in the arena, borrowed.
  struct Record {
    std::uint64_t order = 0;  // that of add(), among the records of one owner
    RRType type{}, covered{};
    Ttl ttl;
    std::uint32_t tag = 0;
    Octets rdata;

    [[nodiscard]] std::uint32_t kind() const noexcept {
      return (std::uint32_t{raw(type)} << 16) | raw(covered);
    }
    /// The order of a content stream; equal records in the order they were added.
    [[nodiscard]] bool is_before(const Record& other) const noexcept;
  };
  void gather(const RecordRun& run);
  void write_owner(Octets key);
  void write_rrset(std::size_t begin, std::size_t end);
  [[nodiscard]] Ttl settle_ttl(std::size_t begin, std::size_t end);
  [[nodiscard]] NameView owner() const noexcept { return NameView::trusted({owner_.data(), owner_octets_}); }

  const RecordArena& arena_;
  NameView origin_;
  ContentPiece& piece_;
  bool wants_details_;
  std::vector<Record> records_;  // of the owner
  std::array<std::byte, max_name_octets> owner_;
  std::size_t owner_octets_ = 0;
};

}  // namespace doors
