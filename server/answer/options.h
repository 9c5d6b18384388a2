#pragma once

#include <array>

#include "server/answer/client.h"
#include "server/answer/snapshot.h"
#include "server/message/cookie.h"
#include "server/message/query_view.h"
#include "server/message/response_writer.h"
#include "zones/image/image.h"

namespace doors {

/// Begins the OPT record and puts into it what every response of any rcode has: COOKIE, NSID and
/// edns-tcp-keepalive, for who asked. Gives what was found of the client's cookie. For a query with OPT.
[[nodiscard]] CookieVerdict begin_options(const QueryView& query, const Snapshot& snapshot,
                                          const Client& client, Now now, ResponseWriter& writer) noexcept;

/// What the zone says that the question belongs to, for who asked: ZONEVERSION (RFC 9660 §3.2; not that of an
/// alias's target) and EXPIRE (RFC 7314 §3.1; §2: with any question). Calls add(EdnsOption, Octets) for each.
template <class Add>
void tell_of_zone(const Edns& asked, const ZoneImage& zone, Add&& add) {
  if (asked.wants_zone_version) {
    std::array<std::byte, 6> version;
    version[0] = static_cast<std::byte>(zone.origin_labels());
    version[1] = std::byte{0};  // SOA-SERIAL
    store_u32(&version[2], zone.version().serial);
    add(EdnsOption::zone_version, Octets(version));
  }
  if (asked.wants_expire) {
    const Octets soa = zone.negative_soa().records;  // of the five numbers at its end, EXPIRE is the fourth
    add(EdnsOption::expire, soa.last(8).first(4));
  }
}

/// Behind the records, where there is still room: where to report errors in this zone (RFC 9567 §6.2), but
/// not in the zone that the reports go to (§8.1).
void add_report_channel(const ZoneImage& zone, NameView agent, ResponseWriter& writer) noexcept;

/// Behind the records, where there is still room (RFC 8914 §3).
void add_extended_error(ExtendedError error, ResponseWriter& writer) noexcept;

}  // namespace doors
