#pragma once

#include <cstddef>
#include <memory>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/image/image.h"

namespace doors {

/// Owns the octets of one image: a private read-only mapping, or a copy in memory where that is smaller than
/// what a mapping costs (a process has 65,530 mappings, and zones come by the ten thousand). Starts at a
/// multiple of 64.
class ZoneImage::Memory {
 public:
  /// Below this an image is copied.
  static constexpr std::size_t map_from_octets = std::size_t{256} * 1024;

  [[nodiscard]] static Result<std::unique_ptr<Memory>> of_file(int fd);
  [[nodiscard]] static Result<std::unique_ptr<Memory>> copy_of(Octets octets);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] Octets octets() const noexcept { return {at_, size_}; }
  /// Tells the system how a mapping will be read from now on: here and there, not in a row.
  void expect_random_reads() const noexcept;

 private:
  Memory(std::byte* at, std::size_t size, bool mapped) noexcept : at_(at), size_(size), mapped_(mapped) {}
  [[nodiscard]] static std::unique_ptr<Memory> room(std::size_t size);

  std::byte* at_;
  std::size_t size_;
  bool mapped_;
};

}  // namespace doors
