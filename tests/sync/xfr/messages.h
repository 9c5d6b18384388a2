#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"

namespace doors::test {

using Bytes = std::vector<std::byte>;

inline void put(Bytes& to, Octets octets) { to.insert(to.end(), octets.begin(), octets.end()); }
inline void put_u16(Bytes& to, unsigned number) {
  to.push_back(static_cast<std::byte>(number >> 8));
  to.push_back(static_cast<std::byte>(number & 0xff));
}
inline void put_u32(Bytes& to, std::uint32_t number) {
  put_u16(to, number >> 16);
  put_u16(to, number & 0xffff);
}

/// One record as it goes out.
inline Bytes record(const char* owner, RRType type, const Bytes& rdata, std::uint16_t rr_class = 1) {
  Bytes octets;
  put(octets, Name::parse(owner)->wire());
  put_u16(octets, raw(type));
  put_u16(octets, rr_class);
  put_u32(octets, 300);
  put_u16(octets, static_cast<unsigned>(rdata.size()));
  put(octets, rdata);
  return octets;
}
inline Bytes soa(std::uint32_t serial, const char* owner = "e.") {
  Bytes rdata;
  put_u16(rdata, 0);
  for (const std::uint32_t number : {serial, 3600u, 600u, 86400u, 300u}) put_u32(rdata, number);
  return record(owner, RRType::soa, rdata);
}
inline Bytes ns(const char* owner = "e.") {
  Bytes rdata;
  put(rdata, Name::parse("ns.e.")->wire());
  return record(owner, RRType::ns, rdata);
}
inline Bytes a(const char* owner, unsigned last) {
  return record(owner, RRType::a, {std::byte{192}, std::byte{0}, std::byte{2}, static_cast<std::byte>(last)});
}

struct Shape {
  std::uint16_t id = 7;
  unsigned flags = 0x8400;
  RRType type = RRType::axfr;
  const char* question = "e.";  ///< null: none
};
/// A message of a response.
inline Bytes message(const std::vector<Bytes>& records, const Shape& shape = {}) {
  Bytes octets;
  put_u16(octets, shape.id);
  put_u16(octets, shape.flags);
  put_u16(octets, shape.question == nullptr ? 0 : 1);
  put_u16(octets, static_cast<unsigned>(records.size()));
  put_u32(octets, 0);
  if (shape.question != nullptr) {
    put(octets, Name::parse(shape.question)->wire());
    put_u16(octets, raw(shape.type));
    put_u16(octets, 1);
  }
  for (const Bytes& one : records) put(octets, one);
  return octets;
}

}  // namespace doors::test
