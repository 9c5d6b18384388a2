// OpenSSL's EVP interface allocates and looks its algorithm up; on the query path only the low-level
// functions will do, which do neither, and which use the CPU's SHA instructions.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "zones/base/sha1.h"

#include <openssl/sha.h>

namespace doors {

Sha1 sha1(Octets first, Octets second) noexcept {
  Sha1 hash;
  static_assert(sizeof(hash) == SHA_DIGEST_LENGTH);
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, first.data(), first.size());
  SHA1_Update(&context, second.data(), second.size());
  SHA1_Final(reinterpret_cast<unsigned char*>(hash.data()), &context);
  return hash;
}

}  // namespace doors
