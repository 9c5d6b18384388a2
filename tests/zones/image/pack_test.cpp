#include <cstdio>
#include <random>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>
#include <xxhash.h>

#include "tests/zones/image/mend.h"
#include "tests/zones/image/mend_pack.h"
#include "tests/zones/image/touch.h"
#include "tests/zones/image/zone.h"
#include "zones/base/file.h"
#include "zones/image/bus_error.h"
#include "zones/image/damage.h"
#include "zones/image/pack_writer.h"
#include "zones/image/zone_set.h"

using namespace doors;
using namespace doors::test;

namespace {

using Pack = std::shared_ptr<const ImagePack>;

const std::atomic<bool> never{false};

/// The file of a pack of these images.
std::vector<std::byte> pack_octets(const std::vector<std::vector<std::byte>>& images,
                                   std::uint64_t number = 1) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  PackWriter writer(::fileno(file));
  for (const auto& image : images) REQUIRE(writer.add(image).has_value());
  REQUIRE(writer.finish(number).has_value());
  auto octets = read_descriptor(::fileno(file), std::size_t{1} << 30);
  REQUIRE(octets.has_value());
  std::fclose(file);
  return *std::move(octets);
}

Result<Pack> open_pack(Octets octets) {
  const auto fd = sealed_memory_file("test pack", octets);
  REQUIRE(fd.has_value());
  return ImagePack::open(fd->get());
}

std::vector<std::byte> image_at(const std::string& origin, std::uint64_t seq, const std::string& text = "") {
  return image_octets(content_of(origin, text), {1, seq, 0, {}});
}

std::string zone_name(int i) { return "zone" + std::to_string(i) + ".test."; }

std::vector<std::vector<std::byte>> many_images(int count, std::uint64_t seq = 1) {
  std::vector<std::vector<std::byte>> images;
  for (int i = 0; i < count; ++i)
    images.push_back(image_at(zone_name(i), seq, "www A " + std::to_string(i) + "\nsub NS ns.sub\n"));
  return images;
}

Pack pack_of(const std::vector<std::vector<std::byte>>& images, std::uint64_t number) {
  return open_pack(pack_octets(images, number)).value();
}

const ZoneImage* find(const ImagePack& pack, const std::string& origin) {
  const HashedName hashed(name(origin));
  pack.prefetch(hashed.hash());
  pack.prefetch_image(hashed.hash());
  return pack.find(hashed.hash(), hashed.view());
}

/// "ORIGIN SEQ" of the zone that has a name.
std::string served(const ZoneSet& set, const std::string& question) {
  const HashedName hashed(name(question));
  set.prefetch(hashed);
  set.prefetch_image(hashed);
  const ZoneImage* image = set.find(hashed);
  return image == nullptr ? "" : image->origin().to_string() + " " + std::to_string(image->version().seq);
}

}  // namespace

