#include "zones/dns/nsec3_hash.h"

#include <bit>
#include <cassert>
#include <cstring>

namespace doors {

namespace {

/// SHA-1 (FIPS 180-4 §6.1). Our own, because OpenSSL's may allocate and fail; it protects nothing here, it only puts
/// names into the order that RFC 5155 prescribes.
class Sha1 {
 public:
  void update(Octets octets) noexcept {
    for (const std::byte octet : octets) {
      block_[used_++] = octet;
      if (used_ == block_.size()) digest_block();
    }
    length_ += octets.size();
  }
  [[nodiscard]] Nsec3Hash finish() noexcept {
    block_[used_++] = std::byte{0x80};
    if (used_ > 56) {
      std::memset(block_.data() + used_, 0, block_.size() - used_);
      digest_block();
    }
    std::memset(block_.data() + used_, 0, 56 - used_);
    store_u64(block_.data() + 56, length_ * 8);
    digest_block();
    Nsec3Hash hash;
    for (std::size_t i = 0; i < state_.size(); ++i) store_u32(hash.data() + 4 * i, state_[i]);
    return hash;
  }

 private:
  void digest_block() noexcept {
    std::array<std::uint32_t, 80> words;
    for (std::size_t i = 0; i < 16; ++i) words[i] = load_u32(block_.data() + 4 * i);
    for (std::size_t i = 16; i < 80; ++i) {
      words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
    auto [a, b, c, d, e] = state_;
    for (std::size_t i = 0; i < 80; ++i) {
      std::uint32_t mix = 0;
      std::uint32_t constant = 0;
      if (i < 20) {
        mix = (b & c) | (~b & d);
        constant = 0x5a82'7999;
      } else if (i < 40) {
        mix = b ^ c ^ d;
        constant = 0x6ed9'eba1;
      } else if (i < 60) {
        mix = (b & c) | (b & d) | (c & d);
        constant = 0x8f1b'bcdc;
      } else {
        mix = b ^ c ^ d;
        constant = 0xca62'c1d6;
      }
      const std::uint32_t next = std::rotl(a, 5) + mix + e + constant + words[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    state_ = {state_[0] + a, state_[1] + b, state_[2] + c, state_[3] + d, state_[4] + e};
    used_ = 0;
  }

  std::array<std::uint32_t, 5> state_{0x6745'2301, 0xefcd'ab89, 0x98ba'dcfe, 0x1032'5476, 0xc3d2'e1f0};
  std::array<std::byte, 64> block_;
  std::size_t used_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace

Nsec3Hash nsec3_hash(NameView name, std::uint16_t iterations, Octets salt) noexcept {
  assert(salt.size() <= 255);
  std::array<std::byte, max_name_octets> lower_name;
  const Octets wire = name.wire();
  for (std::size_t i = 0; i < wire.size(); ++i) lower_name[i] = lower(wire[i]);
  Sha1 first;
  first.update(Octets(lower_name).first(wire.size()));
  first.update(salt);
  Nsec3Hash hash = first.finish();
  for (std::uint32_t i = 0; i < iterations; ++i) {
    Sha1 again;
    again.update(hash);
    again.update(salt);
    hash = again.finish();
  }
  return hash;
}

}  // namespace doors
