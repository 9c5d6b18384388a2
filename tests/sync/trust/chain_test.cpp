#include "sync/trust/chain.h"

#include <string>

#include <doctest/doctest.h>

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("trust: the chain of a zone's versions") {
  VersionHash hash(int n) {
    VersionHash made{};
    made[0] = static_cast<std::byte>(n);
    return made;
  }

  TEST_CASE("numbers and hashes say how a version stands to the newest one known") {
    struct Row {
      VersionNumber number;
      int previous;
      int own;
      Succession succession;
    };
    const ChainHead known{{2, 10}, hash(10)};
    for (const Row& row : {Row{{2, 11}, 10, 11, Succession::next}, Row{{2, 11}, 9, 11, Succession::forked},
                           Row{{2, 12}, 11, 12, Succession::ahead}, Row{{2, 10}, 9, 10, Succession::same},
                           Row{{2, 10}, 9, 77, Succession::forked}, Row{{2, 9}, 8, 9, Succession::older},
                           Row{{1, 99}, 98, 99, Succession::older}, Row{{3, 11}, 10, 11, Succession::next},
                           Row{{3, 11}, 9, 11, Succession::ahead}, Row{{3, 1}, 0, 1, Succession::ahead}}) {
      Version version;
      version.number = row.number;
      version.previous = hash(row.previous);
      CAPTURE(row.number.to_string());
      CAPTURE(row.previous);
      CHECK(std::string(to_string(succession(known, version, hash(row.own)))) ==
            std::string(to_string(row.succession)));
    }
    CHECK(succession(std::nullopt, Version{}, hash(1)) == Succession::first);
  }
}

}  // namespace
}  // namespace doors
