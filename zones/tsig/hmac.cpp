#include "zones/tsig/hmac.h"

#include <array>
#include <string_view>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace doors {

namespace {

/// OpenSSL's name of the hash, by TsigAlgorithm.
constexpr std::array<std::string_view, 6> digests{"MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"};

EVP_MAC_CTX* context_of(void* context) noexcept { return static_cast<EVP_MAC_CTX*>(context); }

/// Looked up once; lives as long as the process.
EVP_MAC* hmac_method() noexcept {
  static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return method;
}

}  // namespace

void Hmac::Free::operator()(void* context) const noexcept { EVP_MAC_CTX_free(context_of(context)); }

Hmac::Hmac(const TsigKey& key) noexcept {
  EVP_MAC* const method = hmac_method();
  if (method == nullptr) return;
  context_.reset(EVP_MAC_CTX_new(method));
  if (!context_) return;
  std::array<char, 8> digest{};
  digests[static_cast<std::size_t>(key.algorithm)].copy(digest.data(), digest.size() - 1);
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
  const auto* const secret = reinterpret_cast<const unsigned char*>(key.secret.data());
  if (EVP_MAC_init(context_of(context_.get()), secret, key.secret.size(), parameters.data()) != 1)
    context_.reset();
}

Hmac::~Hmac() = default;

void Hmac::add(Octets octets) noexcept {
  if (!context_ || octets.empty()) return;
  const auto* const data = reinterpret_cast<const unsigned char*>(octets.data());
  if (EVP_MAC_update(context_of(context_.get()), data, octets.size()) != 1) context_.reset();
}

void Hmac::add_u16(std::uint16_t number) noexcept {
  std::array<std::byte, 2> octets{};
  store_u16(octets.data(), number);
  add(octets);
}

Mac Hmac::finish() noexcept {
  Mac mac;
  if (!context_) return mac;
  auto* const data = reinterpret_cast<unsigned char*>(mac.octets.data());
  if (EVP_MAC_final(context_of(context_.get()), data, &mac.size, mac.octets.size()) != 1) mac.size = 0;
  context_.reset();
  return mac;
}

bool same_secretly(Octets a, Octets b) noexcept { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace doors