TEST_SUITE("image: packs") {
  TEST_CASE("every zone is found in a pack, and no other; each answers as its own image does") {
    const unsigned damage = ImageDamage::met();
    const auto images = many_images(500);
    const Pack pack = pack_of(images, 7);
    CHECK(pack->size() == 500);
    CHECK(pack->number() == 7);
    for (int i = 0; i < 500; ++i) {
      const ZoneImage* image = find(*pack, zone_name(i));
      REQUIRE(image != nullptr);
      CHECK(touch(*image) == touch(*ZoneImage::from_octets(images[static_cast<std::size_t>(i)]).value()));
    }
    CHECK(find(*pack, "zone500.test.") == nullptr);
    CHECK(find(*pack, "test.") == nullptr);
    CHECK_FALSE(pack->is_checked());
    CHECK(pack->finish_check(never).has_value());
    CHECK(pack->is_checked());
    CHECK(find(*pack, zone_name(499)) != nullptr);
    std::size_t zones = 0;
    for (std::size_t place = 0; place < pack->places(); ++place) zones += pack->image_at(place) != nullptr;
    CHECK(zones == 500);
    CHECK(ImageDamage::met() == damage);
  }

  TEST_CASE("a small zone takes about a kilobyte") {
    const std::size_t octets = pack_octets(many_images(1000)).size();
    MESSAGE("octets for each zone: " << octets / 1000);
    CHECK(octets / 1000 < 1024);
  }

  TEST_CASE("an empty pack has none") {
    const Pack pack = pack_of({}, 1);
    CHECK(pack->size() == 0);
    CHECK(find(*pack, "test.") == nullptr);
    CHECK(pack->finish_check(never).has_value());
  }

  TEST_CASE("threads that look while all is checked see the same") {
    const Pack pack = pack_of(many_images(2000), 1);
    std::vector<std::thread> threads;
    threads.emplace_back([&] { (void)pack->finish_check(never); });
    std::atomic<int> missing{0};
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) missing += find(*pack, zone_name(i)) == nullptr ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(missing == 0);
    CHECK(pack->is_checked());
  }

  TEST_CASE("of a zone's images the one with an own file, the newer pack's and the higher version counts") {
    const Pack old = pack_of({image_at("a.", 1), image_at("b.", 1), image_at("c.", 1), image_at("d.", 5)}, 1);
    const Pack newer = pack_of({image_at("b.", 2), image_at("c.", 2)}, 2);
    const auto own = [](const std::string& origin, std::uint64_t seq) {
      return ZoneImage::from_octets(image_at(origin, seq)).value();
    };
    const ZoneSet set(ZoneSources{{own("c.", 3), own("d.", 4), own("e.", 1)},
                                  {old, newer},
                                  4,
                                  {*Name::parse("f."), *Name::parse("a.")},
                                  {}});
    CHECK(set.size() == 5);
    CHECK(served(set, "x.a.") == "a. 1");
    CHECK(served(set, "x.b.") == "b. 2");
    CHECK(served(set, "x.c.") == "c. 3");
    CHECK(served(set, "d.") == "d. 5");
    CHECK(served(set, "e.") == "e. 1");
    CHECK(served(set, "f.").empty());
    CHECK(set.withholds(HashedName(name("x.f.")), 9, nullptr));
    CHECK_FALSE(set.withholds(HashedName(name("x.a.")), 9, set.find(HashedName(name("x.a.")))));
    const ZoneSet less(
        ZoneSources{{own("c.", 3)}, {newer, old}, 0, {}, {*Name::parse("a."), *Name::parse("B.")}});
    CHECK(served(less, "x.a.").empty());
    CHECK(served(less, "x.b.").empty());
    CHECK(served(less, "x.c.") == "c. 3");
    CHECK(served(less, "d.") == "d. 5");
  }

  TEST_CASE("a zone of a pack below one with an own file, and above") {
    const Pack pack = pack_of({image_at("sub.a.", 1), image_at(".", 1)}, 1);
    const ZoneSet set(ZoneSources{{ZoneImage::from_octets(image_at("a.", 2)).value()}, {pack}, 0, {}, {}});
    CHECK(served(set, "x.sub.a.") == "sub.a. 1");
    CHECK(served(set, "x.a.") == "a. 2");
    CHECK(served(set, "b.") == ". 1");
    CHECK(set.find(HashedName(name("sub.a.")), 1)->origin() == name("a."));
  }

  TEST_CASE("a flipped bit anywhere, or a missing end: the pack is refused, or that zone alone is missed") {
    const auto octets = pack_octets(many_images(60));
    std::vector<std::size_t> right;
    for (const auto& image : many_images(60)) right.push_back(touch(*ZoneImage::from_octets(image).value()));
    std::size_t opened = 0;
    for (std::size_t at = 0; at < octets.size(); at += 97) {
      auto rotten = octets;
      rotten[at] ^= std::byte{4};
      CAPTURE(at);
      const auto pack = open_pack(rotten);
      if (!pack) continue;
      ++opened;
      int damaged = 0;
      int wrong = 0;
      for (int i = 0; i < 60; ++i) {
        const unsigned before = ImageDamage::met();
        const ZoneImage* image = find(**pack, zone_name(i));
        if (ImageDamage::met() != before) {
          ++damaged;
        } else if (image == nullptr || touch(*image) != right[static_cast<std::size_t>(i)]) {
          ++wrong;
        }
      }
      CHECK(wrong == 0);
      CHECK(damaged <= 2);  // it, and one whose search comes by it
      CHECK((*pack)->finish_check(never).has_value() == (damaged == 0));
    }
    CHECK(opened > 100);
    for (std::size_t size = 0; size < octets.size(); size += 997)
      CHECK_FALSE(open_pack(Octets(octets).first(size)).has_value());
  }

  TEST_CASE("with the checksums mended, nothing outside is read") {
    const auto images = many_images(20);
    const auto octets = pack_octets(images);
    std::mt19937 random(11);
    std::size_t sum = 0;
    for (int round = 0; round < 3000; ++round) {
      auto hostile = images;
      auto& image = hostile[random() % hostile.size()];
      for (std::size_t changes = 1 + random() % 3; changes > 0; --changes)
        layout::store(image.data() + random() % (image.size() / 4) * 4,
                      static_cast<std::uint32_t>(random() % 200));
      mend(image);
      auto file = octets;
      // The images lie in their order, each from a multiple of 64.
      std::size_t at = sizeof(layout::PackHeader);
      for (const auto& each : hostile) {
        at = layout::round_up(at, layout::pack_unit);
        std::copy(each.begin(), each.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
        at += each.size();
      }
      if (round % 3 == 0) {
        const std::size_t index = file.size() - (random() % 16 + 1) * 4;
        layout::store(file.data() + index, static_cast<std::uint32_t>(random()));
      }
      mend_pack(file);
      const auto pack = open_pack(file);
      if (!pack) continue;
      for (int i = 0; i < 20; ++i) {
        if (const ZoneImage* found = find(**pack, zone_name(i))) sum += touch(*found);
      }
    }
    CHECK(sum > 0);
  }

  TEST_CASE("what the disk no longer gives is missed, and the process lives") {
    survive_bus_errors();
    const auto octets = pack_octets(many_images(300));
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    REQUIRE(write_all(::fileno(file), octets).has_value());
    const Pack pack = ImagePack::open(::fileno(file)).value();
    REQUIRE(::ftruncate(::fileno(file), static_cast<off_t>(octets.size() / 3)) == 0);
    int missed = 0;
    int untold = 0;
    for (int i = 0; i < 300; ++i) {
      const unsigned before = ImageDamage::met();
      if (find(*pack, zone_name(i)) != nullptr) continue;
      ++missed;
      untold += ImageDamage::met() == before ? 1 : 0;
    }
    CHECK(missed > 0);
    CHECK(untold == 0);
    CHECK_FALSE(pack->finish_check(never).has_value());
    std::fclose(file);
  }
}
