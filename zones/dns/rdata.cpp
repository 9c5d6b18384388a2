#include "zones/dns/rdata.h"

#include <algorithm>
#include <cstring>

namespace doors {

RdataShape rdata_shape(RRType type) noexcept {
  switch (type) {
    case RRType::ns:
    case RRType::md:
    case RRType::mf:
    case RRType::cname:
    case RRType::mb:
    case RRType::mg:
    case RRType::mr:
    case RRType::ptr:
      return {0, 0, 1, true, true};
    case RRType::soa:
    case RRType::minfo:
      return {0, 0, 2, true, true};
    case RRType::mx:
      return {2, 0, 1, true, true};
    case RRType::rp:
      return {0, 0, 2, false, true};
    case RRType::afsdb:
    case RRType::rt:
    case RRType::kx:
      return {2, 0, 1, false, true};
    case RRType::px:
      return {2, 0, 2, false, true};
    case RRType::srv:
      return {6, 0, 1, false, true};
    case RRType::naptr:
      return {4, 3, 1, false, true};
    case RRType::dname:
    case RRType::nxt:
      return {0, 0, 1, false, true};
    case RRType::sig:
    case RRType::rrsig:
      return {18, 0, 1, false, true};
    case RRType::nsec:
      return {0, 0, 1, false, false};  // RFC 6840 §5.1: kept as it is
    case RRType::svcb:
    case RRType::https:
      return {2, 0, 1, false, false};  // RFC 9460 §2.2
    default:
      return {};
  }
}

namespace {

/// One name at `at` inside RDATA, or nothing.
std::optional<NameView> name_at(Octets rdata, std::size_t at) noexcept {
  std::size_t end = at;
  while (end < rdata.size() && rdata[end] != std::byte{0}) {
    const auto length = std::to_integer<std::size_t>(rdata[end]);
    if (length > max_label_octets) return std::nullopt;
    end += length + 1;
  }
  if (end >= rdata.size() || end + 1 - at > max_name_octets) return std::nullopt;
  return NameView::trusted(rdata.subspan(at, end + 1 - at));
}

}  // namespace

std::optional<RdataNames> rdata_names(RRType type, Octets rdata) noexcept {
  const RdataShape shape = rdata_shape(type);
  RdataNames found;
  if (shape.names == 0) return found;
  std::size_t at = shape.fixed_octets;
  for (int i = 0; i < shape.character_strings; ++i) {
    if (at >= rdata.size()) return std::nullopt;
    at += std::to_integer<std::size_t>(rdata[at]) + 1;
  }
  for (int i = 0; i < shape.names; ++i) {
    if (at > rdata.size()) return std::nullopt;
    const auto name = name_at(rdata, at);
    if (!name) return std::nullopt;
    found.at[found.count++] = {at, *name};
    at += name->size();
  }
  return found;
}

RdataNames trusted_rdata_names(RRType type, Octets rdata) noexcept {
  const RdataShape shape = rdata_shape(type);
  RdataNames found;
  std::size_t at = shape.fixed_octets;
  for (int i = 0; i < shape.character_strings; ++i) at += std::to_integer<std::size_t>(rdata[at]) + 1;
  for (int i = 0; i < shape.names; ++i) {
    found.at[found.count] = {at, NameView::trusted_at(rdata.data() + at)};
    at += found.at[found.count++].name.size();
  }
  return found;
}

bool make_canonical_rdata(RRType type, MutableOctets rdata) noexcept {
  const auto names = rdata_names(type, rdata);
  if (!names) return false;
  if (!rdata_shape(type).lowered) return true;
  for (const RdataName& each : *names) {
    for (std::size_t i = 0; i < each.name.size(); ++i) rdata[each.offset + i] = lower(rdata[each.offset + i]);
  }
  return true;
}

std::strong_ordering compare_rdata(Octets a, Octets b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (order != 0) return order <=> 0;
  return a.size() <=> b.size();
}

std::optional<SoaFields> parse_soa(Octets rdata) noexcept {
  const auto names = rdata_names(RRType::soa, rdata);
  if (!names) return std::nullopt;
  const std::size_t numbers = names->at[1].offset + names->at[1].name.size();
  if (rdata.size() != numbers + 20) return std::nullopt;
  const std::byte* at = rdata.data() + numbers;
  return SoaFields{load_u32(at), load_u32(at + 4), load_u32(at + 8), load_u32(at + 12), load_u32(at + 16)};
}

RRType rrsig_covered(Octets rdata) noexcept {
  return rdata.size() < 2 ? RRType{} : RRType(load_u16(rdata.data()));
}

}  // namespace doors
