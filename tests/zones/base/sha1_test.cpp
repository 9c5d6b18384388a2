#include "zones/base/sha1.h"

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/evp.h>

using namespace doors;

namespace {

Sha1 by_openssl(Octets message) {
  Sha1 hash;
  REQUIRE(EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(hash.data()), nullptr,
                     EVP_sha1(), nullptr) == 1);
  return hash;
}

}  // namespace

TEST_SUITE("base: SHA-1 (FIPS 180-4)") {
  TEST_CASE("messages of every size, cut in two anywhere, give what OpenSSL gives") {
    std::vector<std::byte> message;
    std::uint32_t draw = 1;
    for (std::size_t size = 0; size < 600; ++size) {
      const Sha1 wanted = by_openssl(message);
      for (const std::size_t cut : {std::size_t{0}, size / 3, size}) {
        CAPTURE(size);
        CAPTURE(cut);
        CHECK(sha1(Octets(message).first(cut), Octets(message).subspan(cut)) == wanted);
      }
      draw = draw * 1'664'525 + 1'013'904'223;
      message.push_back(static_cast<std::byte>(draw >> 24));
    }
  }
}
