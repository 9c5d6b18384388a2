#include "zones/content/digest.h"

#include <algorithm>
#include <vector>

namespace doors {

void RunningDigest::add(Octets rrset) { add_number(hash_.update(rrset).finish()); }

void RunningDigest::add_number(const Sha256& term) noexcept {
  unsigned carry = 0;
  for (std::size_t i = sum_.size(); i-- > 0;) {
    carry += std::to_integer<unsigned>(sum_[i]) + std::to_integer<unsigned>(term[i]);
    sum_[i] = static_cast<std::byte>(carry & 0xff);
    carry >>= 8;
  }
}

void RunningDigest::remove(Octets rrset) {
  const Sha256 term = hash_.update(rrset).finish();
  unsigned borrow = 0;
  for (std::size_t i = sum_.size(); i-- > 0;) {
    const unsigned take = std::to_integer<unsigned>(term[i]) + borrow;
    const unsigned have = std::to_integer<unsigned>(sum_[i]);
    sum_[i] = static_cast<std::byte>((have - take) & 0xff);
    borrow = have < take ? 1 : 0;
  }
}

ContentDigest content_digest(const Content& content, const RunPieces& run) {
  constexpr std::size_t piece_rrsets = 65'536;
  std::vector<RunningDigest> pieces((content.rrset_count() + piece_rrsets - 1) / piece_rrsets);
  run(pieces.size(), [&](std::size_t piece) {
    const std::size_t end = std::min(content.rrset_count(), (piece + 1) * piece_rrsets);
    for (std::size_t i = piece * piece_rrsets; i < end; ++i) pieces[piece].add(content.rrset_octets(i));
  });
  RunningDigest digest;
  for (const RunningDigest& piece : pieces) digest.add_all(piece);
  return digest.value();
}

}  // namespace doors
