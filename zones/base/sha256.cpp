#include "zones/base/sha256.h"

#include <new>

#include <openssl/evp.h>

namespace doors {

namespace {

EVP_MD_CTX* context_of(void* context) noexcept { return static_cast<EVP_MD_CTX*>(context); }

/// Fetched once: an implicit fetch per hash costs more than hashing an RRset.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched != nullptr ? fetched : EVP_sha256();
}

void start(void* context) {
  if (EVP_DigestInit_ex2(context_of(context), algorithm(), nullptr) != 1) throw std::bad_alloc();
}

}  // namespace

void Sha256Stream::Free::operator()(void* context) const noexcept { EVP_MD_CTX_free(context_of(context)); }

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  start(context_.get());
}

Sha256Stream& Sha256Stream::update(Octets piece) {
  if (EVP_DigestUpdate(context_of(context_.get()), piece.data(), piece.size()) != 1) throw std::bad_alloc();
  return *this;
}

Sha256 Sha256Stream::finish() {
  Sha256 hash;
  if (EVP_DigestFinal_ex(context_of(context_.get()), reinterpret_cast<unsigned char*>(hash.data()),
                         nullptr) != 1) {
    throw std::bad_alloc();
  }
  start(context_.get());
  return hash;
}

Sha256 sha256(Octets octets) { return Sha256Stream().update(octets).finish(); }

}  // namespace doors
