#include "server/answer/look_ahead.h"

#include <algorithm>

#include "server/answer/denial.h"

namespace doors {

namespace {

/// More servers than this few delegations have, and a cache line or two of each is asked for.
constexpr std::size_t most_servers = 4;

}  // namespace

void prefetch_records(const Lookup& found, RRType type, bool with_dnssec) noexcept {
  switch (found.kind) {
    case Lookup::Kind::zone_cut:
      found.node.prefetch(RRType::ns);
      if (with_dnssec) found.node.prefetch(RRType::ds);
      return;
    case Lookup::Kind::dname:
      found.node.prefetch(RRType::dname);
      return;
    case Lookup::Kind::exact:
    case Lookup::Kind::wildcard:
      found.node.prefetch(type);
      return;
    case Lookup::Kind::no_such_name:
      return;
  }
}

void prefetch_servers(const ZoneImage& zone, const Lookup& found) noexcept {
  ImageRRset servers;
  if (found.kind != Lookup::Kind::zone_cut || !found.node.rrset(RRType::ns, servers)) return;
  for (const std::uint32_t target : servers.targets.first(std::min(servers.targets.size(), most_servers))) {
    zone.prefetch_node(target);
  }
}

bool start_denial(const ZoneImage& zone, const Lookup& found, const HashedName& name,
                  DenialSearch& search) noexcept {
  const bool is_absent = found.kind == Lookup::Kind::no_such_name || found.kind == Lookup::Kind::wildcard;
  if (!is_absent || !DenialSearch::is_for(zone)) return false;
  if (zone.denial() == ZoneImage::Denial::nsec3) {
    search.start(zone, name.suffix(found.encloser_labels + 1));  // the next closer name
  } else {
    if (!is_signed(zone)) return false;
    search.start(zone, name.view());
  }
  return true;
}

}  // namespace doors
