#include "zones/tsig/key.h"

#include <doctest/doctest.h>

#include "tests/zones/tsig/signed_queries.h"

using namespace doors;

TEST_SUITE("tsig: keys and algorithms (RFC 8945 §6)") {
  TEST_CASE("an algorithm has a word in configs, a name in records, and a size") {
    struct Row {
      const char* text;
      const char* name;
      std::size_t octets;
    };
    for (const Row& row :
         {Row{"hmac-md5", "hmac-md5.sig-alg.reg.int.", 16}, Row{"hmac-sha1", "hmac-sha1.", 20},
          Row{"hmac-sha224", "hmac-sha224.", 28}, Row{"hmac-sha256", "hmac-sha256.", 32},
          Row{"hmac-sha384", "hmac-sha384.", 48}, Row{"hmac-sha512", "hmac-sha512.", 64}}) {
      CAPTURE(row.text);
      const auto algorithm = parse_tsig_algorithm(row.text);
      REQUIRE(algorithm);
      CHECK(to_string(*algorithm) == row.text);
      CHECK(name_of(*algorithm).to_string() == row.name);
      CHECK(mac_octets(*algorithm) == row.octets);
    }
    CHECK(parse_tsig_algorithm("HMAC-SHA256") == TsigAlgorithm::hmac_sha256);
    CHECK_FALSE(parse_tsig_algorithm("hmac-sha"));
    CHECK_FALSE(parse_tsig_algorithm(""));
  }
  TEST_CASE("a key is found by its name and its one algorithm, in any case") {
    const TsigKeys keys({key_of("a.example.", TsigAlgorithm::hmac_sha256, "x"),
                         key_of("b.example.", TsigAlgorithm::hmac_sha512, "y")});
    const auto found = [&](const char* name, const char* algorithm) {
      return keys.find(*Name::parse(name), *Name::parse(algorithm)) != nullptr;
    };
    CHECK(found("A.example.", "HMAC-sha256."));
    CHECK(found("b.example.", "hmac-sha512."));
    CHECK_FALSE(found("a.example.", "hmac-sha512."));
    CHECK_FALSE(found("c.example.", "hmac-sha256."));
    CHECK_FALSE(found("a.example.", "hmac-sha256.example."));
  }
}
