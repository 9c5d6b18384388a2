#include "sync/pop/image_files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/sync/pop/world.h"
#include "zones/image/image_file.h"
#include "zones/image/pack.h"
#include "zones/image/writer.h"

using namespace doors;

namespace {

constexpr std::size_t zones = ImageFiles::worth_a_pack + 200;

Name zone_name(std::size_t i) { return *Name::parse("z" + std::to_string(i) + ".example."); }

void stage(ImageFiles& files, std::size_t i, std::uint64_t seq) {
  const Name origin = zone_name(i);
  const auto image =
      build_image(content_of(origin.to_string(), static_cast<std::uint32_t>(seq)), {1, seq, 0, {}});
  REQUIRE(image.has_value());
  REQUIRE(files.stage(origin, {1, seq}, *image).has_value());
}

void push(ImageFiles& files, std::size_t count, std::uint64_t seq) {
  for (std::size_t i = 0; i < count; ++i) stage(files, i, seq);
  REQUIRE(files.commit().has_value());
}

/// Files by their ending.
std::size_t count_of(const std::filesystem::path& directory, std::string_view ending) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    count += entry.path().native().ends_with(ending) ? 1 : 0;
  return count;
}

/// The version of a zone that lies where path() says.
std::uint64_t seq_at(const std::filesystem::path& path, NameView origin) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!is_pack_path(path)) {
    const auto image = ZoneImage::open(file.get());
    return image && (*image)->origin() == origin ? (*image)->version().seq : 0;
  }
  const auto pack = ImagePack::open(file.get());
  REQUIRE(pack.has_value());
  const ZoneImage* image = (*pack)->find(name_hash(origin), origin);
  return image == nullptr ? 0 : image->version().seq;
}

/// Flips an octet in the middle of a file.
void damage(const std::filesystem::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  char octet = 0;
  const auto middle = static_cast<off_t>(std::filesystem::file_size(path) / 2);
  REQUIRE(::pread(file.get(), &octet, 1, middle) == 1);
  octet = static_cast<char>(octet ^ 1);
  REQUIRE(::pwrite(file.get(), &octet, 1, middle) == 1);
}

}  // namespace

