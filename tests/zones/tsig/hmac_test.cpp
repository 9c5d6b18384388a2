#include "zones/tsig/hmac.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/zones/tsig/signed_queries.h"

using namespace doors;

namespace {

std::string hmac(TsigAlgorithm algorithm, std::string_view secret, std::string_view text) {
  Hmac hmac(key_of("k.", algorithm, secret));
  hmac.add(octets_of(text.substr(0, 5)));
  hmac.add(octets_of(text.substr(5)));
  return to_hex(hmac.finish().view());
}

}  // namespace

TEST_SUITE("tsig: HMAC (RFC 2104)") {
  // RFC 2202 §2 and §3, RFC 4231 §4.3: test case 2 of each.
  TEST_CASE("the published vectors come out") {
    struct Row {
      TsigAlgorithm algorithm;
      std::string_view mac;
    };
    for (const Row& row :
         {Row{TsigAlgorithm::hmac_md5, "750c783e6ab0b503eaa86e310a5db738"},
          Row{TsigAlgorithm::hmac_sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
          Row{TsigAlgorithm::hmac_sha224, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"},
          Row{TsigAlgorithm::hmac_sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
          Row{TsigAlgorithm::hmac_sha384,
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab216"
              "49"},
          Row{TsigAlgorithm::hmac_sha512,
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
              "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"}}) {
      CAPTURE(row.mac);
      CHECK(hmac(row.algorithm, "Jefe", "what do ya want for nothing?") == row.mac);
    }
  }
  TEST_CASE("a secret may be longer than the hash's block (RFC 4231 §4.7)") {
    CHECK(hmac(TsigAlgorithm::hmac_sha256, std::string(131, '\xaa'),
               "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  }
}
