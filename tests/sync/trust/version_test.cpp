#include "sync/trust/version.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/sync/trust/versions.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("trust: version records") {
  const std::vector<std::byte> frames = octets_from("compressed");

  TEST_CASE("a record reads back as it was, with its zone in lower case") {
    Version version = version_of("WWW.Example.", 7, frames);
    version.kind = VersionKind::rollback;
    version.publisher[0] = std::byte{0x3f};
    version.previous[31] = std::byte{1};
    const auto record = version.encode();
    REQUIRE(record);
    const auto read = Version::decode(*record);
    REQUIRE(read);
    CHECK(*read == version);
    CHECK(read->zone.to_string() == "www.example.");
    CHECK(*read->encode() == *record);
    CHECK(read->number.to_string() == "1/7");
    CHECK(to_string(read->publisher) == "3f00000000000000");
  }

  TEST_CASE("a record that is cut anywhere, or longer by one octet, is refused") {
    auto record = *version_of(".", 1, frames).encode();
    for (std::size_t size = 0; size < record.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(Version::decode(Octets(record).first(size)));
    }
    record.push_back(std::byte{0});
    CHECK_FALSE(Version::decode(record));
  }

  TEST_CASE("a version of a rollout says so, and what is of none has no octets for it") {
    Version version = version_of("example.", 7, frames);
    const auto plain = *version.encode();
    version.stage = 0x01020304;
    auto staged = *version.encode();
    CHECK(staged.size() == plain.size() + 4);
    CHECK(*Version::decode(staged) == version);
    std::fill(staged.end() - 4, staged.end(), std::byte{0});
    CHECK_FALSE(Version::decode(staged));
    CHECK_FALSE(Version::decode(Octets(staged).first(plain.size())));
  }

  TEST_CASE("an upper-case zone name is refused: each version has one encoding") {
    auto record = *version_of("example.", 1, frames).encode();
    record[10] = std::byte{'E'};
    CHECK_FALSE(Version::decode(record));
  }

  TEST_CASE("content and kind must agree, and limits hold both ways") {
    Version tombstone = version_of("example.", 2, frames);
    tombstone.kind = VersionKind::tombstone;
    CHECK_FALSE(tombstone.encode());
    tombstone.records = 0;
    tombstone.frames.clear();
    CHECK(tombstone.encode());
    Version empty = version_of("example.", 2, frames);
    empty.frames.clear();
    CHECK_FALSE(empty.encode());
    Version talkative = version_of("example.", 2, frames);
    talkative.comment.assign(Version::max_comment_octets + 1, 'x');
    CHECK_FALSE(talkative.encode());
    Version zero = version_of("example.", 0, frames);
    CHECK_FALSE(zero.encode());
    Version many = version_of("example.", 1, frames);
    many.frames.assign(Version::max_frames, many.frames[0]);
    many.comment.assign(Version::max_comment_octets, 'x');
    REQUIRE(many.encode());
    CHECK(many.encode()->size() <= Version::max_record_octets);
    many.frames.push_back(many.frames[0]);
    CHECK_FALSE(many.encode());
  }
}

}  // namespace
}  // namespace doors
