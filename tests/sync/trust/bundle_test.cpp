#include "sync/trust/bundle.h"

#include <doctest/doctest.h>

#include "tests/sync/trust/versions.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("trust: bundles") {
  const std::vector<std::byte> one = octets_from("frames of one");
  const std::vector<std::byte> two = octets_from("frames of the second zone");
  std::vector<PushItem> two_zones() {
    Version gone = version_of("gone.example.", 4, one);
    gone.kind = VersionKind::tombstone;
    gone.records = 0;
    gone.frames.clear();
    return {{version_of("one.example.", 1, one), one}, {gone, {}}, {version_of("two.example.", 2, two), two}};
  }

  TEST_CASE("a bundle gives back its versions with their content") {
    const auto key = *PrivateKey::generate();
    const auto octets = *sign_push(two_zones(), key);
    const auto bundle = Bundle::parse(octets);
    REQUIRE(bundle);
    REQUIRE(bundle->items().size() == 3);
    CHECK(bundle->items()[1].version.kind == VersionKind::tombstone);
    CHECK(bundle->items()[1].frames.empty());
    CHECK(text_of(bundle->items()[2].frames) == text_of(two));
    for (const Bundle::Item& item : bundle->items()) CHECK(check_frames(item.version, item.frames));
    CHECK_FALSE(check_frames(bundle->items()[0].version, one.size() == two.size() ? Octets{} : Octets(two)));
    auto bent = one;
    bent[3] ^= std::byte{1};
    CHECK_FALSE(check_frames(bundle->items()[0].version, bent));

    const auto file = sign_push_file(two_zones(), key);
    REQUIRE(file);
    CHECK(*read_descriptor(file->get(), 1 << 20) == octets);
  }

  TEST_CASE("a bundle that is cut or lengthened anywhere is refused") {
    const auto key = *PrivateKey::generate();
    auto octets = *sign_push(two_zones(), key);
    for (std::size_t size = 0; size < octets.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(
          Bundle::parse(std::vector<std::byte>(octets.begin(), octets.begin() + static_cast<long>(size))));
    }
    octets.push_back(std::byte{0});
    CHECK_FALSE(Bundle::parse(octets));
  }

  TEST_CASE("a bent octet anywhere is either refused or fails the proof") {
    const auto key = *PrivateKey::generate();
    const Policy policy = policy_of(key);
    const auto good = *sign_push(two_zones(), key);
    for (std::size_t i = 0; i < good.size(); ++i) {
      auto octets = good;
      octets[i] ^= std::byte{0x20};
      CAPTURE(i);
      const auto bundle = Bundle::parse(octets);
      if (!bundle) continue;
      Verifier verifier(policy);
      bool refused = false;
      for (std::uint32_t n = 0; n < bundle->items().size(); ++n) {
        const Bundle::Item& item = bundle->items()[n];
        refused = refused || !verifier.verify(signed_version_of(*bundle, n)) ||
                  !check_frames(item.version, item.frames);
      }
      CHECK(refused);
    }
  }

  TEST_CASE("no push has no versions, a zone twice, or frames that do not add up") {
    const auto key = *PrivateKey::generate();
    CHECK_FALSE(sign_push({}, key));
    const std::vector<PushItem> twice = {{version_of("a.", 1, one), one}, {version_of("A.", 2, one), one}};
    CHECK_FALSE(sign_push(twice, key));
    const std::vector<PushItem> short_frames = {{version_of("a.", 1, one), Octets(one).first(3)}};
    CHECK_FALSE(sign_push(short_frames, key));
  }
}

}  // namespace
}  // namespace doors
