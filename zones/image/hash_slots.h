#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace doors {

/// Values found by 64-bit hashes, of which some may be equal: open addressing, Value{} is "free".
///
///     | hash | value |     a power of two of them; at most half full, where they are few one in eight
///
/// So a miss among few, which is what most of a name's suffixes are, mostly ends at the first slot, and the
/// processor guesses that it does.
template <class Value>
class HashSlots {
 public:
  explicit HashSlots(std::size_t most_values = 0)
      : slots_(std::bit_ceil(std::max<std::size_t>(most_values * (most_values <= few ? 8 : 2), 2))),
        shift_(64 - static_cast<unsigned>(std::countr_zero(slots_.size()))) {}

  /// At most as many as were told before.
  void add(std::uint64_t hash, Value value) noexcept {
    std::size_t place = home(hash);
    while (slots_[place].value != Value{}) place = next(place);
    slots_[place] = {hash, value};
  }
  /// The value of this hash for which `matches(value)` is true; Value{} if there is none.
  template <class Matches>
  [[nodiscard]] Value find(std::uint64_t hash, Matches&& matches) const noexcept {
    for (std::size_t place = home(hash); slots_[place].value != Value{}; place = next(place)) {
      if (slots_[place].hash == hash && matches(slots_[place].value)) return slots_[place].value;
    }
    return Value{};
  }
  /// Asks the memory for the first slot that find() will read.
  void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(&slots_[home(hash)]); }

 private:
  static constexpr std::size_t few = 1024;
  struct Slot {
    std::uint64_t hash = 0;
    Value value{};
  };
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept { return hash >> shift_; }
  [[nodiscard]] std::size_t next(std::size_t place) const noexcept {
    return (place + 1) & (slots_.size() - 1);
  }

  std::vector<Slot> slots_;
  unsigned shift_;
};

}  // namespace doors
