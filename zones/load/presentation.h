#pragma once

#include <string>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/ttl.h"
#include "zones/dns/types.h"

namespace doors {

/// One line of zone text, without its end: "www.example. 300 IN A 192.0.2.1". What has no better form, or is
/// not well-formed, comes as RFC 3597 §5 `\# length hex`. It reads back to the same record. Any thread.
[[nodiscard]] std::string to_presentation(NameView owner, RRType type, Ttl ttl, Octets rdata);

/// The RDATA alone.
[[nodiscard]] std::string rdata_to_presentation(RRType type, Octets rdata);

}  // namespace doors
