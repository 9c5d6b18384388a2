#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/answer/snapshot.h"
#include "tests/differential/view.h"

namespace doors::test {

/// What the zones say of an answer, for explaining why it is as it is. Names are in wire form, lower case.

/// The question's name and, along the CNAMEs of the answer section, what it was led to.
struct Chain {
  std::vector<std::string> names;
  bool loops = false;  ///< the last CNAME points to a name before it
  [[nodiscard]] const std::string& end() const { return names.back(); }
};
Chain chain_of(const Question& question, const Reply& reply);

/// A name and the zone that answers for it: for DS its parent's side (RFC 4035 §3.1.4.1). Borrows all.
struct Place {
  const ZoneSet& zones;
  const ZoneImage* zone;  ///< null if none of them
  const std::string& name;
};
Place place_of(const ZoneSet& zones, const std::string& name, RRType type);

/// The first link of the chain that leads from one of the zones into another: the place of its target in
/// `names`; nothing if none does.
std::optional<std::size_t> crossing_of(const ZoneSet& zones, const Chain& chain, RRType type);

/// The addresses, with which a referral has to come, of servers at or below the delegated name (RFC 9471
/// §3.1); as set_of() writes them. Of signatures nothing.
RecordSet in_domain_glue(const ZoneSet& zones, const Origins& origins, const Reply& referral);

/// An ancestor of the name, or itself, or a wildcard beside one of these, that some other zone has, or has
/// above it, and the zone that answers for the name has not.
bool is_known_to_another_zone(const Place& place);
/// At or below the hashed owner name of an NSEC3, which does not exist (RFC 5155 §7.2.8).
bool is_at_hashed_owner(const Place& place);
/// The name, if it exists, or its closest encloser is an empty non-terminal or delegation that opt-out left
/// without an NSEC3.
bool is_opted_out(const Place& place);
/// What a wildcard without any RRset gives.
bool is_at_empty_wildcard(const Place& place);
/// What a wildcard gives.
bool is_at_wildcard(const Place& place);
/// The zone has labels that hold NUL.
bool has_octet_zero(const Place& place);
/// The zone has NSEC and NSEC3.
bool has_both_chains(const Place& place);
/// The zone has DNSKEY, but some authoritative RRset has no signature, or there is no chain of NSEC or NSEC3.
bool is_signed_in_part(const Place& place);

}  // namespace doors::test
