#include "server/transfer/differences.h"

#include <algorithm>

#include "server/message/response_writer.h"
#include "zones/base/file.h"
#include "zones/content/change_log.h"
#include "zones/image/image_file.h"

namespace doors {

namespace {

constexpr std::size_t record_header = 10;  // type, class, TTL, RDLENGTH

/// Whether the steps lead, by rising serials, to the version that is served.
bool lead_to(std::span<const Delta> steps, const ZoneImage& zone) noexcept {
  return !steps.empty() && steps.back().come().serial() == Serial(zone.version().serial) &&
         std::ranges::all_of(steps, [&](const Delta& step) {
           return step.gone().origin() == zone.origin() && step.gone().serial() < step.come().serial();
         });
}

/// Whether all records of the zone have fewer octets than that; looks at no more of it than so many.
bool is_shorter(const ZoneImage& zone, std::size_t octets) noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < zone.node_count() && sum < octets; ++i) {
    const NodeView node = zone.node_in_order(i);
    sum += node.name().wire().size();
    for (std::size_t at = 0; at < node.rrset_count(); ++at) {
      const ImageRRset rrset = node.rrset_at(at);
      sum += rrset.records.size() + rrset.signatures.size();
    }
    for (std::size_t at = 0; at < node.lone_signature_count(); ++at)
      sum += node.lone_signatures_at(at).signatures.size();
  }
  return sum < octets;
}

}  // namespace

Differences::Differences(std::span<const Delta> steps) {
  std::size_t octets = 0;
  for (const Delta& step : steps) octets += step.octets();
  octets_.reserve(octets);
  for (const Delta& step : steps) {
    add_side(step.gone(), step.come());
    add_side(step.come(), step.gone());
  }
}

void Differences::add_side(const Content& side, const Content& other) {
  add_rrset(side.soa(), nullptr);
  for (std::size_t i = 0; i < side.rrset_count(); ++i) {
    const RRsetView rrset = side.rrset(i);
    if (rrset.type == RRType::soa) continue;
    const auto there = other.find(rrset.owner, rrset.type, rrset.covered);
    // A TTL is every record's own (RFC 1995 §2): another one makes them all others.
    add_rrset(rrset, there && there->ttl == rrset.ttl ? &*there : nullptr);
  }
}

/// The records of `rrset` that are not in `other`, which may be null.
void Differences::add_rrset(const RRsetView& rrset, const RRsetView* other) {
  const auto owner_at = static_cast<std::uint32_t>(octets_.size());
  const Octets owner = rrset.owner.wire();
  octets_.insert(octets_.end(), owner.begin(), owner.end());
  const auto is_before = [](Octets a, Octets b) { return std::ranges::lexicographical_compare(a, b); };
  RdataList::iterator there = other != nullptr ? other->rdatas.begin() : RdataList::iterator();
  const RdataList::iterator end = other != nullptr ? other->rdatas.end() : RdataList::iterator();
  for (const Octets rdata : rrset.rdatas) {  // both in canonical order (RFC 4034 §6.3)
    while (there != end && is_before(*there, rdata)) ++there;
    if (there != end && std::ranges::equal(*there, rdata)) continue;
    const std::size_t at = octets_.size();
    octets_.resize(at + record_header);
    store_u16(&octets_[at], raw(rrset.type));
    store_u16(&octets_[at + 2], raw(RRClass::in));
    store_u32(&octets_[at + 4], rrset.ttl.raw());
    store_u16(&octets_[at + 8], static_cast<std::uint16_t>(rdata.size()));
    octets_.insert(octets_.end(), rdata.begin(), rdata.end());
    records_.push_back({owner_at, static_cast<std::uint32_t>(owner.size()), static_cast<std::uint32_t>(at),
                        static_cast<std::uint32_t>(octets_.size() - at), rrset.type});
  }
}

std::size_t Differences::write(ResponseWriter& writer, std::size_t first) const noexcept {
  Owner owner;
  const Place* before = nullptr;
  for (; first < records_.size(); ++first) {
    const Place& place = records_[first];
    const Octets octets = octets_;
    if (before == nullptr || before->owner != place.owner)
      owner = {NameView::trusted(octets.subspan(place.owner, place.owner_octets))};
    before = &place;
    if (!writer.rrset(MessageSection::answer, owner, place.type,
                      octets.subspan(place.record, place.record_octets), {})) {
      break;
    }
  }
  return first;
}

std::optional<Differences> find_differences(const std::filesystem::path& directory, const ZoneImage& zone,
                                            Serial from) {
  if (directory.empty()) return std::nullopt;
  const ImageVersion version = zone.version();
  const auto file =
      read_file(log_path(directory, zone.origin(), version.epoch, version.seq), 2 * ChangeLog::max_octets);
  if (!file) return std::nullopt;
  const auto log = ChangeLog::parse(*file);
  if (!log) return std::nullopt;
  const std::vector<Delta> steps = log->since(from);
  if (!lead_to(steps, zone)) return std::nullopt;
  Differences differences(steps);
  if (is_shorter(zone, differences.octets())) return std::nullopt;
  return differences;
}

}  // namespace doors
