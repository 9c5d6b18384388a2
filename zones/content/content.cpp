#include "zones/content/content.h"

#include <algorithm>
#include <string_view>

#include "zones/dns/rdata.h"
#include "zones/dns/rdata_check.h"

namespace doors {

namespace {

constexpr std::string_view magic = "DOORCNT1";
constexpr std::size_t header_octets = 10;  // type, covered, ttl, count

bool is_lower(NameView name) noexcept {
  return std::none_of(name.wire().begin(), name.wire().end(),
                      [](std::byte octet) { return octet != lower(octet); });
}

/// Reads one name of a stream; nothing if it is cut, bad or not lower case.
std::optional<NameView> read_name(WireReader& reader) noexcept {
  const std::size_t start = reader.offset();
  for (std::uint8_t length = reader.u8(); length != 0 && reader.ok(); length = reader.u8()) {
    if (length > max_label_octets) return std::nullopt;
    (void)reader.octets(length);
  }
  const std::size_t size = reader.offset() - start;
  if (!reader.ok() || size > max_name_octets) return std::nullopt;
  const NameView name = NameView::trusted(reader.message().subspan(start, size));
  if (!is_lower(name)) return std::nullopt;
  return name;
}

bool is_canonical_rdata(RRType type, Octets rdata) noexcept {
  if (!valid_rdata(type, rdata)) return false;
  if (!rdata_shape(type).lowered) return true;
  const auto names = rdata_names(type, rdata);
  return names &&
         std::all_of(names->begin(), names->end(), [](const RdataName& each) { return is_lower(each.name); });
}

/// The place of one RRset in the order of a stream.
struct Place {
  NameView owner;
  RRType type{};
  RRType covered{};
};

std::strong_ordering compare(const Place& a, const Place& b) noexcept {
  if (const auto order = a.owner.canonical_compare(b.owner); order != 0) return order;
  if (const auto order = raw(a.type) <=> raw(b.type); order != 0) return order;
  return raw(a.covered) <=> raw(b.covered);
}

/// Reads one RRset and checks everything that concerns it alone; gives what is wrong, or null.
const char* read_rrset(WireReader& reader, NameView origin, Place& place, std::size_t& records) noexcept {
  const auto owner = read_name(reader);
  if (!owner) return "bad owner name";
  place = {*owner, RRType(reader.u16()), RRType(reader.u16())};
  const std::uint32_t ttl = reader.u32();
  const std::uint16_t count = reader.u16();
  if (!reader.ok()) return "cut off";
  if (!owner->is_at_or_below(origin)) return "owner out of zone";
  if (is_meta(place.type)) return "meta type";
  if ((place.type == RRType::rrsig) != (raw(place.covered) != 0)) return "bad type covered";
  if (ttl > 0x7fff'ffff) return "bad TTL";
  if (count == 0) return "empty RRset";
  if (place.type == RRType::soa && (count != 1 || *owner != origin)) return "second SOA";
  Octets before;
  for (std::size_t i = 0; i < count; ++i) {
    const Octets rdata = reader.octets(reader.u16());
    if (!reader.ok()) return "cut off";
    if (!is_canonical_rdata(place.type, rdata)) return "bad RDATA";
    if (place.type == RRType::rrsig && rrsig_covered(rdata) != place.covered) return "bad type covered";
    if (i > 0 && compare_rdata(before, rdata) >= 0) return "RDATA out of order";
    before = rdata;
  }
  records += count;
  return nullptr;
}

}  // namespace

Result<Content> Content::parse(std::vector<std::byte> stream) {
  Content content;
  content.stream_ = std::move(stream);
  WireReader reader(content.stream_);
  const auto wrong = [](std::string what, std::size_t at) {
    return failure("content: " + std::move(what) + " at octet " + std::to_string(at));
  };
  if (text_of(reader.octets(magic.size())) != magic) return failure("content: not a content stream");
  const auto origin = read_name(reader);
  if (!origin) return wrong("bad origin", magic.size());
  Place before;
  bool has_soa = false;
  while (!reader.at_end()) {
    const std::size_t start = reader.offset();
    Place place;
    if (const char* problem = read_rrset(reader, *origin, place, content.records_))
      return wrong(problem, start);
    if (!content.starts_.empty() && compare(before, place) >= 0) return wrong("RRset out of order", start);
    has_soa = has_soa || place.type == RRType::soa;
    content.starts_.push_back(start);
    before = place;
  }
  if (!has_soa) return failure("content: no SOA at " + origin->to_string());
  return content;
}

NameView Content::origin() const noexcept { return NameView::trusted_at(stream_.data() + magic.size()); }

Octets Content::rrset_octets(std::size_t i) const noexcept {
  const std::size_t end = i + 1 < starts_.size() ? starts_[i + 1] : stream_.size();
  return Octets(stream_).subspan(starts_[i], end - starts_[i]);
}

RRsetView Content::rrset(std::size_t i) const noexcept {
  const Octets octets = rrset_octets(i);
  const NameView owner = NameView::trusted_at(octets.data());
  const std::byte* at = octets.data() + owner.size();
  return {owner, RRType(load_u16(at)), RRType(load_u16(at + 2)), Ttl(load_u32(at + 4)),
          RdataList(octets.subspan(owner.size() + header_octets), load_u16(at + 8))};
}

std::size_t Content::lower_bound(NameView owner) const noexcept {
  const auto found =
      std::partition_point(starts_.begin(), starts_.end(), [this, owner](std::uint64_t start) noexcept {
        return NameView::trusted_at(stream_.data() + start).canonical_compare(owner) < 0;
      });
  return static_cast<std::size_t>(found - starts_.begin());
}

std::optional<RRsetView> Content::find(NameView owner, RRType type, RRType covered) const noexcept {
  const Place wanted{owner, type, covered};
  const auto found =
      std::partition_point(starts_.begin(), starts_.end(), [this, &wanted](std::uint64_t start) noexcept {
        const NameView there = NameView::trusted_at(stream_.data() + start);
        const std::byte* at = there.wire().data() + there.size();
        return compare({there, RRType(load_u16(at)), RRType(load_u16(at + 2))}, wanted) < 0;
      });
  if (found == starts_.end()) return std::nullopt;
  const RRsetView rrset = this->rrset(static_cast<std::size_t>(found - starts_.begin()));
  if (compare({rrset.owner, rrset.type, rrset.covered}, wanted) != 0) return std::nullopt;
  return rrset;
}

RRsetView Content::soa() const noexcept { return *find(origin(), RRType::soa); }

Serial Content::serial() const noexcept {
  const auto soa_rdata = parse_soa(soa().rdatas.front());
  return Serial(soa_rdata ? soa_rdata->serial : 0);  // every way into a Content has checked it
}

}  // namespace doors
