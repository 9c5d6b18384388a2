#pragma once

#include "zones/dns/hashed_name.h"
#include "zones/dns/types.h"
#include "zones/image/denial_search.h"
#include "zones/image/image.h"
#include "zones/image/lookup.h"

namespace doors {

// For batches: between the look-up of a name and its answer. None of this changes an answer; it asks the
// memory early for what the answer will be made of.

/// Asks for the records of what was found, as far as the node says where they are.
void prefetch_records(const Lookup& found, RRType type, bool with_dnssec) noexcept;

/// Asks for the nodes of a delegation's servers: after prefetch_records(), once those may have come.
void prefetch_servers(const ZoneImage& zone, const Lookup& found) noexcept;

/// Starts the search for what proves to who set DO that the name does not exist; false if the answer needs
/// none.
[[nodiscard]] bool start_denial(const ZoneImage& zone, const Lookup& found, const HashedName& name,
                                DenialSearch& search) noexcept;

}  // namespace doors
