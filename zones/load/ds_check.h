#pragma once

#include <vector>

#include "zones/content/content.h"
#include "zones/load/problem.h"

namespace doors {

/// What delegation signers say about keys; all of gate `signatures`. Any thread.

/// Compares the CDS and CDNSKEY at an apex with its DNSKEY RRset (RFC 7344 §4.1, RFC 8078 §4): an error if a
/// parent that did as they ask would know no key of the zone, a warning for one that stands for no key here.
[[nodiscard]] std::vector<Problem> check_child_keys(const Content& content);

/// Compares the DS that `parent` has for the zone `child` with the child's DNSKEY RRset: an error if no DS of
/// a known digest type leads to a key (RFC 4035 §5.2), so that the zone would be bogus. None: the child is
/// insecure.
[[nodiscard]] std::vector<Problem> check_delegation_signer(const Content& parent, const Content& child);

}  // namespace doors
