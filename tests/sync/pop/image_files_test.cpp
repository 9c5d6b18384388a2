#include "sync/pop/image_files.h"

#include <doctest/doctest.h>
#include <fcntl.h>

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
}
