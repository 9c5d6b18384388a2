#include "server/message/cookie.h"

#include <algorithm>
#include <cstring>

#include "zones/base/unset.h"

namespace doors {

namespace {

constexpr std::size_t client_octets = 8;
constexpr std::size_t hash_offset = 16;
constexpr std::byte version{1};
constexpr std::uint32_t version_and_reserved = 0x0100'0000;
constexpr std::int32_t oldest_seconds = 3600;
constexpr std::int32_t earliest_seconds = -300;
constexpr std::int32_t renewed_after_seconds = 1800;

using Hash = std::array<std::byte, 8>;

/// The hash of a cookie whose first 16 octets lie at `cookie`.
Hash hash_of(const std::byte* cookie, Octets address, const CookieSecret& secret) noexcept {
  DOORS_UNSET std::array<std::byte, hash_offset + 16> input;
  std::memcpy(input.data(), cookie, hash_offset);
  std::memcpy(input.data() + hash_offset, address.data(), address.size());
  const std::uint64_t value = siphash24(secret, Octets(input).first(hash_offset + address.size()));
  Hash hash;
  std::memcpy(hash.data(), &value, sizeof value);
  return hash;
}

bool is_made_with(Octets option, Octets address, const CookieSecret& secret) noexcept {
  const Hash hash = hash_of(option.data(), address, secret);
  return std::memcmp(hash.data(), option.data() + hash_offset, hash.size()) == 0;
}

}  // namespace

CookieVerdict answer_cookie(Octets option, Octets address, std::span<const CookieSecret> secrets,
                            std::uint32_t now, FullCookie& answer) noexcept {
  CookieVerdict verdict = option.size() == client_octets ? CookieVerdict::client_only : CookieVerdict::bad;
  if (option.size() == answer.size() && option[client_octets] == version) {
    // RFC 9018 §4.3: compared as serial numbers are, so that 2106 passes unnoticed.
    const auto age = static_cast<std::int32_t>(now - load_u32(&option[client_octets + 4]));
    if (age >= earliest_seconds && age <= oldest_seconds) {
      const auto made_with = std::find_if(secrets.begin(), secrets.end(), [&](const CookieSecret& secret) {
        return is_made_with(option, address, secret);
      });
      if (made_with != secrets.end()) verdict = CookieVerdict::good;
      if (made_with == secrets.begin() && age <= renewed_after_seconds &&
          load_u32(&option[client_octets]) == version_and_reserved) {
        std::memcpy(answer.data(), option.data(), answer.size());
        return verdict;
      }
    }
  }
  std::memcpy(answer.data(), option.data(), client_octets);
  store_u32(&answer[client_octets], version_and_reserved);
  store_u32(&answer[client_octets + 4], now);
  const Hash hash = hash_of(answer.data(), address, secrets.front());
  std::memcpy(&answer[hash_offset], hash.data(), hash.size());
  return verdict;
}

}  // namespace doors
