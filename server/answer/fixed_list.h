#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace doors {

/// A list of at most N values in place: no heap, and nothing is written before it is pushed.
template <class T, std::size_t N>
class FixedList {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  FixedList() noexcept {}  // NOLINT(modernize-use-equals-default): leaves the storage unset
  FixedList(const FixedList&) = delete;
  FixedList& operator=(const FixedList&) = delete;

  /// False, and nothing is pushed, if it is full.
  bool push(const T& value) noexcept {
    if (size_ == N) return false;
    std::construct_at(&storage_[size_++], value);
    return true;
  }
  void clear() noexcept { size_ = 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return (assert(i < size_), storage_[i]); }
  [[nodiscard]] const T& back() const noexcept { return (assert(size_ > 0), storage_[size_ - 1]); }
  [[nodiscard]] std::span<const T> view() const noexcept { return {storage_.data(), size_}; }

 private:
  std::size_t size_ = 0;
  union {
    std::array<T, N> storage_;
  };
};

}  // namespace doors
