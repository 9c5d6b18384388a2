#include "zones/content/digest.h"

namespace doors {

void RunningDigest::add(Octets rrset) {
  const Sha256 term = hash_.update(rrset).finish();
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

ContentDigest content_digest(const Content& content) {
  RunningDigest digest;
  for (std::size_t i = 0; i < content.rrset_count(); ++i) digest.add(content.rrset_octets(i));
  return digest.value();
}

}  // namespace doors
