#include "zones/tsig/client.h"

#include <algorithm>
#include <string>
#include <utility>

#include "zones/dns/message_layout.h"
#include "zones/dns/name.h"
#include "zones/dns/tsig.h"
#include "zones/dns/types.h"
#include "zones/dns/wire_reader.h"
#include "zones/tsig/verify.h"

namespace doors {

namespace {

constexpr std::uint16_t fudge_seconds = 300;     // RFC 8945 §10
constexpr unsigned most_unsigned_messages = 99;  // §5.3.1
constexpr std::size_t count_offset = 4;          // of QDCOUNT in the header

/// What a server says that it does not like about our signature (§5.3.2).
std::string words_for(const TsigRecord& record) {
  switch (Rcode(record.error)) {
    case Rcode::badsig:
      return "BADSIG";
    case Rcode::badkey:
      return "BADKEY";
    case Rcode::badtime:
      return "BADTIME";
    case Rcode::badtrunc:
      return "BADTRUNC";
    default:
      return std::to_string(record.error);
  }
}

}  // namespace

std::optional<std::size_t> find_tsig(Octets message) noexcept {
  WireReader reader(message);
  (void)reader.octets(count_offset);
  const std::size_t questions = reader.u16();
  std::size_t records = reader.u16();
  records += reader.u16();
  const std::size_t additional = reader.u16();
  records += additional;
  for (std::size_t i = 0; i < questions; ++i) {
    if (!Name::read(reader)) return std::nullopt;
    (void)reader.u32();
  }
  for (std::size_t i = 0; i < records; ++i) {
    const std::size_t start = reader.offset();
    if (!Name::read(reader)) return std::nullopt;
    const auto type = RRType(reader.u16());
    (void)reader.octets(2 + 4);
    (void)reader.octets(reader.u16());
    if (!reader.ok()) return std::nullopt;
    if (type != RRType::tsig) continue;
    if (i + 1 == records && additional > 0 && reader.at_end()) return start;
    return std::nullopt;
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return 0;
}

void TsigClient::begin_chain(const Mac& previous) noexcept {
  chain_.emplace(*key_);
  chain_->add_u16(static_cast<std::uint16_t>(previous.size));
  chain_->add(previous.view());
}

Result<void> TsigClient::sign(std::vector<std::byte>& request, std::uint64_t now) {
  TsigRecord record;
  record.key = key_->name;
  record.algorithm = name_of(key_->algorithm);
  record.time_signed = now;
  record.fudge = fudge_seconds;
  record.original_id = load_u16(request.data());
  Hmac hmac(*key_);
  hmac.add(request);
  add_tsig_variables(hmac, record);
  const Mac mac = hmac.finish();
  if (mac.size == 0) return failure("the request cannot be signed");
  record.mac = mac.view();
  const std::size_t size = request.size();
  request.resize(size + record.octets());
  record.write(&request[size]);
  std::byte* const arcount = &request[arcount_offset];
  store_u16(arcount, static_cast<std::uint16_t>(load_u16(arcount) + 1));
  begin_chain(mac);
  return {};
}

Result<std::size_t> TsigClient::check(Octets message, std::uint64_t now) {
  const auto wrong = [](std::string why) { return failure("signature: " + std::move(why)); };
  const auto offset = find_tsig(message);
  if (!offset) return wrong("no whole message");
  if (*offset == 0) {
    if (std::exchange(first_, false)) return wrong("the response is not signed");
    if (++unsigned_messages_ > most_unsigned_messages) return wrong("too many messages in a row without one");
    chain_->add(message);
    return message.size();
  }
  const auto record = TsigRecord::read(message, *offset);
  if (!record) return wrong("a malformed record");
  if (!(record->key == key_->name)) return wrong("of another key: " + record->key.to_string());
  if (!(record->algorithm == name_of(key_->algorithm)))
    return wrong("of another algorithm: " + record->algorithm.to_string());
  if (record->mac.empty()) return wrong("the server answers " + words_for(*record) + " to ours");
  const std::size_t whole = mac_octets(key_->algorithm);
  if (record->mac.size() > whole || record->mac.size() < least_mac_octets(key_->algorithm))
    return wrong("a MAC of " + std::to_string(record->mac.size()) + " octets");
  add_tsig_message(*chain_, message, *offset, *record);
  if (std::exchange(first_, false))
    add_tsig_variables(*chain_, *record);
  else
    add_tsig_timers(*chain_, *record);
  const Mac mac = chain_->finish();
  if (mac.size != whole || !same_secretly(mac.view().first(record->mac.size()), record->mac))
    return wrong("the MAC is wrong");
  if (record->error != 0) return wrong("the server answers " + words_for(*record) + " to ours");
  if (!in_time(*record, now)) return wrong("its time is off");
  const std::size_t wanted = key_->least_mac != 0 ? key_->least_mac : whole;
  if (record->mac.size() < wanted) return wrong("the MAC is cut too short");
  unsigned_messages_ = 0;
  Mac sent;  // what came, if it was cut: that is what the next one covers
  sent.size = record->mac.size();
  std::copy(record->mac.begin(), record->mac.end(), sent.octets.begin());
  begin_chain(sent);
  return *offset;
}

}  // namespace doors
