#include <random>

#include <doctest/doctest.h>

#include "tests/zones/image/mend.h"
#include "tests/zones/image/touch.h"
#include "tests/zones/image/zone.h"
#include "zones/image/layout.h"
#include "zones/load/zone_file.h"

using namespace doors;
using namespace doors::test;

namespace {

const char* const mixed_zone =
    "* TXT wild\na.b.ent TXT x\nsub NS ns.sub\nns.sub A 1\nsub RRSIG DS\nd DNAME t\nmx MX 1 mx\nmx A 1\nmx "
    "RRSIG A\n";

std::vector<std::byte> nsec_image() {
  return image_octets(content_of("example.", std::string(mixed_zone) + "@ NSEC mx\nmx NSEC @\n* NSEC @\n"));
}

std::vector<std::byte> nsec3_image() {
  const std::string apex = hash_label(name("example."));
  return image_octets(content_of("example.", std::string(mixed_zone) + "@ NSEC3PARAM 0 aa 0\n" +
                                                 hash_label(name("example."), 0, from_hex("aa").value()) +
                                                 " NSEC3 0 aa " + apex + "\n"));
}

std::string problem_of(const std::vector<std::byte>& octets) {
  const auto image = ZoneImage::from_octets(octets);
  return image ? "" : image.error().message;
}

Result<std::shared_ptr<const ZoneImage>> open_file(Octets octets) {
  const auto fd = sealed_memory_file("test image", octets);
  REQUIRE(fd.has_value());
  return ZoneImage::open(fd->get());
}

}  // namespace

