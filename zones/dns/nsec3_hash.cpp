// OpenSSL's EVP interface allocates and looks its algorithm up; on the query path only the low-level functions will
// do, which do neither, and which use the CPU's SHA instructions.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "zones/dns/nsec3_hash.h"

#include <cassert>

#include <openssl/sha.h>

namespace doors {

namespace {

static_assert(nsec3_hash_octets == SHA_DIGEST_LENGTH);

Nsec3Hash salted_sha1(Octets octets, Octets salt) noexcept {
  Nsec3Hash hash;
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, octets.data(), octets.size());
  SHA1_Update(&context, salt.data(), salt.size());
  SHA1_Final(reinterpret_cast<unsigned char*>(hash.data()), &context);
  return hash;
}

}  // namespace

Nsec3Hash nsec3_hash(NameView name, std::uint16_t iterations, Octets salt) noexcept {
  assert(salt.size() <= 255);
  std::array<std::byte, max_name_octets> lower_name;
  const Octets wire = name.wire();
  for (std::size_t i = 0; i < wire.size(); ++i) lower_name[i] = lower(wire[i]);
  Nsec3Hash hash = salted_sha1(Octets(lower_name).first(wire.size()), salt);
  for (std::uint32_t i = 0; i < iterations; ++i) hash = salted_sha1(hash, salt);
  return hash;
}

}  // namespace doors
