#pragma once

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

/// For who asked, what the zone says that the question belongs to: ZONEVERSION (RFC 9660 §3.2; not that of an
/// alias's target) and EXPIRE (RFC 7314 §3.1).
void add_zone_options(const QueryView& query, const ZoneImage& zone, ResponseWriter& writer) noexcept;

/// Behind the records, where there is still room: where to report errors in this zone (RFC 9567 §6.2), but
/// not in the zone that the reports go to (§8.1).
void add_report_channel(const ZoneImage& zone, NameView agent, ResponseWriter& writer) noexcept;

/// Behind the records, where there is still room (RFC 8914 §3).
void add_extended_error(ExtendedError error, ResponseWriter& writer) noexcept;

}  // namespace doors
