#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "zones/base/octets.h"
#include "zones/tsig/key.h"

namespace doors {

/// A message authentication code, 16 to 64 octets.
struct Mac {
  std::array<std::byte, 64> octets{};
  std::size_t size = 0;
  [[nodiscard]] Octets view() const noexcept { return Octets(octets).first(size); }
};

/// HMAC (RFC 2104) with a key's secret and algorithm, by OpenSSL. One thread.
class Hmac {
 public:
  explicit Hmac(const TsigKey& key) noexcept;
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;
  ~Hmac();

  void add(Octets octets) noexcept;
  void add_u16(std::uint16_t number) noexcept;
  /// The code over all that was added; empty when OpenSSL would not (no memory, or an algorithm that this
  /// machine's policy forbids). Once.
  [[nodiscard]] Mac finish() noexcept;

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;  // null after a failure
};

/// Compares in a time that does not tell where they differ. Of the same size.
[[nodiscard]] bool same_secretly(Octets a, Octets b) noexcept;

}  // namespace doors
