#pragma once

#include <cstddef>
#include <cstdint>

#include "server/message/edns.h"
#include "server/message/header.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"

namespace doors {

/// What a received message asks for, before any zone is looked at.
enum class QueryVerdict : std::uint8_t {
  silence,          ///< under 12 octets, or itself a response: never answered (RFC 8906 §8)
  not_implemented,  ///< an opcode other than QUERY and NOTIFY; decided before anything else is read
  format_error,  ///< QDCOUNT over 1, or something runs over the end, or OPT is wrong, or TSIG is not the last
  bad_version,   ///< EDNS version above 0 (RFC 6891 §6.1.3)
  no_question,   ///< QDCOUNT 0: a format error, but for a COOKIE option (RFC 7873 §5.4)
  ask,           ///< one whole question
};

/// A received message, parsed and borrowed: as long as the message lives. As much of it is filled in as could
/// be read, whatever the verdict, so that an error reply too carries question, OPT and NSID.
struct QueryView {
  QueryVerdict verdict = QueryVerdict::silence;
  Header header;
  Edns edns;
  /// What is answered depends on who asks, which respond() does not know: there is a TSIG record, or it is a
  /// NOTIFY, AXFR or IXFR.
  bool depends_on_asker = false;
  std::size_t tsig_offset = 0;  ///< where the TSIG record starts (RFC 8945); 0: there is none
  Octets question;     ///< as received: name, type, class; empty if there is not exactly one whole question
  NameView name;       ///< the root if `question` is empty
  RRType type{};       ///< 0 if `question` is empty
  RRClass rr_class{};  ///< 0 if `question` is empty

  /// Reads any octets, 0..65535. RFC 1035 §4.1, RFC 6891 §6.1.1, RFC 9619 (one question). Records before the
  /// additional section and other additional records are stepped over; octets behind the last one are
  /// ignored.
  [[nodiscard]] static QueryView parse(Octets message) noexcept;
};

}  // namespace doors
