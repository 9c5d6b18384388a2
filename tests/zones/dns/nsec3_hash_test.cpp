#include "zones/dns/nsec3_hash.h"

#include <doctest/doctest.h>

#include "zones/base/text_encoding.h"

namespace doors {

TEST_SUITE("dns: NSEC3 hash (RFC 5155 §5)") {
  TEST_CASE("the hashes of RFC 5155 Appendix A come out, in any case") {
    struct Row {
      const char* name;
      const char* hash;
    };
    const auto salt = *from_hex("aabbccdd");
    for (const Row& row : {Row{"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
                           Row{"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
                           Row{"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
                           Row{"NS1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
                           Row{"*.w.Example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
                           Row{"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"}}) {
      CAPTURE(row.name);
      CHECK(to_base32hex(nsec3_hash(*Name::parse(row.name), 12, salt)) == row.hash);
    }
  }

  TEST_CASE("one and two blocks of SHA-1, and all lengths around their edge") {
    // SHA-1 of a single zero octet: the root, without salt or iterations (RFC 9276's parameters).
    CHECK(to_hex(nsec3_hash(NameView(), 0, {})) == "5ba93c9db0cff93f52b521d7420e43f6eda2784f");
    // Zero octets of every length from 1 on, by the salt; from Python's hashlib.
    struct Row {
      std::size_t octets;
      const char* hash;
    };
    for (const Row& row : {Row{55, "8e8832c642a6a38c74c17fc92ccedc266c108e6c"},
                           Row{56, "9438e360f578e12c0e0e8ed28e2c125c1cefee16"},
                           Row{63, "0b8bf9fc37ad802cefa6733ec62b09d5f43a1b75"},
                           Row{64, "c8d7d0ef0eedfa82d2ea1aa592845b9a6d4b02b7"},
                           Row{65, "f0fa45906bd0f4c3668fcd0d8f68d4b298b30e5b"}}) {
      CAPTURE(row.octets);
      CHECK(to_hex(nsec3_hash(NameView(), 0, std::vector<std::byte>(row.octets - 1))) == row.hash);
    }
  }
}

}  // namespace doors
