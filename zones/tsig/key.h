#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "zones/dns/name.h"

namespace doors {

/// RFC 8945 §6. HMAC-MD5 must not be used any more; it is known for those whose peer speaks nothing else.
enum class TsigAlgorithm : std::uint8_t {
  hmac_md5,
  hmac_sha1,
  hmac_sha224,
  hmac_sha256,
  hmac_sha384,
  hmac_sha512
};

/// "hmac-sha256" and so on, without regard to case.
[[nodiscard]] std::optional<TsigAlgorithm> parse_tsig_algorithm(std::string_view text) noexcept;
/// The same for the name in a TSIG record; the text as parse_tsig_algorithm() takes it.
[[nodiscard]] std::string_view to_string(TsigAlgorithm algorithm) noexcept;
/// The algorithm's name in a TSIG record.
[[nodiscard]] Name name_of(TsigAlgorithm algorithm);
/// Octets of a whole MAC.
[[nodiscard]] std::size_t mac_octets(TsigAlgorithm algorithm) noexcept;

/// A secret shared with one peer, or with a few. Never printed.
struct TsigKey {
  Name name;
  TsigAlgorithm algorithm = TsigAlgorithm::hmac_sha256;
  std::vector<std::byte> secret;
  /// Octets of MAC that we want of this peer; 0: all of them. Never fewer than RFC 8945 §5.2.2.1 allows.
  std::size_t least_mac = 0;
};

/// The keys this server knows; few. Immutable once made, any thread.
class TsigKeys {
 public:
  TsigKeys() = default;
  explicit TsigKeys(std::vector<TsigKey> keys) : keys_(std::move(keys)) {}

  /// Null unless both name and algorithm are those of one key: a key is good for its one algorithm only.
  [[nodiscard]] const TsigKey* find(NameView name, NameView algorithm) const noexcept;
  [[nodiscard]] const TsigKey* find(NameView name) const noexcept;

 private:
  std::vector<TsigKey> keys_;
};

}  // namespace doors
