#include <doctest/doctest.h>

#include "tests/zones/dns/names.h"

namespace doors {

using test::name;

TEST_SUITE("dns: canonical order (RFC 4034 §6.1)") {
  TEST_CASE("the example of the RFC, and more, each before the next") {
    const std::vector<std::string> order{
        ".",
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "Z.a.example.",
        "zABC.a.EXAMPLE.",
        "z.example.",
        "\\001.z.example.",
        "*.z.example.",
        "\\200.z.example.",
        "za.example.",
        "zb.example.",
        "zb0.example.",
        "example0.",
        "f.",
    };
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t j = 0; j < order.size(); ++j) {
        CAPTURE(order[i]);
        CAPTURE(order[j]);
        CHECK((name(order[i]) <=> name(order[j])) == (i <=> j));
      }
    }
    CHECK((name("A.B.") <=> name("a.b.")) == 0);
  }
}

}  // namespace doors