TEST_SUITE("pop: the images on disk") {
  TEST_CASE("the small images of a large push are one file, of a small push a file each") {
    const auto directory = fresh_directory("image-files-pack");
    ImageFiles files(directory);
    REQUIRE(files.open().has_value());
    push(files, zones, 1);
    CHECK(count_of(directory, ".pack") == 1);
    CHECK(count_of(directory, ".img") == 0);
    stage(files, 5, 2);
    REQUIRE(files.commit().has_value());
    CHECK(count_of(directory, ".pack") == 1);
    CHECK(count_of(directory, ".img") == 1);
    CHECK(count_of(directory, ".tmp") == 0);
    for (const bool again : {false, true}) {
      ImageFiles reopened(directory);
      REQUIRE(reopened.open().has_value());
      const ImageFiles& seen = again ? reopened : files;
      CHECK(seen.has(zone_name(5), {1, 1}));
      CHECK(seen.has(zone_name(5), {1, 2}));
      CHECK_FALSE(seen.has(zone_name(6), {1, 2}));
      CHECK_FALSE(seen.has(zone_name(zones), {1, 1}));
      CHECK(seq_at(seen.path(zone_name(5), {1, 2}), zone_name(5)) == 2);
      CHECK(seq_at(seen.path(zone_name(5), {1, 1}), zone_name(5)) == 1);
      CHECK(seq_at(seen.path(zone_name(zones - 1), {1, 1}), zone_name(zones - 1)) == 1);
    }
  }

  TEST_CASE("a pack stays as long as one version in it is kept") {
    const auto directory = fresh_directory("image-files-tidy");
    ImageFiles files(directory);
    REQUIRE(files.open().has_value());
    for (std::uint64_t seq = 1; seq <= 3; ++seq) push(files, zones, seq);
    CHECK(count_of(directory, ".pack") == 3);
    for (std::size_t i = 0; i < zones; ++i) {
      CHECK(count_of(directory, ".pack") == 3);
      files.keep_only(zone_name(i), {{1, 3}, {1, 2}});
    }
    CHECK(count_of(directory, ".pack") == 2);
    CHECK(files.has(zone_name(0), {1, 2}));
    CHECK_FALSE(files.has(zone_name(0), {1, 1}));
    ImageFiles reopened(directory);
    REQUIRE(reopened.open().has_value());
    push(reopened, zones, 4);
    CHECK(seq_at(reopened.path(zone_name(1), {1, 4}), zone_name(1)) == 4);
    CHECK(count_of(directory, ".pack") == 3);
  }

  TEST_CASE("what was staged and not committed is gone, and what was before stays") {
    const auto directory = fresh_directory("image-files-discard");
    ImageFiles files(directory);
    REQUIRE(files.open().has_value());
    push(files, zones, 1);
    for (std::size_t i = 0; i < zones; ++i) stage(files, i, 2);
    files.discard();
    REQUIRE(files.commit().has_value());
    CHECK(count_of(directory, ".tmp") == 0);
    CHECK(count_of(directory, ".pack") == 1);
    CHECK_FALSE(files.has(zone_name(1), {1, 2}));
    push(files, 3, 2);
    CHECK(files.has(zone_name(1), {1, 2}));
    CHECK_FALSE(files.has(zone_name(4), {1, 2}));
  }

  TEST_CASE("a zone that is deleted leaves a word where a pack has it") {
    const auto directory = fresh_directory("image-files-gone");
    ImageFiles files(directory);
    REQUIRE(files.open().has_value());
    push(files, zones, 1);
    files.remove(zone_name(9), {1, 2});
    CHECK_FALSE(files.has(zone_name(9), {1, 1}));
    const auto found = scan_image_directory(directory);
    REQUIRE(found.has_value());
    REQUIRE(found->gone.size() == 1);
    CHECK(found->gone.front().seq == 2);
    const auto word = read_file(found->gone.front().path, 255);
    REQUIRE(word.has_value());
    CHECK(NameView::checked(*word) == zone_name(9).view());
  }

  TEST_CASE("the images of many small pushes are gathered into one pack for each generation") {
    const auto directory = fresh_directory("image-files-gather");
    ImageFiles files(directory);
    REQUIRE(files.open().has_value());
    push(files, zones, 1);
    // As many small pushes: some zones twice, some once, most not at all.
    const auto push_one = [&files](std::size_t i, std::uint64_t seq) {
      stage(files, i, seq);
      REQUIRE(files.commit().has_value());
      files.keep_only(zone_name(i), {{1, seq}, {1, seq - 1}});
    };
    push(files, 3, 2);
    for (std::size_t i = 0; i < 3; ++i) push_one(i, 3);
    files.remove(zone_name(7), {1, 2});
    CHECK(count_of(directory, ".gone") == 1);
    REQUIRE(files.gather().has_value());
    CHECK(count_of(directory, ".img") == 6);  // not worth it
    push(files, 999, 4);
    push(files, 999, 5);
    push(files, 999, 6);
    push(files, 999, 7);
    for (std::size_t i = 0; i < 999; ++i) files.keep_only(zone_name(i), {{1, 7}, {1, 6}});
    for (std::size_t i = 999; count_of(directory, ".img") < ImageFiles::most_small_files; i += 900) {
      for (std::size_t k = i; k < i + 900; ++k) stage(files, k, 2);
      REQUIRE(files.commit().has_value());
    }
    damage(files.path(zone_name(998), {1, 6}));
    const auto gathered = files.gather();
    REQUIRE(gathered.has_value());
    CHECK(*gathered);
    CHECK(count_of(directory, ".img") == 0);
    CHECK(count_of(directory, ".gone") == 0);
    CHECK(count_of(directory, ".tmp") == 0);
    CHECK(count_of(directory, ".pack") == 2);
    for (const bool again : {false, true}) {
      ImageFiles reopened(directory);
      REQUIRE(reopened.open().has_value());
      const ImageFiles& seen = again ? reopened : files;
      CHECK(seq_at(seen.path(zone_name(5), {1, 7}), zone_name(5)) == 7);
      CHECK(seq_at(seen.path(zone_name(5), {1, 6}), zone_name(5)) == 6);
      CHECK_FALSE(seen.has(zone_name(5), {1, 5}));
      CHECK(seq_at(seen.path(zone_name(1001), {1, 2}), zone_name(1001)) == 2);
      CHECK(seq_at(seen.path(zone_name(1001), {1, 1}), zone_name(1001)) == 1);
      CHECK_FALSE(seen.has(zone_name(998), {1, 6}));  // damaged
      CHECK(seen.has(zone_name(998), {1, 7}));
    }
    // doord, at a start, takes the pack with the higher number.
    const auto found = scan_image_directory(directory);
    REQUIRE(found.has_value());
    CHECK(seq_at(found->packs.front().path, zone_name(5)) == 7);
    CHECK(seq_at(found->packs.back().path, zone_name(5)) == 6);
    const auto twice = files.gather();
    REQUIRE(twice.has_value());
    CHECK_FALSE(*twice);
    // And it goes on from there.
    push_one(5, 8);
    CHECK(seq_at(files.path(zone_name(5), {1, 8}), zone_name(5)) == 8);
    CHECK_FALSE(files.has(zone_name(5), {1, 6}));
  }

  TEST_CASE("many packs become one, and what they cannot take stays in its file") {
    const auto directory = fresh_directory("image-files-merge");
    ImageFiles files(directory);
    REQUIRE(files.open().has_value());
    for (std::size_t pack = 0; pack <= ImageFiles::most_packs; ++pack) {
      for (std::size_t i = 0; i < ImageFiles::worth_a_pack; ++i) stage(files, pack * 10'000 + i, 1);
      REQUIRE(files.commit().has_value());
    }
    const std::vector<std::byte> large(layout::max_packed_octets + 1);
    REQUIRE(files.stage(zone_name(3), {1, 2}, large).has_value());
    REQUIRE(files.commit().has_value());
    const auto gathered = files.gather();
    REQUIRE(gathered.has_value());
    CHECK(*gathered);
    CHECK(count_of(directory, ".pack") == 1);
    CHECK(count_of(directory, ".img") == 1);
    CHECK(files.has(zone_name(3), {1, 2}));
    CHECK(seq_at(files.path(zone_name(3), {1, 1}), zone_name(3)) == 1);
    CHECK(seq_at(files.path(zone_name(80'000), {1, 1}), zone_name(80'000)) == 1);
  }

  TEST_CASE("a disk that does not take the gathered packs leaves all as it was") {
    const auto directory = fresh_directory("image-files-gather-disk");
    ImageFiles files(directory);
    REQUIRE(files.open().has_value());
    for (std::size_t i = 0; i < ImageFiles::most_small_files; i += 800) {
      for (std::size_t k = i; k < i + 800; ++k) stage(files, k, 1);
      REQUIRE(files.commit().has_value());
    }
    const std::size_t images = count_of(directory, ".img");
    std::filesystem::create_directory(directory / "2.pack.tmp");  // in the way of the newer one
    CHECK_FALSE(files.gather().has_value());
    CHECK(count_of(directory, ".img") == images);
    CHECK(count_of(directory, ".pack") == 0);
    CHECK(seq_at(files.path(zone_name(5), {1, 1}), zone_name(5)) == 1);
    const auto again = files.gather();
    REQUIRE(again.has_value());
    CHECK_FALSE(*again);  // not at once
  }
}
