#include "zones/tsig/verify.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "zones/dns/message_layout.h"

namespace doors {

std::size_t least_mac_octets(TsigAlgorithm algorithm) noexcept {
  return std::max<std::size_t>(10, mac_octets(algorithm) / 2);
}

void add_tsig_message(Hmac& hmac, Octets message, std::size_t offset, const TsigRecord& record) noexcept {
  std::array<std::byte, header_octets> header{};
  std::copy_n(message.begin(), header_octets, header.begin());
  store_u16(header.data(), record.original_id);
  store_u16(&header[arcount_offset], static_cast<std::uint16_t>(load_u16(&header[arcount_offset]) - 1));
  hmac.add(header);
  hmac.add(message.subspan(header_octets, offset - header_octets));
}

bool in_time(const TsigRecord& record, std::uint64_t now) noexcept {
  const std::uint64_t apart = now > record.time_signed ? now - record.time_signed : record.time_signed - now;
  return apart <= record.fudge;
}

std::uint64_t tsig_time(WallTime now) noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

void add_tsig_timers(Hmac& hmac, const TsigRecord& record) noexcept {
  std::array<std::byte, 6> time{};
  store_u48(time.data(), record.time_signed);
  hmac.add(time);
  hmac.add_u16(record.fudge);
}

void add_tsig_variables(Hmac& hmac, const TsigRecord& record) noexcept {
  Name key = record.key;
  key.make_canonical();
  Name algorithm = record.algorithm;
  algorithm.make_canonical();
  hmac.add(key.wire());
  hmac.add_u16(raw(RRClass::any));
  hmac.add_u16(0);  // TTL
  hmac.add_u16(0);
  hmac.add(algorithm.wire());
  add_tsig_timers(hmac, record);
  hmac.add_u16(record.error);
  hmac.add_u16(static_cast<std::uint16_t>(record.other.size()));
  hmac.add(record.other);
}

TsigVerdict verify_request(Octets message, std::size_t offset, const TsigRecord& record, const TsigKeys& keys,
                           std::uint64_t now) noexcept {
  const TsigKey* const key = keys.find(record.key, record.algorithm);
  if (key == nullptr) return {Rcode::notauth, Rcode::badkey, nullptr};  // §5.2.1

  const std::size_t whole = mac_octets(key->algorithm);
  if (record.mac.size() > whole || record.mac.size() < least_mac_octets(key->algorithm)) {
    return {Rcode::formerr, Rcode::noerror, nullptr};  // §5.2.2.1
  }
  Hmac hmac(*key);
  add_tsig_message(hmac, message, offset, record);
  add_tsig_variables(hmac, record);
  const Mac mac = hmac.finish();
  if (mac.size != whole || !same_secretly(mac.view().first(record.mac.size()), record.mac)) {
    return {Rcode::notauth, Rcode::badsig, nullptr};  // §5.2.2
  }

  if (!in_time(record, now)) return {Rcode::notauth, Rcode::badtime, key};  // §5.2.3
  const std::size_t wanted = key->least_mac != 0 ? key->least_mac : whole;
  if (record.mac.size() < wanted) return {Rcode::notauth, Rcode::badtrunc, key};  // §5.2.4
  return {Rcode::noerror, Rcode::noerror, key};
}

}  // namespace doors
