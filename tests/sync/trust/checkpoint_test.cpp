#include "sync/trust/checkpoint.h"

#include <doctest/doctest.h>

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("trust: checkpoints") {
  CheckpointHead head_of(std::string_view zone, std::uint64_t seq) {
    return {*Name::parse(zone), {{1, seq}, sha256(octets_of(zone))}};
  }
  std::vector<CheckpointHead> many(int count) {
    std::vector<CheckpointHead> heads;
    for (int i = 0; i < count; ++i) heads.push_back(head_of("Z" + std::to_string(i) + ".example.", 7));
    return heads;
  }

  TEST_CASE("what is signed is read back, each zone in its bucket's list") {
    const PrivateKey key = *PrivateKey::generate();
    const SignedHeads made = sign_heads(many(1000), 1'700'000'000, key);
    const auto read = SignedHeads::decode(made.encode());
    REQUIRE(read);
    CHECK(read->checkpoint == made.checkpoint);
    CHECK(read->lists == made.lists);
    CHECK(read->checkpoint.is_signed_by(key.public_key()));
    CHECK_FALSE(read->checkpoint.is_signed_by(PrivateKey::generate()->public_key()));
    const Name zone = *Name::parse("z17.EXAMPLE.");
    const std::uint8_t bucket = checkpoint_bucket(zone);
    const auto list = decode_heads(read->lists[bucket], bucket);
    REQUIRE(list);
    REQUIRE(find_head(*list, zone) != nullptr);
    CHECK(find_head(*list, zone)->number == VersionNumber{1, 7});
    CHECK(find_head(*list, *Name::parse("other.")) == nullptr);
  }

  TEST_CASE("lists that have not changed keep their hash") {
    const PrivateKey key = *PrivateKey::generate();
    std::vector<CheckpointHead> heads = many(1000);
    const SignedHeads before = sign_heads(heads, 1, key);
    heads[3].head.number.seq = 8;
    const SignedHeads after = sign_heads(heads, 2, key);
    int changed = 0;
    for (std::size_t i = 0; i < checkpoint_buckets; ++i) changed += before.lists[i] != after.lists[i] ? 1 : 0;
    CHECK(changed == 1);
  }

  TEST_CASE("one octet changed anywhere is noticed") {
    const PrivateKey key = *PrivateKey::generate();
    const std::vector<std::byte> good = sign_heads(many(3), 1, key).encode();
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::vector<std::byte> bad = good;
      bad[i] ^= std::byte{1};
      const auto read = SignedHeads::decode(bad);
      CAPTURE(i);
      CHECK_FALSE((read && read->checkpoint.is_signed_by(key.public_key())));
    }
    CHECK_FALSE(SignedHeads::decode(Octets(good).first(good.size() - 1)));
    std::vector<std::byte> longer = good;
    longer.push_back(std::byte{0});
    CHECK_FALSE(SignedHeads::decode(longer));
  }

  TEST_CASE("a list is read strictly") {
    const Name zone = *Name::parse("a.example.");
    const std::uint8_t bucket = checkpoint_bucket(zone);
    const std::vector<std::byte> good = encode_heads({head_of("a.example.", 1)});
    REQUIRE(decode_heads(good, bucket));
    CHECK_FALSE(decode_heads(good, static_cast<std::uint8_t>(bucket + 1)));
    CHECK_FALSE(decode_heads(encode_heads({head_of("a.example.", 1), head_of("A.example.", 2)}), bucket));
    CHECK_FALSE(decode_heads({}, bucket));
    std::vector<std::byte> bad = good;
    bad[11] = std::byte{200};  // more heads than octets
    CHECK_FALSE(decode_heads(bad, bucket));
    bad = good;
    bad[13] = std::byte{'A'};
    CHECK_FALSE(decode_heads(bad, bucket));
  }
}

}  // namespace
}  // namespace doors
