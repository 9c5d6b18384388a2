#include "zones/tsig/signer.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/zones/tsig/signed_queries.h"
#include "zones/tsig/verify.h"

using namespace doors;

namespace {

constexpr const SignedQuery& query = signed_queries[3];

struct Request {
  std::vector<std::byte> message = octets_from_hex(query.hex);
  TsigRecord record = *TsigRecord::read(message, signed_query_tsig_offset);
};

/// A response's header and question.
std::vector<std::byte> response(unsigned mark) {
  auto octets = octets_from_hex("b9e88400000100000000000003777777076578616d706c650000010001");
  octets[2] |= static_cast<std::byte>(mark);
  return octets;
}

/// The MAC over `before`, the message as it was before its record, and the record's fields or time: made anew
/// here, as a client does.
Mac expected(const TsigKey& key, Octets before, Octets message, const TsigRecord& record, bool first) {
  Hmac hmac(key);
  hmac.add_u16(static_cast<std::uint16_t>(before.size()));
  hmac.add(before);
  hmac.add(message);
  if (first)
    add_tsig_variables(hmac, record);
  else
    add_tsig_timers(hmac, record);
  return hmac.finish();
}

}  // namespace

TEST_SUITE("tsig: signed responses (RFC 8945 §5.3)") {
  TEST_CASE("each message's MAC covers the one before, the first the request's") {
    const Request request;
    const TsigKey key = key_of(query);
    TsigSigner signer(key, request.record);
    std::vector<std::byte> before(request.record.mac.begin(), request.record.mac.end());
    for (unsigned i = 0; i < 3; ++i) {
      CAPTURE(i);
      const auto plain = response(i);
      auto buffer = plain;
      buffer.resize(plain.size() + signer.octets());
      const std::size_t size = signer.sign(buffer, plain.size(), query.time_signed + 7 + i);
      REQUIRE(size > plain.size());
      CHECK(size <= buffer.size());
      CHECK(load_u16(&buffer[10]) == 1);
      const auto record = TsigRecord::read(Octets(buffer).first(size), plain.size());
      REQUIRE(record);
      CHECK(record->key == request.record.key);
      CHECK(record->time_signed == query.time_signed + 7 + i);
      CHECK(record->fudge == 300);
      CHECK(record->original_id == 0xb9e8);
      CHECK(record->error == 0);
      CHECK(record->other.empty());
      const Mac mac = expected(key, before, plain, *record, i == 0);
      CHECK(to_hex(record->mac) == to_hex(mac.view()));
      before.assign(record->mac.begin(), record->mac.end());
    }
  }
  TEST_CASE("BADTIME is signed, with the client's time and the server's beside it") {
    const Request request;
    const TsigKey key = key_of(query);
    TsigSigner signer(key, request.record);
    const auto plain = response(0);
    auto buffer = plain;
    buffer.resize(plain.size() + signer.octets());
    const std::size_t size = signer.sign(buffer, plain.size(), 0x0001'2345'6789, Rcode::badtime);
    CHECK(size == buffer.size());  // the longest there is
    const auto record = TsigRecord::read(buffer, plain.size());
    REQUIRE(record);
    CHECK(record->time_signed == query.time_signed);
    CHECK(record->error == raw(Rcode::badtime));
    CHECK(to_hex(record->other) == "000123456789");
    CHECK(to_hex(record->mac) == to_hex(expected(key, request.record.mac, plain, *record, true).view()));
  }
  TEST_CASE("BADKEY goes without a MAC, under the name and algorithm that came") {
    const Request request;
    const auto plain = response(0);
    auto buffer = plain;
    buffer.resize(512);
    const std::size_t size = append_unsigned_tsig(buffer, plain.size(), request.record, Rcode::badkey);
    CHECK(size == plain.size() + unsigned_tsig_octets(request.record));
    const auto record = TsigRecord::read(Octets(buffer).first(size), plain.size());
    REQUIRE(record);
    CHECK(record->key == request.record.key);
    CHECK(record->algorithm == request.record.algorithm);
    CHECK(record->mac.empty());
    CHECK(record->other.empty());
    CHECK(record->time_signed == request.record.time_signed);
    CHECK(record->error == raw(Rcode::badkey));
  }
}
