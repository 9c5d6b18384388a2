#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// Memory that only grows, in chunks, so that nothing is copied when it does. A place is a number, and places
/// grow. The records that one owner name gets in a row lie behind it:
///
///     run:     | records u32 | key octets u16 | OrderKey | record × records |
///     record:  | type u16 | covered u16 | ttl u32 | tag u32 | length u16 | rdata |
///
/// What ContentBuilder and ContentWriter share; one thread while it grows, then any.
class RecordArena {
 public:
  static constexpr std::size_t chunk_octets = std::size_t{1} << 20;
  static constexpr std::size_t run_header = 6;
  static constexpr std::size_t record_header = 14;

  [[nodiscard]] bool has_room(std::size_t size) const noexcept {
    return !chunks_.empty() && size <= chunk_octets - used_;
  }
  /// Room for `size` octets (at most 64 KiB and some headers), in one piece.
  std::uint64_t take(std::size_t size) {
    if (!has_room(size)) {
      chunks_.push_back({std::make_unique_for_overwrite<std::byte[]>(chunk_octets), 0});
      used_ = 0;
    }
    const std::uint64_t at = (chunks_.size() - 1) * chunk_octets + used_;
    used_ += size;
    return at;
  }
  /// Takes over another one, whose places go on behind these; gives what is to be added to them. The tags of
  /// its records count from `tag_base`.
  std::uint64_t append(RecordArena&& other, std::uint32_t tag_base) {
    const std::uint64_t moved = chunks_.size() * chunk_octets;
    if (other.chunks_.empty()) return moved;
    for (Chunk& chunk : other.chunks_) chunk.tag_base += tag_base;
    std::move(other.chunks_.begin(), other.chunks_.end(), std::back_inserter(chunks_));
    used_ = chunk_octets;  // what is added from now on has tags of its own
    other.chunks_.clear();
    return moved;
  }

  [[nodiscard]] std::byte* at(std::uint64_t place) const noexcept {
    return chunks_[place / chunk_octets].octets.get() + place % chunk_octets;
  }
  [[nodiscard]] Octets key(std::uint64_t run) const noexcept {
    return {at(run) + run_header, load_u16(at(run) + 4)};
  }
  [[nodiscard]] std::uint32_t tag_base(std::uint64_t place) const noexcept {
    return chunks_[place / chunk_octets].tag_base;
  }
  void prefetch(std::uint64_t run) const noexcept {
    const std::byte* const from = at(run);
    __builtin_prefetch(from);
    __builtin_prefetch(from + 64);
  }

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> octets;
    std::uint32_t tag_base;
  };
  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;
};

}  // namespace doors