TEST_SUITE("image: the file") {
  TEST_CASE("the same content and version give the same octets, and tell the version") {
    const Content content = content_of("example.", mixed_zone);
    ImageVersion version{3, 1234567890123, 99, {}};
    version.content_digest.fill(std::byte{0xab});
    const auto octets = image_octets(content, version);
    CHECK(octets == image_octets(content, version));
    const auto image = open_file(octets);
    REQUIRE(image.has_value());
    version.serial = 1;  // the content's own
    CHECK((*image)->version() == version);
    CHECK((*image)->octets() == octets.size());
    CHECK((*image)->record_count() == content.record_count());
  }

  TEST_CASE("any flipped octet and any missing end is found out") {
    for (const auto& octets : {nsec_image(), nsec3_image()}) {
      for (std::size_t i = 0; i < octets.size(); ++i) {
        auto rotten = octets;
        rotten[i] ^= std::byte{0x10};
        CAPTURE(i);
        CHECK_FALSE(problem_of(rotten).empty());
      }
      for (std::size_t size = 0; size < octets.size(); size += 7) {
        CHECK_FALSE(problem_of({octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size)}).empty());
      }
      auto longer = octets;
      longer.resize(longer.size() + 8);
      CHECK_FALSE(problem_of(longer).empty());
    }
  }

  TEST_CASE("what it cannot understand it refuses, and says what") {
    const auto octets = nsec_image();
    struct Row {
      std::size_t at;
      std::byte value;
      std::string problem;
    };
    for (const Row& row : {Row{0, std::byte{'X'}, "no zone image"},
                           Row{offsetof(layout::Header, byte_order), std::byte{1}, "another byte order"},
                           Row{offsetof(layout::Header, version), std::byte{99}, "another layout version"},
                           Row{offsetof(layout::Header, required_features), std::byte{1}, "feature"}}) {
      auto changed = octets;
      changed[row.at] = row.value;
      mend(changed);
      CAPTURE(problem_of(changed));
      CHECK(problem_of(changed).find(row.problem) != std::string::npos);
    }
    auto optional = octets;
    optional[offsetof(layout::Header, optional_features)] = std::byte{1};
    mend(optional);
    CHECK(problem_of(optional).empty());
  }

  TEST_CASE("whatever one octet is changed to, with the checksums mended, nothing outside is read") {
    std::size_t sum = 0;
    std::size_t opened = 0;
    for (const auto& octets : {nsec_image(), nsec3_image()}) {
      for (std::size_t i = 0; i < octets.size(); ++i) {
        for (const unsigned flip : {0x01u, 0x08u, 0x80u, 0xffu}) {
          auto hostile = octets;
          hostile[i] ^= static_cast<std::byte>(flip);
          mend(hostile);
          if (const auto image = ZoneImage::from_octets(hostile)) {
            sum += touch(**image);
            ++opened;
          }
        }
      }
    }
    CHECK(sum > 0);
    MESSAGE(opened << " changed images could be opened");
  }

  TEST_CASE("nor with many octets changed at once") {
    std::mt19937 random(5);
    std::size_t sum = 0;
    for (const auto& octets : {nsec_image(), nsec3_image()}) {
      for (int round = 0; round < 4000; ++round) {
        auto hostile = octets;
        for (std::size_t changes = 1 + random() % 4; changes > 0; --changes) {
          const std::size_t at = random() % hostile.size();
          if (random() % 2 == 0) {
            hostile[at] = static_cast<std::byte>(random());
          } else if (at + 4 <= hostile.size()) {
            layout::store(hostile.data() + at,
                          static_cast<std::uint32_t>(random() % (octets.size() / 8 + 2)));
          }
        }
        mend(hostile);
        if (const auto image = ZoneImage::from_octets(hostile)) sum += touch(**image);
      }
    }
    CHECK(sum > 0);
  }

  TEST_CASE("a large image is mapped, and answers as a small one") {
    ContentBuilder builder{name("example.")};
    add_line(builder, "@ SOA 1 60");
    add_line(builder, "@ NS ns");
    for (int i = 0; i < 10'000; ++i)
      add_line(builder, "d" + std::to_string(i) + " NS ns" + std::to_string(i % 100) + ".test.");
    const auto octets = image_octets(builder.finish().value());
    REQUIRE(octets.size() > std::size_t{256} * 1024);
    const auto image = open_file(octets);
    REQUIRE(image.has_value());
    for (int i = 0; i < 10'000; ++i) {
      const std::string owner = "d" + std::to_string(i) + ".example.";
      CHECK(lookup(**image, "www." + owner) == "cut " + owner);
    }
    CHECK(lookup(**image, "d10000.example.") == "none below example.");
    auto rotten = octets;
    rotten[octets.size() / 2] ^= std::byte{1};
    const auto refused = open_file(rotten);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.find("page ") != std::string::npos);
  }

  TEST_CASE("something else than a file is no image") {
    CHECK_FALSE(ZoneImage::open(-1).has_value());
    CHECK_FALSE(open_file({}).has_value());
    CHECK_FALSE(open_file(octets_of("DOORIMG1")).has_value());
  }

  TEST_CASE("too many types at one name are refused") {
    ContentBuilder builder{name("example.")};
    add_line(builder, "@ SOA 1 60");
    add_line(builder, "@ NS ns");
    for (unsigned type = 10'000; type < 14'096; ++type) {
      REQUIRE(
          builder.add(name("x.example."), RRType(static_cast<std::uint16_t>(type)), Ttl(1), octets_of("x"))
              .has_value());
    }
    const auto refused = build_image(builder.finish().value(), {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "over 4095 types at x.example.");
  }

  TEST_CASE("the whole root zone: every RRset is found again, octet by octet") {
    auto loaded = load_zone_file(DOORS_TEST_DATA_DIR "/root-2021-signed.zone", {});
    REQUIRE(loaded.has_value());
    const Content& content = loaded->content;
    const auto image = image_of(content, {1, 7, 0, {}});
    CHECK(image->record_count() == content.record_count());
    CHECK(image->version().serial == 2021051901);
    CHECK(image->denial() == ZoneImage::Denial::nsec);
    MESSAGE("octets: content " << content.stream().size() << ", image " << image->octets() << ", a record "
                               << image->octets() / content.record_count());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < content.rrset_count(); ++i) {
      const RRsetView rrset = content.rrset(i);
      const bool signatures = rrset.type == RRType::rrsig;
      const HashedName hashed(rrset.owner);
      const NodeView node = image->find(hashed, hashed.label_count());
      ImageRRset found;
      if (!node || !node.rrset(signatures ? rrset.covered : rrset.type, found)) {
        ++wrong;
        continue;
      }
      std::vector<std::byte> expected;
      for (const Octets rdata : rrset.rdatas) {
        put_u16(expected, raw(rrset.type));
        put_u16(expected, 1);
        put_u32(expected, rrset.ttl.raw());
        put_u16(expected, static_cast<unsigned>(rdata.size()));
        put(expected, rdata);
      }
      wrong += text_of(signatures ? found.signatures : found.records) == text_of(expected) ? 0 : 1;
    }
    CHECK(wrong == 0);
    CHECK(touch(*image) > 0);
  }
}
