#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "sync/trust/version.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"

namespace doors {

/// An Ed25519 signature (RFC 8032).
using Signature = std::array<std::byte, 64>;

/// A publisher's public key: 32 octets, compared and copied freely. Any thread.
class PublicKey {
 public:
  /// The form of configs: base64 of the 32 octets (44 letters). Error: anything else.
  [[nodiscard]] static Result<PublicKey> from_base64(std::string_view text);
  [[nodiscard]] std::string to_base64() const;
  [[nodiscard]] const KeyId& id() const noexcept { return id_; }
  /// False for any signature that is not this key's over exactly `message`.
  [[nodiscard]] bool verifies(Octets message, const Signature& signature) const;
  friend bool operator==(const PublicKey& a, const PublicKey& b) noexcept { return a.octets_ == b.octets_; }

 private:
  friend class PrivateKey;
  explicit PublicKey(const std::array<std::byte, 32>& octets);
  std::array<std::byte, 32> octets_;
  KeyId id_;
};

/// A publisher's key pair. Movable. Any thread.
class PrivateKey {
 public:
  [[nodiscard]] static Result<PrivateKey> generate();
  /// Reads PEM (PKCS #8, not encrypted). Errors: no such file, not such a key, or a file that group or others
  /// may read.
  [[nodiscard]] static Result<PrivateKey> read(const std::filesystem::path& path);
  /// Writes PEM, mode 0600, durably. Error: the file is there already; a key is never overwritten.
  [[nodiscard]] Result<void> write(const std::filesystem::path& path) const;
  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_key_; }
  [[nodiscard]] Signature sign(Octets message) const;

 private:
  struct Free {
    void operator()(void* key) const noexcept;
  };
  using Handle = std::unique_ptr<void, Free>;  // an EVP_PKEY
  PrivateKey(Handle key, const PublicKey& public_key) noexcept;
  static Result<PrivateKey> from_handle(Handle key);
  Handle key_;
  PublicKey public_key_;
};

}  // namespace doors
