#include "zones/dns/tsig.h"

#include <cstring>

#include "zones/dns/types.h"
#include "zones/dns/wire_reader.h"

namespace doors {

namespace {

/// Fields of the RDATA but algorithm, MAC and other data.
constexpr std::size_t fixed_octets = 6 + 2 + 2 + 2 + 2 + 2;
/// Type, class, TTL and RDLENGTH.
constexpr std::size_t record_header_octets = 10;

std::uint64_t read_u48(WireReader& reader) noexcept {
  const std::uint64_t high = reader.u16();
  return high << 32 | reader.u32();
}

std::byte* put(std::byte* at, Octets octets) noexcept {
  if (!octets.empty()) std::memcpy(at, octets.data(), octets.size());
  return at + octets.size();
}

std::byte* put_u16(std::byte* at, std::size_t value) noexcept {
  store_u16(at, static_cast<std::uint16_t>(value));
  return at + 2;
}

}  // namespace

void store_u48(std::byte* at, std::uint64_t value) noexcept {
  store_u16(at, static_cast<std::uint16_t>(value >> 32 & 0xffff));
  store_u32(at + 2, static_cast<std::uint32_t>(value & 0xffff'ffff));
}

std::optional<TsigRecord> TsigRecord::read(Octets message, std::size_t offset) noexcept {
  WireReader reader(message, offset);
  TsigRecord record;
  const auto key = Name::read(reader);
  const auto type = RRType(reader.u16());
  const auto rr_class = RRClass(reader.u16());
  const std::uint32_t ttl = reader.u32();
  const std::size_t rdata_octets = reader.u16();
  if (!key || !reader.ok() || type != RRType::tsig || rr_class != RRClass::any || ttl != 0)
    return std::nullopt;
  if (rdata_octets != reader.remaining()) return std::nullopt;

  const std::size_t algorithm_at = reader.offset();
  const auto algorithm = Name::read(reader);
  if (!algorithm || reader.offset() - algorithm_at != algorithm->wire().size()) return std::nullopt;
  record.key = *key;
  record.algorithm = *algorithm;
  record.time_signed = read_u48(reader);
  record.fudge = reader.u16();
  record.mac = reader.octets(reader.u16());
  record.original_id = reader.u16();
  record.error = reader.u16();
  record.other = reader.octets(reader.u16());
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return record;
}

std::size_t TsigRecord::octets() const noexcept {
  return key.wire().size() + record_header_octets + algorithm.wire().size() + fixed_octets + mac.size() +
         other.size();
}

void TsigRecord::write(std::byte* at) const noexcept {
  at = put(at, key.wire());
  at = put_u16(at, raw(RRType::tsig));
  at = put_u16(at, raw(RRClass::any));
  store_u32(at, 0);
  at = put_u16(at + 4, algorithm.wire().size() + fixed_octets + mac.size() + other.size());
  at = put(at, algorithm.wire());
  store_u48(at, time_signed);
  at = put_u16(at + 6, fudge);
  at = put_u16(at, mac.size());
  at = put(at, mac);
  at = put_u16(at, original_id);
  at = put_u16(at, error);
  at = put_u16(at, other.size());
  put(at, other);
}

}  // namespace doors
