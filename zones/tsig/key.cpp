#include "zones/tsig/key.h"

#include <algorithm>
#include <array>
#include <string>

#include "zones/base/ascii.h"

namespace doors {

namespace {

struct AlgorithmRow {
  TsigAlgorithm algorithm;
  std::string_view text;
  std::string_view name;  // in a TSIG record (RFC 8945 §6)
  std::size_t octets;
};

constexpr std::array<AlgorithmRow, 6> algorithms{{
    {TsigAlgorithm::hmac_md5, "hmac-md5", "hmac-md5.sig-alg.reg.int.", 16},
    {TsigAlgorithm::hmac_sha1, "hmac-sha1", "hmac-sha1.", 20},
    {TsigAlgorithm::hmac_sha224, "hmac-sha224", "hmac-sha224.", 28},
    {TsigAlgorithm::hmac_sha256, "hmac-sha256", "hmac-sha256.", 32},
    {TsigAlgorithm::hmac_sha384, "hmac-sha384", "hmac-sha384.", 48},
    {TsigAlgorithm::hmac_sha512, "hmac-sha512", "hmac-sha512.", 64},
}};

const AlgorithmRow& row_of(TsigAlgorithm algorithm) noexcept {
  return algorithms[static_cast<std::size_t>(algorithm)];
}

}  // namespace

std::optional<TsigAlgorithm> parse_tsig_algorithm(std::string_view text) noexcept {
  for (const AlgorithmRow& row : algorithms) {
    if (equal_ignoring_case(row.text, text)) return row.algorithm;
  }
  return std::nullopt;
}

std::string_view to_string(TsigAlgorithm algorithm) noexcept { return row_of(algorithm).text; }

Name name_of(TsigAlgorithm algorithm) { return *Name::parse(row_of(algorithm).name); }

std::size_t mac_octets(TsigAlgorithm algorithm) noexcept { return row_of(algorithm).octets; }

const TsigKey* TsigKeys::find(NameView name) const noexcept {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const TsigKey& key) { return key.name == name; });
  return found == keys_.end() ? nullptr : &*found;
}

const TsigKey* TsigKeys::find(NameView name, NameView algorithm) const noexcept {
  const TsigKey* key = find(name);
  return key != nullptr && name_of(key->algorithm) == algorithm ? key : nullptr;
}

}  // namespace doors
