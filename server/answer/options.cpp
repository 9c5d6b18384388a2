#include "server/answer/options.h"

#include <array>

#include "zones/base/unset.h"

namespace doors {

namespace {

template <std::size_t size>
using Data = std::array<std::byte, size>;

}  // namespace

CookieVerdict begin_options(const QueryView& query, const Snapshot& snapshot, const Client& client, Now now,
                            ResponseWriter& writer) noexcept {
  const Edns& edns = query.edns;
  writer.begin_edns(snapshot.limits.max_udp, edns.dnssec_ok);
  CookieVerdict cookie = CookieVerdict::none;
  if (!edns.cookie.empty() && edns.version == 0 && snapshot.cookies.count != 0) {
    DOORS_UNSET FullCookie full;
    const Octets address = Octets(client.address).first(client.ipv6 ? 16 : 4);
    cookie = answer_cookie(edns.cookie, address, snapshot.cookies.view(), now.wall_seconds, full);
    writer.option(EdnsOption::cookie, full);
  }
  if (edns.wants_nsid && !snapshot.identity.nsid.empty()) {
    writer.option(EdnsOption::nsid, octets_of(snapshot.identity.nsid));
  }
  // RFC 7828 §3.3.1: over UDP the option is ignored.
  if (edns.wants_keepalive && edns.version == 0 && client.transport == Transport::tcp) {
    Data<2> timeout;
    store_u16(timeout.data(), snapshot.limits.tcp_keepalive);
    writer.option(EdnsOption::tcp_keepalive, timeout);
  }
  return cookie;
}

void add_report_channel(const ZoneImage& zone, NameView agent, ResponseWriter& writer) noexcept {
  if (agent.is_root() || agent.is_at_or_below(zone.origin())) return;
  writer.option(EdnsOption::report_channel, agent.wire());
}

void add_extended_error(ExtendedError error, ResponseWriter& writer) noexcept {
  Data<2> code;
  store_u16(code.data(), static_cast<std::uint16_t>(error));
  writer.option(EdnsOption::extended_error, code);
}

}  // namespace doors
