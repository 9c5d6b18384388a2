#include "server/message/siphash.h"

#include <bit>
#include <cstring>

namespace doors {

namespace {

std::uint64_t load_little_endian(const std::byte* at) noexcept {
  static_assert(std::endian::native == std::endian::little, "as images are");
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// The four words of state; their first values spell "somepseudorandomlygeneratedbytes".
class SipState {
 public:
  SipState(std::uint64_t k0, std::uint64_t k1) noexcept
      : v0_(k0 ^ 0x736f'6d65'7073'6575u),
        v1_(k1 ^ 0x646f'7261'6e64'6f6du),
        v2_(k0 ^ 0x6c79'6765'6e65'7261u),
        v3_(k1 ^ 0x7465'6462'7974'6573u) {}

  void compress(std::uint64_t word) noexcept {
    v3_ ^= word;
    round();
    round();
    v0_ ^= word;
  }
  std::uint64_t finish() noexcept {
    v2_ ^= 0xff;
    for (int i = 0; i < 4; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void round() noexcept {
    v0_ += v1_;
    v2_ += v3_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v1_;
    v0_ += v3_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

std::uint64_t siphash24(const SipHashKey& key, Octets data) noexcept {
  SipState state(load_little_endian(key.data()), load_little_endian(key.data() + 8));
  std::uint64_t last = static_cast<std::uint64_t>(data.size()) << 56;
  for (; data.size() >= 8; data = data.subspan(8)) state.compress(load_little_endian(data.data()));
  for (std::size_t i = 0; i < data.size(); ++i) last |= std::to_integer<std::uint64_t>(data[i]) << (8 * i);
  state.compress(last);
  return state.finish();
}

}  // namespace doors
