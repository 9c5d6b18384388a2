#include "server/transfer/zone_stream.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/message/header.h"
#include "tests/support/reply.h"
#include "tests/support/zone_of.h"
#include "zones/base/text_encoding.h"
#include "zones/content/content.h"
#include "zones/load/zone_file.h"
#include "zones/tsig/verify.h"

using namespace doors;

namespace {

constexpr std::uint16_t flags = header_bit::qr | header_bit::aa;
constexpr RRType soa_type = RRType::soa;

Octets octets_of_wire(const std::string& wire) { return octets_of(wire); }

ZoneStream::Terms terms_of(const Snapshot& snapshot) {
  ZoneStream::Terms terms;
  terms.snapshot = std::make_shared<const Snapshot>(snapshot);
  terms.zone = terms.snapshot->zones->images().front().get();
  terms.id = 0x1234;
  terms.flags = flags;
  const Octets origin = terms.zone->origin().wire();
  terms.question.assign(origin.begin(), origin.end());
  for (const unsigned octet : {0u, 252u, 0u, 1u}) terms.question.push_back(static_cast<std::byte>(octet));
  return terms;
}

/// All messages, as they come.
std::vector<std::vector<std::byte>> messages_of(ZoneStream& stream) {
  std::vector<std::vector<std::byte>> messages;
  std::vector<std::byte> out(65535);
  while (true) {
    const auto size = stream.next(out);
    REQUIRE(size);
    if (*size == 0) return messages;
    REQUIRE(*size <= 65535);
    messages.emplace_back(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*size));
    REQUIRE(messages.size() < 1000);
  }
}

/// The zone as a secondary puts it together; every message has to be right in itself.
Content received(const std::vector<std::vector<std::byte>>& messages, NameView origin) {
  ContentBuilder builder(origin);
  std::size_t soas = 0;
  std::size_t records = 0;
  for (const auto& message : messages) {
    const auto reply = read_reply(message);
    REQUIRE_MESSAGE(reply, reply.error());
    CHECK(reply->id == 0x1234);
    CHECK(reply->flags == flags);
    CHECK(reply->questions == (&message == &messages.front() ? 1 : 0));
    CHECK(reply->authority.empty());
    CHECK(reply->additional.empty());
    const Record& first = reply->answer.front();
    const Record& last = reply->answer.back();
    if (&message == &messages.front()) CHECK(first.type == raw(soa_type));
    if (&message == &messages.back()) CHECK(last.type == raw(soa_type));
    for (const Record& record : reply->answer) {
      soas += record.type == raw(soa_type) ? 1 : 0;
      ++records;
      const auto added = builder.add(*NameView::checked(octets_of_wire(record.owner)), RRType(record.type),
                                     Ttl(record.ttl), octets_of_wire(record.rdata));
      REQUIRE(added);
    }
  }
  CHECK(soas == 2);
  auto content = builder.finish();
  REQUIRE(content);
  CHECK(records == content->record_count() + 1);  // nothing twice but the SOA
  return *std::move(content);
}

void check_equal(const Content& got, const Content& wanted) {
  CHECK(got.record_count() == wanted.record_count());
  CHECK(to_hex(got.stream()) == to_hex(wanted.stream()));
}

/// Transfers a zone file and compares what comes with what was in it.
void check_file(const std::string& file) {
  CAPTURE(file);
  const std::string path = std::string(DOORS_TEST_SOURCE_DIR "/data/answers/") + file;
  ZoneFileOptions options;
  options.origin = *Name::parse("example.");
  const auto loaded = load_zone_file(path, options);
  REQUIRE(loaded);
  ManualClock clock;
  ZoneStream stream(terms_of(snapshot_of({image_of_file("example.", path)})), clock);
  check_equal(received(messages_of(stream), options.origin->view()), loaded->content);
}

}  // namespace

