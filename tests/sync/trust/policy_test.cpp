#include "sync/trust/policy.h"

#include <doctest/doctest.h>

#include "tests/sync/trust/versions.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("trust: who may sign what") {
  TEST_CASE("patterns match as they read") {
    struct Row {
      const char* pattern;
      const char* zone;
      bool matches;
    };
    for (const Row& row :
         {Row{"*", ".", true}, Row{"*", "a.example.", true}, Row{"example.", "example.", true},
          Row{"example.", "EXAMPLE.", true}, Row{"example.", "a.example.", false},
          Row{"*.example.", "example.", false}, Row{"*.example.", "a.example.", true},
          Row{"*.example.", "a.b.example.", true}, Row{"*.example.", "aexample.", false}, Row{".", ".", true},
          Row{".", "example.", false}}) {
      CAPTURE(row.pattern);
      CAPTURE(row.zone);
      CHECK(ZonePattern::parse(row.pattern)->matches(*Name::parse(row.zone)) == row.matches);
    }
    CHECK_FALSE(ZonePattern::parse(""));
    CHECK_FALSE(ZonePattern::parse("a..b"));
  }

  TEST_CASE("a version is believed only with its record, path, signature and a publisher of that zone") {
    const auto key = *PrivateKey::generate();
    const auto stranger = *PrivateKey::generate();
    const auto frames = octets_from("frames");
    const std::vector<PushItem> items = {{version_of("a.example.", 1, frames), frames},
                                         {version_of("b.example.", 1, frames), frames},
                                         {version_of("c.example.", 1, frames), frames}};
    const auto octets = *sign_push(items, key);
    const auto bundle = *Bundle::parse(octets);
    const Policy policy = policy_of(key, "*.example.");
    Verifier verifier(policy);
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto version = verifier.verify(signed_version_of(bundle, i));
      REQUIRE(version);
      CHECK(version->zone == bundle.items()[i].version.zone);
      CHECK(version->publisher == key.public_key().id());
    }
    SUBCASE("another record under the same path") {
      SignedVersion forged = signed_version_of(bundle, 0);
      Version version = *Version::decode(forged.record);
      version.serial = Serial(99);
      forged.record = *version.encode();
      CHECK_FALSE(verifier.verify(forged));
    }
    SUBCASE("a record moved to another place") {
      SignedVersion moved = signed_version_of(bundle, 0);
      moved.index = 1;
      CHECK_FALSE(verifier.verify(moved));
    }
    SUBCASE("a signature by a key that nobody has") {
      const auto foreign = *sign_push(items, stranger);
      CHECK_FALSE(verifier.verify(signed_version_of(*Bundle::parse(foreign), 0)));
    }
    SUBCASE("a bent signature, also after a good one of that root") {
      SignedVersion bent = signed_version_of(bundle, 0);
      bent.push.signature[0] ^= std::byte{1};
      const auto refused = verifier.verify(bent);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().message == "bad signature");
    }
    SUBCASE("a publisher of other zones") {
      const Policy narrow = policy_of(key, "b.example.");
      Verifier strict(narrow);
      CHECK_FALSE(strict.verify(signed_version_of(bundle, 0)));
      CHECK(strict.verify(signed_version_of(bundle, 1)));
    }
    SUBCASE("a stranger who writes a known publisher's name into the record") {
      SignedVersion posing = signed_version_of(*Bundle::parse(*sign_push(items, stranger)), 0);
      Version version = *Version::decode(posing.record);
      version.publisher = key.public_key().id();
      posing = {sign_root(merkle_leaf(*version.encode()), 1, stranger), 0, {}, *version.encode()};
      CHECK_FALSE(verifier.verify(posing));
      posing.push.publisher = key.public_key().id();
      CHECK_FALSE(verifier.verify(posing));
    }
  }

  TEST_CASE("a signed version reads back, and no cut of it does") {
    const auto key = *PrivateKey::generate();
    const auto frames = octets_from("frames");
    const std::vector<PushItem> items = {{version_of("a.", 1, frames), frames},
                                         {version_of("b.", 1, frames), frames}};
    const auto octets = *sign_push(items, key);
    const SignedVersion whole = signed_version_of(*Bundle::parse(octets), 1);
    const auto encoded = whole.encode();
    CHECK(*SignedVersion::decode(encoded) == whole);
    for (std::size_t size = 0; size < encoded.size(); ++size) {
      CHECK_FALSE(SignedVersion::decode(Octets(encoded).first(size)));
    }
  }

  TEST_CASE("a publisher is configured strictly") {
    const std::string key = PrivateKey::generate()->public_key().to_base64();
    const auto read = [](const std::string& text) {
      return read_publisher(parse_config(text, "test")->table("publisher"));
    };
    CHECK(read("[publisher]\nkey = \"" + key + "\"\n"));
    CHECK(read("[publisher]\nkey = \"" + key + "\"\nzones = [\"example.\", \"*.example.\"]\n"));
    CHECK_FALSE(read("[publisher]\nzones = [\"*\"]\n"));
    CHECK_FALSE(read("[publisher]\nkey = \"" + key + "\"\nzones = [\"a..b\"]\n"));
    CHECK_FALSE(read("[publisher]\nkey = \"" + key + "\"\nzone = [\"*\"]\n"));
  }
}

}  // namespace
}  // namespace doors
