#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/image/layout.h"

namespace doors {

/// Writes a pack (pack.h) to a file, image after image; in memory are some octets for each. One thread.
class PackWriter {
 public:
  /// `fd` is an empty file, open for writing, and stays the caller's.
  explicit PackWriter(int fd) noexcept : fd_(fd) {}

  /// Adds an image as build_image() made it, of at most layout::max_packed_octets, of a zone that is not yet
  /// in the pack. Error: the disk, or a pack over 256 GiB.
  [[nodiscard]] Result<void> add(Octets image);
  [[nodiscard]] std::size_t size() const noexcept { return zones_.size(); }

  /// Writes table and header; `number` says which of two packs that have a zone counts: the higher one's.
  /// Once; not synced.
  [[nodiscard]] Result<void> finish(std::uint64_t number);

 private:
  struct Zone {
    std::uint64_t hash;
    std::uint32_t reference;
  };
  [[nodiscard]] Result<void> append(Octets octets);
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] Result<void> pad_to(std::uint64_t offset);

  int fd_;
  bool failed_ = false;            // then what is written later would not lie where it should
  std::uint64_t at_ = 0;           // octets so far, those in buffer_ too
  std::vector<std::byte> buffer_;  // the last of them, not yet in the file
  std::vector<Zone> zones_;
  std::array<std::uint64_t, 2> label_counts_{};
};

}  // namespace doors
