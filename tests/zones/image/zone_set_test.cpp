#include "zones/image/zone_set.h"

#include <set>

#include <doctest/doctest.h>

#include "tests/zones/image/zone.h"
#include "zones/image/image_file.h"

using namespace doors;
using namespace doors::test;

namespace {

std::string origin_of(const ZoneImage* image) {
  return image == nullptr ? "(none)" : image->origin().to_string();
}

}  // namespace

TEST_SUITE("image: the set of zones") {
  TEST_CASE("the longest origin that is a suffix wins, whatever the case") {
    const ZoneSet set({image_of("example.", ""), image_of("A.B.example.", ""), image_of("com.", "")});
    REQUIRE(set.size() == 3);
    struct Row {
      const char* question;
      std::size_t most;
      const char* origin;
    };
    for (const Row& row :
         {Row{"www.example.", 9, "example."}, Row{"EXAMPLE.", 9, "example."},
          Row{"b.example.", 9, "example."}, Row{"a.b.example.", 9, "a.b.example."},
          Row{"x.A.b.example.", 9, "a.b.example."}, Row{"a.b.example.", 2, "example."},
          Row{"a.b.example.", 0, "(none)"}, Row{"example.", 0, "(none)"}, Row{"org.", 9, "(none)"},
          Row{".", 9, "(none)"}, Row{"xexample.", 9, "(none)"}, Row{"a.com.", 9, "com."}}) {
      CAPTURE(row.question);
      CAPTURE(row.most);
      const HashedName asked(name(row.question));
      set.prefetch(asked);
      CHECK(origin_of(set.find(asked, row.most)) == row.origin);
    }
  }

  TEST_CASE("the root zone is every name's last resort") {
    const ZoneSet set({image_of(".", ""), image_of("example.", "")});
    CHECK(origin_of(set.find(HashedName(name("www.example.")))) == "example.");
    CHECK(origin_of(set.find(HashedName(name("example.")), 0)) == ".");
    CHECK(origin_of(set.find(HashedName(name("www.test.")))) == ".");
    CHECK(origin_of(set.find(HashedName(name(".")))) == ".");
  }

  TEST_CASE("an origin of 127 labels is found, and one of 64") {
    std::string deep;
    for (int i = 0; i < 127; ++i) deep += "a.";
    const std::string half = deep.substr(0, 128);
    const ZoneSet set({image_of(deep, ""), image_of(half, ""), image_of("a.", "")});
    CHECK(origin_of(set.find(HashedName(name(deep)))) == deep);
    CHECK(origin_of(set.find(HashedName(name(deep)), 126)) == half);
    CHECK(origin_of(set.find(HashedName(name(half)), 63)) == "a.");
    CHECK(origin_of(set.find(HashedName(name("b." + half)))) == half);
  }

  TEST_CASE("no more of a name needs hashes than the deepest name has labels") {
    const auto image = image_of("example.", "a.b A 1\n");
    CHECK(ZoneSet().deepest_labels() == 0);
    CHECK(ZoneSet({image}).deepest_labels() == 3);
    CHECK(ZoneSet({image, image_of("com.", "")}).deepest_labels() == 3);
    const ZoneSet set({image}, {name("b.c.d.example.")});
    CHECK(set.deepest_labels() == 4);
    struct Row {
      const char* question;
      const char* origin;
      bool withheld;
    };
    for (const Row& row :
         {Row{"x.y.z.b.c.d.example.", "example.", true}, Row{"b.c.d.example.", "example.", true},
          Row{"c.d.example.", "example.", false}, Row{"w.x.y.a.b.example.", "example.", false},
          Row{"v.w.x.y.test.", "(none)", false}}) {
      CAPTURE(row.question);
      HashedName asked;
      asked.assign(name(row.question), set.deepest_labels());
      const ZoneImage* const found = set.find(asked);
      CHECK(origin_of(found) == row.origin);
      CHECK(set.withholds(asked, asked.label_count(), found) == row.withheld);
      if (found != nullptr) CHECK(found->lookup(asked).encloser_labels == (row.question[0] == 'w' ? 3 : 1));
    }
  }

  TEST_CASE("of two versions of a zone the higher one is kept") {
    const Content content = content_of("example.", "");
    const ZoneSet set({image_of(content, {1, 9, 0, {}}), image_of(content, {2, 1, 0, {}}),
                       image_of(content, {1, 10, 0, {}})});
    REQUIRE(set.size() == 1);
    CHECK(set.images()[0]->version().epoch == 2);
    CHECK(set.images()[0]->version().seq == 1);
  }

  TEST_CASE("none of nothing") {
    const ZoneSet set;
    const HashedName asked(name("www.example."));
    set.prefetch(asked);
    CHECK(set.size() == 0);
    CHECK(set.find(asked) == nullptr);
  }

  TEST_CASE("ten thousand zones, each found by a name below it") {
    std::vector<std::shared_ptr<const ZoneImage>> images;
    for (int i = 0; i < 10'000; ++i) images.push_back(image_of("zone" + std::to_string(i) + ".test.", ""));
    const ZoneSet set(images);
    CHECK(set.size() == 10'000);
    for (int i = 0; i < 10'000; ++i) {
      const std::string origin = "zone" + std::to_string(i) + ".test.";
      CHECK(set.find(HashedName(name("www." + origin)))->origin() == name(origin));
    }
    CHECK(set.find(HashedName(name("www.zone10000.test."))) == nullptr);
    for (std::size_t i = 1; i < set.size(); ++i) {
      CHECK(set.images()[i - 1]->origin().canonical_compare(set.images()[i]->origin()) < 0);
    }
  }
}

TEST_SUITE("image: file names") {
  TEST_CASE("a stem tells its zone, and no other has it") {
    struct Row {
      std::string zone;
      std::string stem;
    };
    const std::string long_label(63, 'x');
    for (const Row& row :
         {Row{".", "%root"}, Row{"Example.", "example"}, Row{"a.B-c_1.test.", "a.b-c_1.test"},
          Row{"a\\.b.", "a%2Eb"}, Row{"\\000%/.", "%00%25%2F"}, Row{"*.x.", "%2A.x"},
          Row{long_label + "." + long_label + ".", long_label + "." + long_label}}) {
      CAPTURE(row.zone);
      CHECK(image_stem(name(row.zone)) == row.stem);
    }
    const std::string hashed = image_stem(name(long_label + "." + long_label + "." + long_label + "."));
    CHECK(hashed.starts_with("%sha256-"));
    CHECK(hashed.size() == 8 + 64);
    CHECK(image_path("/images", name("Example."), 3, 14).string() == "/images/example.3-14.img");
  }

  TEST_CASE("a scan finds images by zone, the highest version first, and nothing else") {
    const std::filesystem::path directory = std::filesystem::temp_directory_path() / "doors-image-scan-test";
    std::filesystem::remove_all(directory);
    CHECK_FALSE(scan_images(directory).has_value());
    std::filesystem::create_directory(directory);
    for (const char* file :
         {"example.1-9.img", "example.1-10.img", "example.2-1.img", "%root.1-1.img", "a.1-1.1-2.img",
          "example.1-9.img.tmp", "example.img", "example.1.img", ".1-1.img", "example.01-1.img",
          "example.1-1x.img", "example.-1.img", "example.99999999999-1.img", "README"}) {
      REQUIRE(write_file_durably(directory / file, octets_of("x")).has_value());
    }
    const auto found = scan_images(directory);
    REQUIRE(found.has_value());
    CHECK(found->size() == 3);
    REQUIRE(found->count("example") == 1);
    std::vector<std::string> files;
    for (const ImageFile& each : found->at("example")) files.push_back(each.path.filename().string());
    CHECK(files == std::vector<std::string>{"example.2-1.img", "example.1-10.img", "example.1-9.img"});
    CHECK(found->at("example")[0].epoch == 2);
    CHECK(found->at("example")[1].seq == 10);
    CHECK(found->count("a.1-1") == 1);
    CHECK(found->count("%root") == 1);
    std::filesystem::remove_all(directory);
  }
}
