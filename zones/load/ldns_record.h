#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"

namespace doors {

/// What ldns knows that rdata_format() does not: APL. Its octets are not to be trusted
/// before valid_rdata() has seen them. Any thread.

/// Reads `text`, the RDATA of one record with single blanks between its words.
[[nodiscard]] Result<std::vector<std::byte>> ldns_read_rdata(RRType type, const std::string& text,
                                                             NameView origin);

/// Writes RDATA that valid_rdata() has passed; nothing if ldns cannot.
[[nodiscard]] std::optional<std::string> ldns_write_rdata(RRType type, Octets rdata);

}  // namespace doors
