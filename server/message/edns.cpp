#include "server/message/edns.h"

#include "zones/dns/wire_reader.h"

namespace doors {

namespace {

/// A client cookie of 8 octets, alone or with a server cookie of 8 to 32 (RFC 7873 §5.2.2).
bool is_cookie_size(std::size_t octets) noexcept { return octets == 8 || (octets >= 16 && octets <= 40); }

}  // namespace

bool Edns::read_options(Octets rdata) noexcept {
  WireReader reader(rdata);
  bool right = true;
  bool met_cookie = false;
  while (!reader.at_end()) {  // at most one round per 4 octets of RDATA
    const auto code = static_cast<EdnsOption>(reader.u16());
    const Octets data = reader.octets(reader.u16());
    if (!reader.ok()) return false;
    switch (code) {
      case EdnsOption::nsid:  // RFC 5001 §2.1: whatever data came with it is ignored
        wants_nsid = true;
        break;
      case EdnsOption::expire:
        wants_expire = true;
        break;
      case EdnsOption::tcp_keepalive:
        wants_keepalive = true;
        break;
      case EdnsOption::cookie:
        // RFC 7873 §5.2: the first alone counts; but one of a wrong size is a format error wherever it
        // stands.
        if (!is_cookie_size(data.size()))
          right = false;
        else if (!met_cookie)
          cookie = data;
        met_cookie = true;
        break;
      case EdnsOption::zone_version:
        if (wants_zone_version || !data.empty()) right = false;  // RFC 9660 §3.2.1
        wants_zone_version = true;
        break;
      default:
        break;
    }
  }
  return right;
}

}  // namespace doors
