#include "zones/dns/hashed_name.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "tests/zones/dns/names.h"

namespace doors {

using test::name;

TEST_SUITE("dns: hashed names") {
  TEST_CASE("every suffix has its place and its hash, in any case") {
    const HashedName hashed(name("WWW.Example.test."));
    CHECK(hashed.view().to_string() == "www.example.test.");
    CHECK(hashed.label_count() == 3);
    CHECK(hashed.suffix(0).is_root());
    CHECK(hashed.suffix(2).to_string() == "example.test.");
    CHECK(hashed.suffix_start(3) == 0);
    CHECK(hashed.suffix_start(2) == 4);
    CHECK(hashed.suffix_hash(0) == root_name_hash);
    CHECK(hashed.suffix_hash(2) == name_hash(name("EXAMPLE.TEST.")));
    CHECK(hashed.hash() == hashed.suffix_hash(3));
    CHECK(child_name_hash(hashed.suffix_hash(2), octets_of("www")) == hashed.hash());
  }

  TEST_CASE("the hash is the same on every machine and in every build: images hold it") {
    CHECK(name_hash(NameView()) == 0x9ae16a3b2f90404full);
    CHECK(name_hash(name("example.")) == 0xdd812045a44de856ull);
    CHECK(name_hash(name("a-label-of-over-8-octets.example.")) == 0x4a497d1bb5dd6469ull);
  }

  TEST_CASE("the longest name fits") {
    std::string text;
    for (int i = 0; i < 127; ++i) text += "a.";
    const HashedName hashed(name(text));
    CHECK(hashed.label_count() == 127);
    CHECK(hashed.view().size() == 255);
    CHECK(hashed.suffix(126) == name(text.substr(2)).view());
  }

  TEST_CASE("labels of one octet stand anywhere among others") {
    for (const char* text : {"a.", "a.b.cc.d.", "aa.b.c.dd.", "aa.bb.c.", "\\001.\\001\\001.\\000."}) {
      CAPTURE(text);
      const Name whole = name(text);
      const HashedName hashed(whole);
      REQUIRE(hashed.label_count() == whole.view().label_count());
      for (std::size_t labels = 0; labels <= hashed.label_count(); ++labels) {
        CHECK(hashed.suffix(labels) == whole.view().suffix(labels));
        CHECK(hashed.suffix_start(labels) == whole.view().size() - whole.view().suffix(labels).size());
      }
    }
  }

  TEST_CASE("suffixes are hashed up to as many labels as are asked for") {
    HashedName hashed;
    for (const std::size_t most : {0, 1, 3, 4}) {
      CAPTURE(most);
      hashed.assign(name("a.B.example."), most);
      CHECK(hashed.label_count() == 3);
      CHECK(hashed.suffix(3) == name("a.b.example.").view());
      CHECK(hashed.suffix_start(2) == 2);
      const std::size_t longest = std::min<std::size_t>(most, 3);
      CHECK(hashed.suffix_hash(longest) == name_hash(hashed.suffix(longest)));
      CHECK(hashed.hash() == hashed.suffix_hash(longest));
    }
  }

  TEST_CASE("names that are alike have hashes that are not") {
    std::set<std::uint64_t> hashes;
    std::size_t count = 0;
    for (int i = 0; i < 20'000; ++i) {
      hashes.insert(name_hash(name("host" + std::to_string(i) + ".example.")));
      hashes.insert(name_hash(name(std::to_string(i) + ".")));
      count += 2;
    }
    for (const char* text : {"ab.c.", "a.bc.", "a.b.c.", "abc.", "\\000.", "\\000\\000.", "\\000.\\000."}) {
      hashes.insert(name_hash(name(text)));
      ++count;
    }
    CHECK(hashes.size() == count);
  }
}

}  // namespace doors
