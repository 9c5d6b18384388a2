#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/image/bus_error.h"
#include "zones/image/image.h"

namespace doors {

/// Owns the octets of one image: a private mapping, or a copy in memory where that is smaller than what a
/// mapping costs (a process has 65,530 mappings, and zones come by the ten thousand). Starts at a multiple of
/// 64. It also remembers which of its pages are known to be right.
class ZoneImage::Memory {
 public:
  /// Below this an image is copied.
  static constexpr std::size_t map_from_octets = std::size_t{256} * 1024;

  [[nodiscard]] static Result<std::shared_ptr<Memory>> of_file(int fd);
  [[nodiscard]] static Result<std::shared_ptr<Memory>> copy_of(Octets octets);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] Octets octets() const noexcept { return {at_, size_}; }
  /// The header, where it can be written to.
  [[nodiscard]] layout::Header& header() const noexcept { return *reinterpret_cast<layout::Header*>(at_); }
  [[nodiscard]] bool is_mapped() const noexcept { return mapped_; }
  /// Tells the system how a mapping will be read from now on: here and there, not in a row.
  void expect_random_reads() const noexcept;
  /// Asks the system for octets that are about to be read in a row.
  void read_ahead(std::size_t from, std::size_t octets) const noexcept;

  /// Makes ready for is_right(), once the header is known to be right.
  void know_pages();
  [[nodiscard]] std::size_t page_count() const noexcept { return pages_; }
  /// Whether these octets' pages have their checksums; each is computed once. Any thread.
  [[nodiscard]] bool is_right(const std::byte* at, std::size_t octets) const noexcept;
  [[nodiscard]] bool is_right_page(std::size_t page) const noexcept;

 private:
  enum class Page : std::uint8_t { unknown, right, bad };

  Memory(std::byte* at, std::size_t size, bool mapped) noexcept : at_(at), size_(size), mapped_(mapped) {}
  [[nodiscard]] static std::shared_ptr<Memory> room(std::size_t size);
  /// The disk can no longer give what lies there. Async-signal-safe.
  static void lose(void* memory, std::size_t offset) noexcept;
  [[nodiscard]] bool has_checksum(std::size_t page) const noexcept;

  std::byte* at_;
  std::size_t size_;
  bool mapped_;
  std::size_t pages_ = 0;
  std::unique_ptr<std::atomic<Page>[]> known_;
  std::optional<BusErrorGuard> guard_;  // of a mapping
};

}  // namespace doors
