#include "sync/store/blob_store.h"

#include <doctest/doctest.h>

#include "tests/zones/base/temporary_directory.h"
#include "zones/base/file.h"
#include "zones/base/text_encoding.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("store: blobs in a directory") {
  const test::TemporaryDirectory all;  // gone when the tests are over
  const std::filesystem::path directory = all / "blobs";
  const Octets text = octets_of("some octets");

  TEST_CASE("a blob is there once put, whole, and gone once removed") {
    std::filesystem::remove_all(directory);
    auto blobs = std::move(*DirectoryBlobStore::open(directory));
    const Sha256 hash = sha256(text);
    CHECK_FALSE(blobs->has(hash));
    CHECK_FALSE(blobs->get(hash, 100));
    REQUIRE(blobs->put(hash, text));
    REQUIRE(blobs->put(hash, text));
    CHECK(blobs->has(hash));
    CHECK(text_of(*blobs->get(hash, 100)) == "some octets");
    CHECK_FALSE(blobs->get(hash, 5));
    int visited = 0;
    blobs->visit([&](const Sha256& seen) { visited += seen == hash ? 1 : 100; });
    CHECK(visited == 1);
    REQUIRE(blobs->remove(hash));
    REQUIRE(blobs->remove(hash));
    CHECK_FALSE(blobs->has(hash));
  }

  TEST_CASE("a damaged blob is never given, and is mended by the next put") {
    std::filesystem::remove_all(directory);
    auto blobs = std::move(*DirectoryBlobStore::open(directory));
    const Sha256 hash = sha256(text);
    REQUIRE(blobs->put(hash, text));
    const std::string name = to_hex(hash);
    REQUIRE(write_file_durably(directory / name.substr(0, 2) / name, octets_of("some 0ctets")));
    CHECK_FALSE(blobs->get(hash, 100));
    REQUIRE(blobs->put(hash, text));
    CHECK(blobs->get(hash, 100));
  }

  TEST_CASE("what an interrupted put left is removed at the next start") {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory / "ab");
    REQUIRE(write_file_durably(directory / "ab" / "left.tmp", text));
    REQUIRE(DirectoryBlobStore::open(directory));
    CHECK_FALSE(std::filesystem::exists(directory / "ab" / "left.tmp"));
  }
}

}  // namespace
}  // namespace doors
