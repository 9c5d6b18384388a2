#include "sync/trust/keys.h"

#include <filesystem>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/zones/base/temporary_directory.h"
#include "zones/base/file.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("trust: keys (RFC 8032)") {
  const test::TemporaryDirectory all;  // gone when the tests are over
  const std::filesystem::path directory = all / "keys";

  TEST_CASE("a key written is read back, is private, and is never overwritten") {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directory(directory);
    const auto key = PrivateKey::generate();
    REQUIRE(key);
    REQUIRE(key->write(directory / "a.key"));
    struct stat status {};
    REQUIRE(::stat((directory / "a.key").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    const auto again = PrivateKey::read(directory / "a.key");
    REQUIRE(again);
    CHECK(again->public_key() == key->public_key());
    CHECK(again->sign(octets_of("x")) == key->sign(octets_of("x")));  // Ed25519 has no randomness
    CHECK_FALSE(PrivateKey::generate()->write(directory / "a.key"));
  }

  TEST_CASE("a key that others may read, or that is none, is refused") {
    REQUIRE(write_file_durably(directory / "no.key", octets_of("no key"), 0600));
    CHECK_FALSE(PrivateKey::read(directory / "no.key"));
    REQUIRE(PrivateKey::generate()->write(directory / "open.key"));
    std::filesystem::permissions(directory / "open.key", std::filesystem::perms(0644));
    CHECK_FALSE(PrivateKey::read(directory / "open.key"));
    CHECK_FALSE(PrivateKey::read(directory / "absent.key"));
  }

  TEST_CASE("a signature holds for its message and key alone") {
    const auto key = PrivateKey::generate();
    const auto other = PrivateKey::generate();
    Signature signature = key->sign(octets_of("message"));
    CHECK(key->public_key().verifies(octets_of("message"), signature));
    CHECK_FALSE(key->public_key().verifies(octets_of("massage"), signature));
    CHECK_FALSE(other->public_key().verifies(octets_of("message"), signature));
    signature[40] ^= std::byte{1};
    CHECK_FALSE(key->public_key().verifies(octets_of("message"), signature));
  }

  TEST_CASE("a public key travels as base64") {
    const auto key = PrivateKey::generate();
    const std::string text = key->public_key().to_base64();
    CHECK(text.size() == 44);
    const auto read = PublicKey::from_base64(text);
    REQUIRE(read);
    CHECK(*read == key->public_key());
    CHECK(read->id() == key->public_key().id());
    for (const char* bad : {"", "AAAA", "not base64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
      CAPTURE(bad);
      CHECK_FALSE(PublicKey::from_base64(bad));
    }
  }
}

}  // namespace
}  // namespace doors
