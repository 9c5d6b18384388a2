#include "server/handover/zone_shelf.h"

#include <doctest/doctest.h>

#include "tests/zones/image/image_of.h"

namespace doors {
namespace {

ZoneShelf::Zone zone(std::uint64_t seq, ZoneShelf::Origin origin) {
  ImageVersion version;
  version.epoch = 1;
  version.seq = seq;
  return {image_of(content_of("example.",
                              "@ 300 IN SOA ns host 17 3600 600 86400 60\n@ 300 IN NS ns\nns 300 IN A "
                              "192.0.2.1\n"),
                   version),
          origin};
}

ZoneShelf::Changes change(ZoneShelf::Zone zone) {
  ZoneShelf::Changes changes;
  changes.emplace(ZoneShelf::key_of(*Name::parse("example.")), std::move(zone));
  return changes;
}

constexpr auto directory = ZoneShelf::Origin::directory;
constexpr auto handed_over = ZoneShelf::Origin::handed_over;

std::uint64_t seq_on(const ZoneShelf& shelf) {
  const auto* found = shelf.find(*Name::parse("EXAMPLE."));
  return found == nullptr ? 0 : found->image->version().seq;
}

}  // namespace

TEST_SUITE("handover: zone shelf") {
  TEST_CASE("what is handed over replaces whatever is there, also a higher version") {
    ZoneShelf shelf;
    shelf.apply(change(zone(5, handed_over)));
    CHECK(seq_on(shelf) == 5);
    shelf.apply(change(zone(4, handed_over)));
    CHECK(seq_on(shelf) == 4);
    shelf.apply(change({}));
    CHECK(shelf.zones().empty());
  }

  TEST_CASE("what is found in the directory only moves a zone forward") {
    ZoneShelf shelf;
    shelf.apply_found(change(zone(5, directory)));
    CHECK(seq_on(shelf) == 5);
    shelf.apply_found(change(zone(4, directory)));
    CHECK(seq_on(shelf) == 5);
    shelf.apply_found(change(zone(6, directory)));
    CHECK(seq_on(shelf) == 6);
  }

  TEST_CASE("a zone that is withheld comes back by hand, not from the directory") {
    ZoneShelf shelf;
    shelf.apply(change(zone(5, directory)));
    ZoneShelf::Zone withheld;
    withheld.withheld = true;
    shelf.apply(change(withheld));
    shelf.apply_found(change(zone(6, directory)));
    CHECK(shelf.zones().empty());
    CHECK(shelf.sources().withheld.size() == 1);
    shelf.apply(change(zone(5, handed_over)));
    CHECK(seq_on(shelf) == 5);
    CHECK(shelf.sources().withheld.empty());
  }

  TEST_CASE("files that are gone take away only what came from the directory") {
    ZoneShelf shelf;
    shelf.apply(change(zone(5, handed_over)));
    shelf.apply_found(change({}));
    CHECK(seq_on(shelf) == 5);
    shelf.apply(change(zone(5, directory)));
    shelf.apply_found(change({}));
    CHECK(shelf.zones().empty());
  }
}

}  // namespace doors
