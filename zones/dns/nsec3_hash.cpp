#include "zones/dns/nsec3_hash.h"

#include <cassert>

#include "zones/base/sha1.h"

namespace doors {

Nsec3Hash nsec3_hash(NameView name, std::uint16_t iterations, Octets salt) noexcept {
  assert(salt.size() <= 255);
  std::array<std::byte, max_name_octets> lower_name;
  const Octets wire = name.wire();
  for (std::size_t i = 0; i < wire.size(); ++i) lower_name[i] = lower(wire[i]);
  Nsec3Hash hash = sha1(Octets(lower_name).first(wire.size()), salt);
  for (std::uint32_t i = 0; i < iterations; ++i) hash = sha1(hash, salt);
  return hash;
}

}  // namespace doors
