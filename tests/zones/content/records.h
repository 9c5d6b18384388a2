#pragma once

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zones/base/text_encoding.h"
#include "zones/content/content.h"

namespace doors::test {

inline Name name(std::string_view text) {
  auto parsed = Name::parse(text);
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return *parsed;
}

inline std::vector<std::byte> hex(std::string_view digits) {
  std::string packed(digits);
  packed.erase(std::remove(packed.begin(), packed.end(), ' '), packed.end());
  auto octets = from_hex(packed);
  if (!octets) throw std::runtime_error("bad hex " + packed);
  return *octets;
}

/// A record with its RDATA in hex.
struct Record {
  std::string_view owner;
  RRType type;
  std::uint32_t ttl;
  std::string_view rdata;
};

/// SOA RDATA with root names: serial 1.
inline constexpr std::string_view soa_rdata = "00 00 00000001 00000002 00000003 00000004 00000005";
/// The same with serial 2.
inline constexpr std::string_view next_soa_rdata = "00 00 00000002 00000002 00000003 00000004 00000005";

inline ContentBuilder builder_of(std::string_view origin, const std::vector<Record>& records) {
  ContentBuilder builder{name(origin)};
  std::uint32_t tag = 0;
  for (const Record& each : records) {
    auto added = builder.add(name(each.owner), each.type, Ttl(each.ttl), hex(each.rdata), ++tag);
    if (!added) throw std::runtime_error(added.error().message);
  }
  return builder;
}

inline Content content_of(std::string_view origin, const std::vector<Record>& records) {
  auto content = builder_of(origin, records).finish();
  if (!content) throw std::runtime_error(content.error().message);
  return *std::move(content);
}

/// "OWNER TYPE" of every RRset, in order.
inline std::vector<std::string> places(const Content& content) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < content.rrset_count(); ++i) {
    const RRsetView rrset = content.rrset(i);
    found.push_back(rrset.owner.to_string() + " " + to_string(rrset.type) +
                    (raw(rrset.covered) != 0 ? "(" + to_string(rrset.covered) + ")" : ""));
  }
  return found;
}

}  // namespace doors::test
