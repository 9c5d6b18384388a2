// Signed requests, as they come and with a right signature put under them, through respond() and the
// exchange. The responses are refereed by the tests' own strict reader, and a signature under one is checked
// again.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "server/message/header.h"
#include "server/message/query_view.h"
#include "server/transfer/exchange.h"
#include "tests/support/reply.h"
#include "tests/support/zone_of.h"
#include "zones/base/log.h"
#include "zones/tsig/verify.h"

namespace {

using namespace doors;

void must(bool fine, const char* why) {
  if (fine) return;
  std::fprintf(stderr, "wrong: %s\n", why);
  std::abort();
}

const TsigKey& the_key() {
  static const TsigKey key{*Name::parse("key.example."), TsigAlgorithm::hmac_sha256, {std::byte{7}}, 16};
  return key;
}

std::shared_ptr<const Snapshot> served() {
  static const auto snapshot = [] {
    Snapshot made =
        zone_of("example.", "@ 60 IN SOA ns host 1 1 1 1 1\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n");
    Access access;
    access.keys = TsigKeys({the_key()});
    access.transfers = {{.zones = {}, .every_zone = true, .sources = {}, .keys = {the_key().name}}};
    access.notifies = access.transfers;
    made.access = std::make_shared<const Access>(access);
    return std::make_shared<const Snapshot>(made);
  }();
  return snapshot;
}

/// The message with a right signature behind it.
std::vector<std::byte> signed_by_us(Octets message, const Clock& clock) {
  TsigRecord record;
  record.key = the_key().name;
  record.algorithm = name_of(the_key().algorithm);
  record.time_signed = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(clock.wall().time_since_epoch()).count());
  record.fudge = 300;
  record.original_id = load_u16(message.data());
  Hmac hmac(the_key());
  hmac.add(message);
  add_tsig_variables(hmac, record);
  const Mac mac = hmac.finish();
  record.mac = mac.view();
  std::vector<std::byte> octets(message.begin(), message.end());
  octets.resize(message.size() + record.octets());
  record.write(&octets[message.size()]);
  store_u16(&octets[10], static_cast<std::uint16_t>(load_u16(&octets[10]) + 1));
  return octets;
}

/// A record that is read is written as it was, but for a compressed owner.
void check_record(Octets message, std::size_t offset) {
  const auto record = TsigRecord::read(message, offset);
  if (!record) return;
  std::vector<std::byte> written(record->octets());
  record->write(written.data());
  const auto again = TsigRecord::read(written, 0);
  must(again && again->key == record->key && again->mac.size() == record->mac.size() &&
           again->other.size() == record->other.size() && again->time_signed == record->time_signed,
       "a record is not read as it was written");
}

}  // namespace

/// The first octet says the transport and whether a signature is added; the rest is the query.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 + header_octets || size > 60'000) return 0;
  static const bool quiet = (log::set_level(log::Level::error), true);
  static_cast<void>(quiet);
  static ManualClock clock;
  static Counters counters;
  static Exchange exchange(clock, counters, [](const std::function<void()>& work) { work(); });
  static std::vector<std::byte> out(65535);
  const Octets rest(reinterpret_cast<const std::byte*>(data + 1), size - 1);
  const bool is_signed = (data[0] & 2) != 0;
  const std::vector<std::byte> query =
      is_signed ? signed_by_us(rest, clock) : std::vector<std::byte>(rest.begin(), rest.end());

  BatchItem item{query, {}, out};
  item.client.transport = (data[0] & 1) != 0 ? Transport::tcp : Transport::udp;
  respond_batch({&item, 1}, *served(), Now::of(clock.wall()));
  const std::size_t tsig_offset = QueryView::parse(query).tsig_offset;
  if (tsig_offset != 0) check_record(query, tsig_offset);
  if (!item.depends_on_asker) return 0;
  const auto stream = exchange.complete(item, served());
  if (stream != nullptr) exchange.end(stream);
  must(item.size >= header_octets && item.size <= item.limit, "no response, or too large");
  must(stream == nullptr || is_signed, "a zone for a stranger");
  const auto reply = read_reply(Octets(out).first(item.size));
  must(reply.has_value(), reply ? "" : reply.error().c_str());
  must(reply->id == load_u16(query.data()) && reply->has(header_bit::qr), "not its response");
  must(is_signed || reply->answer.empty() || tsig_offset == 0, "an answer to a wrong signature");
  return 0;
}
