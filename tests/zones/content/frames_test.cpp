#include "zones/content/frames.h"

#include <doctest/doctest.h>

#include "tests/zones/content/records.h"

namespace doors {

namespace {

std::vector<std::byte> pattern(std::size_t octets) {
  std::vector<std::byte> stream(octets);
  for (std::size_t i = 0; i < octets; ++i) stream[i] = static_cast<std::byte>((i * i) >> 7);
  return stream;
}

constexpr std::size_t limit = std::size_t{64} << 20;

}  // namespace

TEST_SUITE("content: frames") {
  TEST_CASE("any length comes back, in frames of 4 MiB") {
    for (const std::size_t octets :
         {std::size_t{0}, std::size_t{1}, frame_content_octets - 1, frame_content_octets,
          frame_content_octets + 1, 2 * frame_content_octets + 77}) {
      CAPTURE(octets);
      const auto stream = pattern(octets);
      const auto frames = compress_frames(stream);
      REQUIRE(frames);
      CHECK(frames->list.size() == (octets + frame_content_octets - 1) / frame_content_octets);
      const auto back = decompress_frames(frames->octets, frames->list, limit);
      REQUIRE(back);
      CHECK(*back == stream);
      const auto unlisted = decompress_frames(frames->octets, limit);
      REQUIRE(unlisted);
      CHECK(*unlisted == stream);
    }
  }

  TEST_CASE("a frame that is not the one listed is refused before it is unpacked") {
    const auto frames = compress_frames(pattern(frame_content_octets + 1000));
    REQUIRE(frames);
    auto octets = frames->octets;
    octets.back() ^= std::byte{1};
    CHECK(decompress_frames(octets, frames->list, limit).error().message ==
          "content frame 1: its hash differs");
    octets = frames->octets;
    octets.pop_back();
    CHECK(decompress_frames(octets, frames->list, limit).error().message ==
          "content frames: lengths do not add up");
    auto list = frames->list;
    ++list[1].content_octets;
    CHECK(decompress_frames(frames->octets, list, limit).error().message ==
          "content frame 1: shorter than announced");
    list[1].content_octets -= 2;
    CHECK_FALSE(decompress_frames(frames->octets, list, limit));
    list[1].content_octets = 0;
    CHECK_FALSE(decompress_frames(frames->octets, list, limit));
  }

  TEST_CASE("nothing grows beyond the limit") {
    const std::vector<std::byte> zeros(frame_content_octets + 1);  // compresses to almost nothing
    const auto frames = compress_frames(zeros);
    REQUIRE(frames);
    CHECK(frames->octets.size() < 2000);
    CHECK_FALSE(decompress_frames(frames->octets, frames->list, zeros.size() - 1));
    CHECK_FALSE(decompress_frames(frames->octets, zeros.size() - 1));
    CHECK(decompress_frames(frames->octets, zeros.size()));
  }

  TEST_CASE("octets that are no frames are refused") {
    CHECK_FALSE(decompress_frames(octets_of("not a frame"), limit));
    // A skippable frame (RFC 8878 §3.1.2) holds nothing and would let a loop spin.
    CHECK_FALSE(decompress_frames(test::hex("502a4d18 00000000"), limit));
    auto cut = compress_frames(pattern(1000))->octets;
    cut.resize(cut.size() / 2);
    CHECK_FALSE(decompress_frames(cut, limit));
  }
}

}  // namespace doors
