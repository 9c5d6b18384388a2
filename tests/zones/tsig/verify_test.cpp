#include "zones/tsig/verify.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/zones/tsig/signed_queries.h"

using namespace doors;

namespace {

constexpr const SignedQuery& sha256_query = signed_queries[3];
constexpr std::size_t mac_at = signed_query_tsig_offset + 13 + 10 + 13 + 10;

std::string word(const TsigVerdict& verdict) {
  const std::string rcode = to_string(verdict.rcode);
  if (verdict.error == Rcode::noerror) return rcode;
  const bool is_badsig = verdict.error == Rcode::badsig;  // shares its number with BADVERS
  return rcode + " " + (is_badsig ? "BADSIG" : to_string(verdict.error)) + (verdict.key ? " signed" : "");
}

std::string verify(const std::vector<std::byte>& message, const TsigKey& key, std::uint64_t now) {
  const auto record = TsigRecord::read(message, signed_query_tsig_offset);
  if (!record) return "unreadable";
  return word(verify_request(message, signed_query_tsig_offset, *record, TsigKeys({key}), now));
}

/// The query with a MAC of only so many octets.
std::vector<std::byte> truncated(std::size_t octets) {
  const auto message = octets_from_hex(sha256_query.hex);
  auto record = *TsigRecord::read(message, signed_query_tsig_offset);
  record.mac = record.mac.first(octets);
  std::vector<std::byte> shorter(message.begin(), message.begin() + signed_query_tsig_offset);
  shorter.resize(signed_query_tsig_offset + record.octets());
  record.write(&shorter[signed_query_tsig_offset]);
  return shorter;
}

}  // namespace

TEST_SUITE("tsig: signed requests (RFC 8945 §5.2)") {
  TEST_CASE("what another implementation has signed is right, by every algorithm") {
    for (const SignedQuery& query : signed_queries) {
      CAPTURE(to_string(query.algorithm));
      CHECK(verify(octets_from_hex(query.hex), key_of(query), query.time_signed) == "NOERROR");
    }
  }
  TEST_CASE("a forwarder may have changed the ID") {
    auto message = octets_from_hex(sha256_query.hex);
    message[0] ^= std::byte{0xff};
    CHECK(verify(message, key_of(sha256_query), sha256_query.time_signed) == "NOERROR");
  }
  TEST_CASE("every octet is covered") {
    const auto message = octets_from_hex(sha256_query.hex);
    for (std::size_t at = 2; at < message.size(); ++at) {  // the ID is covered by its original
      CAPTURE(at);
      auto changed = message;
      changed[at] ^= std::byte{0x01};
      CHECK(verify(changed, key_of(sha256_query), sha256_query.time_signed) != "NOERROR");
    }
  }
  TEST_CASE("names are covered in canonical form, so their case does not matter") {
    auto message = octets_from_hex(sha256_query.hex);
    message[signed_query_tsig_offset + 1] = std::byte{'K'};
    CHECK(verify(message, key_of(sha256_query), sha256_query.time_signed) == "NOERROR");
  }
  TEST_CASE("an unknown key, or a known one with another algorithm, is BADKEY") {
    const auto message = octets_from_hex(sha256_query.hex);
    const std::string secret = "secretsecretsecret";
    CHECK(verify(message, key_of("other.example.", TsigAlgorithm::hmac_sha256, secret), 0) ==
          "NOTAUTH BADKEY");
    CHECK(verify(message, key_of("key.example.", TsigAlgorithm::hmac_sha512, secret), 0) == "NOTAUTH BADKEY");
  }
  TEST_CASE("another secret is BADSIG, even at the wrong time") {
    const TsigKey key = key_of("key.example.", TsigAlgorithm::hmac_sha256, "secretsecretsecreT");
    CHECK(verify(octets_from_hex(sha256_query.hex), key, 0) == "NOTAUTH BADSIG");
  }
  TEST_CASE("the time may be off by the fudge, on either side") {
    const auto message = octets_from_hex(sha256_query.hex);
    const TsigKey key = key_of(sha256_query);
    const std::uint64_t time = sha256_query.time_signed;
    CHECK(verify(message, key, time + 300) == "NOERROR");
    CHECK(verify(message, key, time - 300) == "NOERROR");
    CHECK(verify(message, key, time + 301) == "NOTAUTH BADTIME signed");
    CHECK(verify(message, key, time - 301) == "NOTAUTH BADTIME signed");
  }
  TEST_CASE("a MAC may be cut where the key allows it, and never below 10 octets or half of it") {
    TsigKey key = key_of(sha256_query);
    const std::uint64_t time = sha256_query.time_signed;
    CHECK(verify(truncated(31), key, time) == "NOTAUTH BADTRUNC signed");
    CHECK(verify(truncated(16), key, time) == "NOTAUTH BADTRUNC signed");
    CHECK(verify(truncated(15), key, time) == "FORMERR");
    CHECK(verify(truncated(0), key, time) == "FORMERR");
    CHECK(verify(truncated(16), key, time + 301) == "NOTAUTH BADTIME signed");
    key.least_mac = 20;
    CHECK(verify(truncated(20), key, time) == "NOERROR");
    CHECK(verify(truncated(19), key, time) == "NOTAUTH BADTRUNC signed");
    key.least_mac = 1;
    CHECK(verify(truncated(16), key, time) == "NOERROR");
    CHECK(verify(truncated(15), key, time) == "FORMERR");
    auto wrong = truncated(20);
    wrong[mac_at] ^= std::byte{1};
    key.least_mac = 20;
    CHECK(verify(wrong, key, time) == "NOTAUTH BADSIG");
  }
  TEST_CASE("a MAC longer than the hash is ill-formed") {
    const auto message = octets_from_hex(sha256_query.hex);
    auto record = *TsigRecord::read(message, signed_query_tsig_offset);
    std::vector<std::byte> mac(record.mac.begin(), record.mac.end());
    mac.push_back(std::byte{0});
    record.mac = mac;
    const TsigKeys keys({key_of(sha256_query)});
    CHECK(word(verify_request(message, signed_query_tsig_offset, record, keys, record.time_signed)) ==
          "FORMERR");
  }
}
