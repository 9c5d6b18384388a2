#pragma once

#include "zones/base/octets.h"
#include "zones/dns/types.h"

namespace doors {

/// Whether uncompressed RDATA of any origin has the form of its type: every length and count inside it fits,
/// its names are whole, nothing is missing and nothing is left over. It says nothing about sense (a
/// preference, an algorithm number, a wrong signature). Of a type without a known form anything up to 65,535
/// octets is right (RFC 3597 §3). Whatever passes here has its names found by rdata_names(). Any thread.
[[nodiscard]] bool valid_rdata(RRType type, Octets rdata) noexcept;

}  // namespace doors
