#include <set>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "server/handover/image_directory.h"
#include "tests/server/handover/fake_host.h"
#include "tests/zones/base/temporary_directory.h"
#include "tests/zones/image/image_of.h"
#include "zones/image/image_file.h"
#include "zones/image/pack_writer.h"

namespace doors {
namespace {

using test::TemporaryDirectory;

struct Zone {
  const char* origin;
  std::uint64_t seq;
};

std::vector<std::byte> image_octets(const Zone& zone) {
  ImageVersion version;
  version.epoch = 1;
  version.seq = zone.seq;
  return build_image(content_of(zone.origin, "@ 300 IN SOA ns host 17 3600 600 86400 60\n@ 300 IN NS ns\n"),
                     version)
      .value();
}

void write_pack(const std::filesystem::path& path, std::uint64_t number, std::initializer_list<Zone> zones) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  REQUIRE(file);
  PackWriter writer(file.get());
  for (const Zone& zone : zones) REQUIRE(writer.add(image_octets(zone)).has_value());
  REQUIRE(writer.finish(number).has_value());
}

std::vector<UniqueFd> open_file(const std::filesystem::path& path) {
  std::vector<UniqueFd> fds;
  fds.emplace_back(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return fds;
}

/// "ORIGIN SEQ" of each zone that is served.
std::set<std::string> listed(FakeClient& client) {
  std::set<std::string> zones;
  for (const ControlMessage& reply : client.ask(ControlMessage("zones"))) {
    if (reply.verb() == "zone")
      zones.insert(std::string(reply.text("zone")) + " " + std::string(reply.text("seq")));
  }
  return zones;
}

/// The shelf that a start from this directory makes.
std::set<std::string> found_in(const std::filesystem::path& directory) {
  FakeHost host;
  FakeClient client(host);
  auto found = look_through_images(directory, {}, ZoneImage::Check::at_use);
  REQUIRE(found.has_value());
  apply_found(*std::move(found), host.shelf());
  (void)client.ask(ControlMessage("swap"));
  return listed(client);
}

using Zones = std::set<std::string>;

}  // namespace

TEST_SUITE("handover: packs") {
  TEST_CASE("all zones of an offered pack are served after a swap; newer ones and removals count after it") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "1.pack";
    write_pack(path, 1, {{"a.", 1}, {"b.", 1}, {"c.", 1}});
    FakeHost host;
    FakeClient client(host);
    const auto staged = client.ask(ControlMessage("offer_pack"), open_file(path));
    REQUIRE(staged.size() == 1);
    CHECK(staged.front() == ControlMessage("staged").with("pack", "1").with("zones", "3"));
    CHECK(client.ask(ControlMessage("swap")).front().text("zones") == "3");
    CHECK(listed(client) == Zones{"a. 1", "b. 1", "c. 1"});
    CHECK(client.ask(ControlMessage("zones").with("zone", "b.")).front().text("seq") == "1");

    ZoneShelf::Changes changes;
    changes.emplace(ZoneShelf::key_of(*Name::parse("b.")),
                    ZoneShelf::Zone{ZoneImage::from_octets(image_octets({"b.", 2})).value()});
    host.shelf().apply(std::move(changes));
    (void)client.ask(ControlMessage("remove").with("zone", "C"));
    (void)client.ask(ControlMessage("withhold").with("zone", "a."));
    CHECK(client.ask(ControlMessage("swap")).front().text("zones") == "1");
    CHECK(listed(client) == Zones{"b. 2"});
    CHECK(host.served()->withholds(HashedName(*Name::parse("x.a.")), 2, nullptr));

    write_pack(path, 2, {{"c.", 3}, {"b.", 1}});
    (void)client.ask(ControlMessage("offer_pack"), open_file(path));
    (void)client.ask(ControlMessage("swap"));
    CHECK(listed(client).contains("c. 3"));
    CHECK(listed(client).contains("b. 2"));
  }

