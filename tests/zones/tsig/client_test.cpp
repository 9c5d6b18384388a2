#include "zones/tsig/client.h"

#include <functional>
#include <string>

#include <doctest/doctest.h>

#include "tests/zones/tsig/signed_queries.h"
#include "zones/dns/tsig.h"
#include "zones/tsig/signer.h"
#include "zones/tsig/verify.h"

namespace doors {
namespace {

constexpr std::uint64_t now = 1'800'000'000;
const TsigKey key = key_of("key.example.", TsigAlgorithm::hmac_sha256, "secretsecretsecret");

std::vector<std::byte> message(unsigned mark = 0) {
  auto octets = octets_from_hex("b9e88400000100000000000003777777076578616d706c650000010001");
  octets[3] = static_cast<std::byte>(mark);
  return octets;
}

/// A client that has asked, and the server's signer of its response.
struct Conversation {
  explicit Conversation(const TsigKey& servers = key) {
    std::vector<std::byte> request = message();
    REQUIRE(client.sign(request, now));
    const auto offset = find_tsig(request);
    REQUIRE(offset);
    const auto record = TsigRecord::read(request, *offset);
    REQUIRE(record);
    const TsigKeys keys({key});
    CHECK(verify_request(request, *offset, *record, keys, now).rcode == Rcode::noerror);
    signer.emplace(servers, *record);
  }
  std::vector<std::byte> response(unsigned mark, std::uint64_t when = now) {
    std::vector<std::byte> octets = message(mark);
    const std::size_t size = octets.size();
    octets.resize(size + signer->octets());
    octets.resize(signer->sign(octets, size, when));
    return octets;
  }
  TsigClient client{key};
  std::optional<TsigSigner> signer;
};

TEST_SUITE("tsig: the asker's side (RFC 8945 §5.3)") {
  TEST_CASE("a response of several messages is one chain") {
    Conversation talk;
    for (unsigned i = 0; i < 3; ++i) {
      const auto size = talk.client.check(talk.response(i), now + i);
      REQUIRE(size);
      CHECK(*size == message().size());
      CHECK(talk.client.is_proved());
    }
    const auto third = talk.response(3);
    CHECK_FALSE(talk.client.check(talk.response(4), now));  // the one before was left out
    CHECK_FALSE(third.empty());
  }

  TEST_CASE("whatever is wrong with a signature, the message is not taken") {
    using Spoil = std::function<std::vector<std::byte>(Conversation&)>;
    struct Row {
      const char* said;
      Spoil spoil;
    };
    for (const Row& row : {
             Row{"the response is not signed", [](Conversation&) { return message(); }},
             Row{"the MAC is wrong",
                 [](Conversation& talk) {
                   auto octets = talk.response(0);
                   octets[20] ^= std::byte{1};
                   return octets;
                 }},
             Row{"the MAC is wrong",
                 [](Conversation&) {
                   static const TsigKey guessed =
                       key_of("key.example.", TsigAlgorithm::hmac_sha256, "another secret");
                   return Conversation(guessed).response(0);
                 }},
             Row{"of another key: other.example.",
                 [](Conversation&) {
                   std::vector<std::byte> octets = message();
                   TsigRecord record;
                   record.key = *Name::parse("other.example.");
                   record.algorithm = name_of(key.algorithm);
                   const std::size_t size = octets.size();
                   octets.resize(size + record.octets());
                   record.write(&octets[size]);
                   octets[11] = std::byte{1};
                   return octets;
                 }},
             Row{"of another algorithm: hmac-sha512.",
                 [](Conversation&) {
                   std::vector<std::byte> octets = message();
                   TsigRecord record;
                   record.key = key.name;
                   record.algorithm = *Name::parse("hmac-sha512.");
                   const std::size_t size = octets.size();
                   octets.resize(size + record.octets());
                   record.write(&octets[size]);
                   octets[11] = std::byte{1};
                   return octets;
                 }},
             Row{"the server answers BADKEY to ours",
                 [](Conversation&) {
                   std::vector<std::byte> octets = message();
                   TsigRecord record;
                   record.key = key.name;
                   record.algorithm = name_of(key.algorithm);
                   record.error = raw(Rcode::badkey);
                   const std::size_t size = octets.size();
                   octets.resize(size + record.octets());
                   record.write(&octets[size]);
                   octets[11] = std::byte{1};
                   return octets;
                 }},
             Row{"its time is off", [](Conversation& talk) { return talk.response(0, now + 301); }},
             Row{"its time is off", [](Conversation& talk) { return talk.response(0, now - 301); }},
             Row{"no whole message",
                 [](Conversation& talk) {
                   auto octets = talk.response(0);
                   octets.push_back(std::byte{0});
                   return octets;
                 }},
         }) {
      CAPTURE(row.said);
      Conversation talk;
      const auto checked = talk.client.check(row.spoil(talk), now);
      REQUIRE_FALSE(checked);
      CHECK(checked.error().message == "signature: " + std::string(row.said));
    }
  }

  TEST_CASE("99 messages in a row may be unsigned, but neither the first nor the last") {
    for (const unsigned unsigned_messages : {1u, 99u, 100u}) {
      CAPTURE(unsigned_messages);
      Conversation talk;
      REQUIRE(talk.client.check(talk.response(0), now));
      bool fine = true;
      for (unsigned i = 0; i < unsigned_messages; ++i) fine = talk.client.check(message(1), now).has_value();
      CHECK(fine == (unsigned_messages < 100));
      CHECK_FALSE(talk.client.is_proved());
    }
  }

  TEST_CASE("a TSIG record stands at the end or is none") {
    auto octets = message();
    CHECK(*find_tsig(octets) == 0);
    octets.resize(octets.size() - 1);
    CHECK_FALSE(find_tsig(octets));
    CHECK_FALSE(find_tsig(Octets(octets).first(5)));
  }
}

}  // namespace
}  // namespace doors
