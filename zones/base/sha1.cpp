// On the query path a hash is of one short name: with the CPU's instructions that takes 50 ns, of which
// nothing should be lost around them. Elsewhere OpenSSL's low-level functions do it: its EVP interface
// allocates and looks its algorithm up.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "zones/base/sha1.h"

#include <algorithm>

#include <openssl/sha.h>

#include "zones/base/sha1_instructions.h"

namespace doors {

namespace {

constexpr std::size_t block_octets = 64;
constexpr std::size_t end_octets = 9;  // the bit behind the message, and its length
constexpr std::size_t most_blocks = 8;

const bool has_instructions = has_sha1_instructions();  // until it is set: no

Sha1 hash_by_instructions(Octets first, Octets second) noexcept {
  const std::size_t octets = first.size() + second.size();
  const std::size_t blocks = (octets + end_octets + block_octets - 1) / block_octets;
  std::array<std::byte, most_blocks * block_octets> message;
  std::byte* end = std::copy(first.begin(), first.end(), message.data());
  end = std::copy(second.begin(), second.end(), end);
  std::fill(end, message.data() + blocks * block_octets, std::byte{0});
  message[octets] = std::byte{0x80};
  store_u32(&message[blocks * block_octets - 4], static_cast<std::uint32_t>(octets * 8));

  Sha1State state{0x6745'2301, 0xefcd'ab89, 0x98ba'dcfe, 0x1032'5476, 0xc3d2'e1f0};
  for (std::size_t i = 0; i < blocks; ++i) sha1_with_instructions(state, &message[i * block_octets]);
  Sha1 hash;
  for (std::size_t i = 0; i < state.size(); ++i) store_u32(&hash[4 * i], state[i]);
  return hash;
}

Sha1 hash_by_openssl(Octets first, Octets second) noexcept {
  Sha1 hash;
  static_assert(sizeof(hash) == SHA_DIGEST_LENGTH);
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, first.data(), first.size());
  SHA1_Update(&context, second.data(), second.size());
  SHA1_Final(reinterpret_cast<unsigned char*>(hash.data()), &context);
  return hash;
}

}  // namespace

Sha1 sha1(Octets first, Octets second) noexcept {
  const bool fits = first.size() + second.size() + end_octets <= most_blocks * block_octets;
  return has_instructions && fits ? hash_by_instructions(first, second) : hash_by_openssl(first, second);
}

}  // namespace doors