TEST_SUITE("transfer: AXFR (RFC 5936 §2.2)") {
  TEST_CASE(
      "a secondary gets exactly the zone: signed by NSEC and by NSEC3, with glue and what is occluded") {
    for (const char* file : {"nsec.zone", "nsec3.zone"}) check_file(file);
  }
  TEST_CASE("an RRset too large for a message, and signatures over nothing, come too") {
    std::string text =
        "@ 300 IN SOA ns host 1 3600 600 86400 300\n"
        "@ 300 IN NS ns\n"
        "ns 300 IN A 192.0.2.1\n"
        "d 300 IN DNAME elsewhere.\n"
        "sub 300 IN NS ns.sub\n"
        "ns.sub 300 IN AAAA 2001:db8::1\n"
        "not.glue.sub 300 IN TXT \"occluded\"\n"
        "lone 300 IN RRSIG A 8 2 300 20300101000000 20200101000000 1 example. AAAA\n"
        "*.wild 300 IN MX 10 ns\n";
    for (int i = 0; i < 700; ++i)
      text += "large 300 IN TXT \"" + std::to_string(i) + std::string(240, 'x') + "\"\n";
    for (int i = 0; i < 2000; ++i) text += "h" + std::to_string(i) + ".many 300 IN A 192.0.2.3\n";
    ZoneFileOptions options;
    options.origin = *Name::parse("example.");
    const auto loaded = load_zone_text(text, "text", options);
    REQUIRE_MESSAGE(loaded, loaded.error().front().to_string());
    ManualClock clock;
    ZoneStream stream(terms_of(zone_of("example.", text)), clock);
    const auto messages = messages_of(stream);
    CHECK(messages.size() >= 3);
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) CHECK(messages[i].size() > 65'000);  // full
    check_equal(received(messages, options.origin->view()), loaded->content);
  }
  TEST_CASE("OPT comes with the first message") {
    ManualClock clock;
    auto terms =
        terms_of(zone_of("example.", "@ 1 IN SOA ns host 1 1 1 1 1\n@ 1 IN NS ns\nns 1 IN A 192.0.2.1\n"));
    terms.opt = *from_hex("00002904d0000000000000");
    ZoneStream stream(std::move(terms), clock);
    const auto messages = messages_of(stream);
    REQUIRE(messages.size() == 1);
    const auto reply = read_reply(messages.front());
    REQUIRE(reply);
    CHECK(reply->has_opt);
    CHECK(reply->answer.size() == 4);
  }
  TEST_CASE("every message is signed, and none is larger for it than may be") {
    std::string text = "@ 1 IN SOA ns host 1 1 1 1 1\n@ 1 IN NS ns\nns 1 IN A 192.0.2.1\n";
    for (int i = 0; i < 700; ++i)
      text += "t" + std::to_string(i) + " 1 IN TXT " + std::string(250, 'x') + "\n";
    const TsigKey key{*Name::parse("k.example."), TsigAlgorithm::hmac_sha512, {std::byte{7}}, 0};
    const std::vector<std::byte> request_mac(64, std::byte{5});
    TsigRecord request;
    request.key = key.name;
    request.algorithm = name_of(key.algorithm);
    request.mac = request_mac;
    ManualClock clock;
    auto terms = terms_of(zone_of("example.", text));
    terms.signer.emplace(key, request);
    ZoneStream stream(std::move(terms), clock);
    const auto messages = messages_of(stream);
    CHECK(messages.size() >= 3);
    std::vector<std::byte> before = request_mac;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      CAPTURE(i);
      const Octets message = messages[i];
      const std::size_t record_octets = request.octets();  // with a MAC of the same size
      const std::size_t offset = message.size() - record_octets;
      const auto record = TsigRecord::read(message, offset);
      REQUIRE(record);
      CHECK(record->time_signed == 1'700'000'000);
      std::vector<std::byte> plain(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(offset));
      store_u16(&plain[10], static_cast<std::uint16_t>(load_u16(&plain[10]) - 1));
      Hmac hmac(key);
      hmac.add_u16(static_cast<std::uint16_t>(before.size()));
      hmac.add(before);
      hmac.add(plain);
      if (i == 0)
        add_tsig_variables(hmac, *record);
      else
        add_tsig_timers(hmac, *record);
      CHECK(to_hex(record->mac) == to_hex(hmac.finish().view()));
      before.assign(record->mac.begin(), record->mac.end());
    }
  }
}
