#include "zones/base/sha256.h"

#include <doctest/doctest.h>

#include "zones/base/text_encoding.h"

namespace doors {

TEST_SUITE("base: SHA-256 (FIPS 180-4)") {
  TEST_CASE("known hashes, in one piece and in several") {
    CHECK(to_hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256(octets_of("abc"))) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256Stream stream;
    CHECK(stream.update(octets_of("a")).update({}).update(octets_of("bc")).finish() ==
          sha256(octets_of("abc")));
    CHECK(stream.finish() == sha256({}));
    const std::vector<std::byte> million(1'000'000, std::byte{'a'});
    CHECK(to_hex(stream.update(million).finish()) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

}  // namespace doors
