#pragma once

#include <cstddef>
#include <cstdint>

namespace doors {

/// Lets the process live where the disk can no longer give a part of a mapped image (SIGBUS): zeros are put
/// in its place, the page counts as bad (ImageDamage on the thread that met it), and the image is checked at
/// each use again. A bus error anywhere else ends the process as ever. Once, before threads are made.
void survive_bus_errors() noexcept;

/// How many there were. Any thread.
[[nodiscard]] std::uint64_t bus_errors() noexcept;

/// A mapping for survive_bus_errors() to know, as long as this object lives. Any thread; at most 65,536 at
/// once, more are not known.
class BusErrorGuard {
 public:
  /// `lost(owner, offset)` is called inside the signal handler, on the thread that read there.
  using Lost = void (*)(void* owner, std::size_t offset) noexcept;
  BusErrorGuard(const std::byte* start, std::size_t octets, void* owner, Lost lost) noexcept;
  ~BusErrorGuard();
  BusErrorGuard(const BusErrorGuard&) = delete;
  BusErrorGuard& operator=(const BusErrorGuard&) = delete;

 private:
  std::size_t place_;
};

}  // namespace doors
