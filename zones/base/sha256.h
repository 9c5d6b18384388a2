#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "zones/base/octets.h"

namespace doors {

using Sha256 = std::array<std::byte, 32>;

/// SHA-256 (FIPS 180-4) of octets that come in pieces. One thread; reusable, which saves its set-up. Throws
/// std::bad_alloc when OpenSSL has no memory; nothing else can go wrong.
class Sha256Stream {
 public:
  Sha256Stream();
  /// Takes the next piece; chains.
  Sha256Stream& update(Octets piece);
  /// The hash of all pieces since the last finish(); then starts anew.
  [[nodiscard]] Sha256 finish();

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;  // an EVP_MD_CTX
};

/// SHA-256 of one piece. Any thread.
[[nodiscard]] Sha256 sha256(Octets octets);

}  // namespace doors
