// Images that are checked as they are used: what is damaged is never answered from, and nothing else suffers.
#include <random>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/zones/image/mend.h"
#include "tests/zones/image/touch.h"
#include "tests/zones/image/zone.h"
#include "zones/image/bus_error.h"
#include "zones/image/damage.h"

using namespace doors;
using namespace doors::test;

namespace {

using Check = ZoneImage::Check;
using Image = std::shared_ptr<const ZoneImage>;

const std::atomic<bool> never{false};
constexpr int owners = 4000;

/// Several pages of every section: delegations with glue, and NSEC at each.
std::vector<std::byte> large_image() {
  ContentBuilder builder{name("example.")};
  add_line(builder, "@ SOA 1 60");
  add_line(builder, "@ NS ns");
  add_line(builder, "@ NSEC d0");
  for (int i = 0; i < owners; ++i) {
    const std::string owner = "d" + std::to_string(i);
    add_line(builder, owner + " NS ns." + owner);
    add_line(builder, owner + " NSEC @");
    add_line(builder, "ns." + owner + " A " + std::to_string(i));
  }
  return image_octets(builder.finish().value());
}

/// All that is asked for one owner.
std::size_t ask(const ZoneImage& image, int owner) {
  const std::string cut = "d" + std::to_string(owner) + ".example.";
  std::size_t sum = 0;
  for (const std::string& question : {cut, "www." + cut, "x" + cut}) {
    const HashedName hashed(name(question));
    image.prefetch(hashed);
    image.prefetch_node(hashed);
    sum = sum * 31 + touch(image.lookup(hashed), image);
    sum = sum * 31 + touch(image.nsec_at_or_before(hashed.view()), image);
  }
  return sum;
}

std::vector<std::size_t> answers_of(const ZoneImage& image) {
  std::vector<std::size_t> answers;
  for (int owner = 0; owner < owners; ++owner) answers.push_back(ask(image, owner));
  return answers;
}

}  // namespace

TEST_SUITE("image: checked at its use") {
  TEST_CASE("it answers as a checked one, before and after the rest is checked") {
    const unsigned damage = ImageDamage::met();
    const auto octets = large_image();
    const Image image = ZoneImage::from_octets(octets, Check::at_use).value();
    CHECK_FALSE(image->is_checked());
    const auto right = answers_of(*ZoneImage::from_octets(octets).value());
    CHECK(answers_of(*image) == right);
    std::thread checker([&] { CHECK(image->finish_check(never).has_value()); });
    CHECK(answers_of(*image) == right);
    checker.join();
    CHECK(image->is_checked());
    CHECK(answers_of(*image) == right);
    CHECK(ImageDamage::met() == damage);
  }

  TEST_CASE("a check that is stopped decides nothing") {
    const Image image = ZoneImage::from_octets(large_image(), Check::at_use).value();
    CHECK(image->finish_check(std::atomic<bool>{true}).has_value());
    CHECK_FALSE(image->is_checked());
  }

  TEST_CASE("a flipped bit anywhere: no wrong answer, and those of other pages stay") {
    const auto octets = large_image();
    const auto right = answers_of(*ZoneImage::from_octets(octets).value());
    std::mt19937 random(7);
    std::size_t opened = 0;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < octets.size(); at += 1 + octets.size() / 40) {
      auto rotten = octets;
      rotten[at] ^= static_cast<std::byte>(1u << random() % 8);
      CAPTURE(at);
      const auto image = ZoneImage::from_octets(rotten, Check::at_use);
      if (!image) continue;
      ++opened;
      std::size_t wrong = 0;
      for (int owner = 0; owner < owners; owner += 13) {
        const unsigned before = ImageDamage::met();
        const bool same = ask(**image, owner) == right[static_cast<std::size_t>(owner)];
        if (ImageDamage::met() != before) continue;  // known not to be an answer
        kept += same ? 1 : 0;
        wrong += same ? 0 : 1;
      }
      CHECK(wrong == 0);
      const auto rest = (*image)->finish_check(never);
      REQUIRE_FALSE(rest.has_value());
      CHECK(rest.error().message.find("page") != std::string::npos);
      CHECK_FALSE((*image)->is_checked());
    }
    CHECK(opened > 20);
    CHECK(kept > 1000);
  }

  TEST_CASE("with the checksums mended, nothing outside is read") {
    const auto octets = large_image();
    std::mt19937 random(9);
    std::size_t sum = 0;
    for (int round = 0; round < 60; ++round) {
      auto hostile = octets;
      for (std::size_t changes = 1 + random() % 200; changes > 0; --changes) {
        const std::size_t at = random() % (hostile.size() / 4) * 4;
        layout::store(hostile.data() + at, static_cast<std::uint32_t>(random() % (octets.size() / 8 + 2)));
      }
      mend(hostile);
      const auto image = ZoneImage::from_octets(hostile, Check::at_use);
      if (!image) continue;
      for (int owner = 0; owner < owners; owner += 17) sum += ask(**image, owner);
    }
    CHECK(sum > 0);
  }

  TEST_CASE("an image without its SOA or apex is not opened") {
    auto octets = large_image();
    octets[octets.size() / 8] ^= std::byte{1};  // in one of the first pages
    layout::Header header;
    std::memcpy(&header, octets.data(), sizeof header);
    octets[std::size_t{header.apex} * layout::reference_unit] ^= std::byte{1};
    CHECK_FALSE(ZoneImage::from_octets(octets, Check::at_use).has_value());
  }

  TEST_CASE("what the disk no longer gives is bad, and the process lives") {
    survive_bus_errors();
    const auto octets = large_image();
    REQUIRE(octets.size() > std::size_t{256} * 1024);
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    REQUIRE(write_all(::fileno(file), octets).has_value());
    const auto right = answers_of(*ZoneImage::from_octets(octets).value());
    for (const Check check : {Check::at_once, Check::at_use}) {
      REQUIRE(::ftruncate(::fileno(file), static_cast<off_t>(octets.size())) == 0);
      REQUIRE(::pwrite(::fileno(file), octets.data(), octets.size(), 0) ==
              static_cast<ssize_t>(octets.size()));
      const Image image = ZoneImage::open(::fileno(file), check).value();
      const std::uint64_t before = bus_errors();
      REQUIRE(::ftruncate(::fileno(file), static_cast<off_t>(octets.size() / 2)) == 0);
      std::size_t wrong = 0;
      for (int owner = 0; owner < owners; ++owner) {
        const unsigned damage = ImageDamage::met();
        const bool same = ask(*image, owner) == right[static_cast<std::size_t>(owner)];
        wrong += same || ImageDamage::met() != damage ? 0 : 1;
      }
      CHECK(wrong == 0);
      CHECK(bus_errors() > before);
      CHECK_FALSE(image->is_checked());
      CHECK_FALSE(image->finish_check(never).has_value());
    }
    std::fclose(file);
  }
}
