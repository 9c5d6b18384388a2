#include "zones/tsig/signer.h"

#include <algorithm>
#include <utility>

#include "zones/dns/message_layout.h"
#include "zones/tsig/verify.h"

namespace doors {

namespace {

constexpr std::uint16_t fudge_seconds = 300;  // RFC 8945 §10

std::size_t append(MutableOctets buffer, std::size_t size, const TsigRecord& record) noexcept {
  record.write(&buffer[size]);
  store_u16(&buffer[arcount_offset], static_cast<std::uint16_t>(load_u16(&buffer[arcount_offset]) + 1));
  return size + record.octets();
}

TsigRecord without_mac(TsigRecord request) noexcept {
  request.mac = {};
  request.other = {};
  return request;
}

}  // namespace

TsigSigner::TsigSigner(const TsigKey& key, const TsigRecord& request) noexcept
    : key_(&key), name_(request.key), algorithm_(name_of(key.algorithm)), request_time_(request.time_signed) {
  previous_.size = std::min(request.mac.size(), previous_.octets.size());
  std::copy_n(request.mac.begin(), previous_.size, previous_.octets.begin());
}

std::size_t TsigSigner::octets() const noexcept {
  constexpr std::size_t server_time_octets = 6;
  TsigRecord longest;
  longest.key = name_;
  longest.algorithm = algorithm_;
  return longest.octets() + mac_octets(key_->algorithm) + server_time_octets;
}

std::size_t TsigSigner::sign(MutableOctets buffer, std::size_t size, std::uint64_t now,
                             Rcode error) noexcept {
  std::array<std::byte, 6> server_time{};
  store_u48(server_time.data(), now);
  TsigRecord record;
  record.key = name_;
  record.algorithm = algorithm_;
  record.time_signed = now;
  record.fudge = fudge_seconds;
  record.original_id = load_u16(buffer.data());
  record.error = raw(error);
  if (error == Rcode::badtime) {  // §5.2.3: the client learns how far off its clock is
    record.time_signed = request_time_;
    record.other = server_time;
  }

  Hmac hmac(*key_);
  hmac.add_u16(static_cast<std::uint16_t>(previous_.size));
  hmac.add(previous_.view());
  hmac.add(buffer.first(size));
  if (std::exchange(first_, false))
    add_tsig_variables(hmac, record);
  else
    add_tsig_timers(hmac, record);
  previous_ = hmac.finish();
  if (previous_.size == 0) return 0;
  record.mac = previous_.view();
  return append(buffer, size, record);
}

std::size_t unsigned_tsig_octets(const TsigRecord& request) noexcept { return without_mac(request).octets(); }

std::size_t append_unsigned_tsig(MutableOctets buffer, std::size_t size, const TsigRecord& request,
                                 Rcode error) noexcept {
  TsigRecord record = without_mac(request);
  record.error = raw(error);
  record.original_id = load_u16(buffer.data());
  return append(buffer, size, record);
}

}  // namespace doors