  TEST_CASE("a pack that is none, or of which one image is damaged, is refused") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "1.pack";
    write_pack(path, 1, {{"a.", 1}, {"b.", 1}});
    auto octets = read_file(path, 1 << 20).value();
    octets[600] ^= std::byte{1};
    REQUIRE(write_file_durably(path, octets).has_value());
    FakeHost host;
    FakeClient client(host);
    CHECK(client.ask(ControlMessage("offer_pack"), open_file(path)).front().verb() == "refused");
    CHECK(client.ask(ControlMessage("offer_pack")).front().verb() == "refused");
    REQUIRE(write_file_durably(path, octets_of("DOORPCK1")).has_value());
    CHECK(client.ask(ControlMessage("offer_pack"), open_file(path)).front().verb() == "refused");
    CHECK(client.ask(ControlMessage("swap")).front().text("zones") == "0");
    CHECK(client.done == 4);
  }

  TEST_CASE("a start finds packs, images of their own and what was deleted; the newest of each counts") {
    const TemporaryDirectory directory;
    write_pack(directory.path() / "1.pack", 1, {{"a.", 1}, {"b.", 1}, {"c.", 1}, {"d.", 1}});
    write_pack(directory.path() / "2.pack", 2, {{"b.", 2}, {"c.", 4}});
    const auto own = [&](const Zone& zone) {
      const auto path = image_path(directory.path(), *Name::parse(zone.origin), 1, zone.seq);
      REQUIRE(write_file_durably(path, image_octets(zone)).has_value());
    };
    own({"a.", 2});
    own({"c.", 3});
    own({"e.", 1});
    const auto gone = [&](const char* origin, std::uint64_t seq) {
      const Name name = *Name::parse(origin);
      REQUIRE(write_file_durably(gone_path(directory.path(), name, 1, seq), name.wire()).has_value());
    };
    gone("d.", 2);
    gone("b.", 1);  // it came again
    CHECK(found_in(directory.path()) == Zones{"a. 2", "b. 2", "c. 4", "e. 1"});
    REQUIRE(write_file_durably(directory.path() / "2.pack", octets_of("torn")).has_value());
    CHECK(found_in(directory.path()) == Zones{"a. 2", "b. 1", "c. 3", "e. 1"});
  }

  TEST_CASE("a second look opens what is new, and takes an image whose file is gone from the pack") {
    const TemporaryDirectory directory;
    write_pack(directory.path() / "1.pack", 1, {{"a.", 1}});
    const auto own = image_path(directory.path(), *Name::parse("a."), 1, 2);
    REQUIRE(write_file_durably(own, image_octets({"a.", 2})).has_value());
    FakeHost host;
    FakeClient client(host);
    const auto look = [&] {
      auto found = look_through_images(directory.path(), index_of(host.shelf()), ZoneImage::Check::at_once);
      REQUIRE(found.has_value());
      const std::size_t packs = found->packs.size();
      apply_found(*std::move(found), host.shelf());
      (void)client.ask(ControlMessage("swap"));
      return packs;
    };
    CHECK(look() == 1);
    CHECK(listed(client) == Zones{"a. 2"});
    CHECK(look() == 0);
    write_pack(directory.path() / "2.pack", 2, {{"a.", 3}, {"b.", 1}});
    std::filesystem::remove(own);
    CHECK(look() == 1);
    CHECK(listed(client) == Zones{"a. 3", "b. 1"});
  }

  TEST_CASE("a review tells which packs are superseded, and counts each zone once") {
    const TemporaryDirectory directory;
    const auto open = [&](std::uint64_t number, std::initializer_list<Zone> zones) {
      const auto path = directory.path() / "x.pack";
      std::filesystem::remove(path);
      write_pack(path, number, zones);
      return ImagePack::open(open_file(path).front().get()).value();
    };
    ZoneShelf shelf;
    shelf.add_packs(
        {open(1, {{"a.", 1}, {"b.", 1}}), open(2, {{"b.", 2}, {"c.", 2}}), open(3, {{"b.", 3}, {"c.", 3}})});
    const ZoneSet before(shelf.sources());
    const PackReview review = review_packs(before);
    REQUIRE(review.superseded.size() == 1);
    CHECK(review.superseded.front()->number() == 2);
    CHECK(review.zones == 3);
    shelf.keep_packs(review.superseded, review.zones);
    CHECK(shelf.packs().size() == 2);
    CHECK(ZoneSet(shelf.sources()).size() == 3);
  }
}
}  // namespace doors
