#include "server/message/edns.h"

#include <cstring>

#include "zones/dns/wire_reader.h"

namespace doors {

bool Edns::read_options(Octets rdata) noexcept {
  WireReader reader(rdata);
  while (!reader.at_end()) {  // at most one round per 4 octets of RDATA
    const auto code = static_cast<EdnsOption>(reader.u16());
    (void)reader.octets(reader.u16());
    if (!reader.ok()) return false;
    if (code == EdnsOption::nsid) wants_nsid = true;  // RFC 5001 §2.1: whatever data came with it is ignored
  }
  return true;
}

void EdnsReply::write(std::byte* at, Rcode rcode) const noexcept {
  at[0] = std::byte{0};  // the root
  store_u16(at + 1, raw(RRType::opt));
  store_u16(at + 3, payload);
  at[5] = static_cast<std::byte>(raw(rcode) >> 4);  // EXTENDED-RCODE: the upper eight of twelve bits
  at[6] = std::byte{0};                             // version
  store_u16(at + 7, dnssec_ok ? 0x8000 : 0);
  store_u16(at + 9, static_cast<std::uint16_t>(octets() - opt_octets));
  if (nsid.empty()) return;
  store_u16(at + 11, static_cast<std::uint16_t>(EdnsOption::nsid));
  store_u16(at + 13, static_cast<std::uint16_t>(nsid.size()));
  std::memcpy(at + 15, nsid.data(), nsid.size());
}

}  // namespace doors
