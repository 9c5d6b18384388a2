#pragma once

#include <memory>

#include "zones/base/error.h"
#include "zones/base/file.h"
#include "zones/base/octets.h"

namespace doors {

/// What a client hands over beside a request, mapped for reading; nobody can change or cut it meanwhile, as
/// it is sealed. Any thread.
class MappedBundle {
 public:
  /// Error: it is no sealed memory file, empty, or larger than a bundle can be.
  [[nodiscard]] static Result<std::unique_ptr<MappedBundle>> map(UniqueFd fd);
  ~MappedBundle();
  MappedBundle(const MappedBundle&) = delete;
  MappedBundle& operator=(const MappedBundle&) = delete;
  [[nodiscard]] Octets octets() const noexcept { return {at_, size_}; }

 private:
  MappedBundle(const std::byte* at, std::size_t size) noexcept : at_(at), size_(size) {}
  const std::byte* at_;
  std::size_t size_;
};

}  // namespace doors
