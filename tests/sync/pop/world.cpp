#include "tests/sync/pop/world.h"

#include <doctest/doctest.h>

#include "tests/zones/base/temporary_directory.h"
#include "zones/content/digest.h"
#include "zones/load/zone_file.h"

namespace doors {

Content content_of(std::string_view zone, std::uint32_t serial, int hosts, std::string_view text) {
  std::string all = "$ORIGIN " + std::string(zone) + "\n@ 300 IN SOA ns host " + std::to_string(serial) +
                    " 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\n";
  for (int i = 0; i < hosts; ++i) {
    all += "host" + std::to_string(i) + " 300 IN A 192.0.2." + std::to_string(i % 250 + 1) + "\n";
  }
  all += text;
  auto loaded = load_zone_text(all, "test.zone", {});
  if (!loaded) FAIL(loaded.error().front().to_string());
  return std::move(loaded->content);
}

Draft draft_of(const Content& content, const StoredVersion* after, VersionKind kind) {
  auto frames = compress_frames(content.stream());
  REQUIRE(frames);
  Draft draft{{}, *std::move(frames)};
  Version& version = draft.version;
  version.kind = kind;
  version.zone = Name(content.origin());
  version.serial = content.serial();
  version.created = 1'700'000'000;
  version.content_digest = content_digest(content);
  version.records = content.record_count();
  version.frames = draft.frames.list;
  if (after != nullptr) {
    version.number = {after->version.number.epoch, after->version.number.seq + 1};
    version.previous = after->signed_version.hash();
  }
  return draft;
}

Draft tombstone_of(const StoredVersion& after) {
  Draft draft;
  draft.version.kind = VersionKind::tombstone;
  draft.version.zone = after.version.zone;
  draft.version.serial = after.version.serial;
  draft.version.number = {after.version.number.epoch, after.version.number.seq + 1};
  draft.version.previous = after.signed_version.hash();
  return draft;
}

std::filesystem::path fresh_directory(const std::string& name) {
  static const test::TemporaryDirectory all;  // gone when the tests are over
  const std::filesystem::path directory = all / name;
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  return directory;
}

World::World(const std::string& name)
    : directory(fresh_directory("world-" + name)),
      key(*PrivateKey::generate()),
      policy({Publisher{key.public_key(), {*ZonePattern::parse("*")}}}) {
  open_store();
  auto opened_journal = Journal::open(directory / "journal", 1ull << 30);
  REQUIRE(opened_journal);
  journal = std::move(*opened_journal);
}

void World::open_store() {
  LmdbStore::Settings settings;
  settings.map_octets = 1ull << 30;
  auto opened = LmdbStore::open(directory / "store", settings, clock);
  REQUIRE(opened);
  store = std::move(*opened);
  auto opened_blobs = DirectoryBlobStore::open(directory / "blobs");
  REQUIRE(opened_blobs);
  blobs = std::move(*opened_blobs);
  archive = std::make_unique<Archive>(*store, *blobs, history_in_tests);
}

void World::lose_store() {
  archive.reset();
  store.reset();
  blobs.reset();
  std::filesystem::remove_all(directory / "store");
  std::filesystem::remove_all(directory / "blobs");
  open_store();
}

World::~World() {
  journal.reset();
  store.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

std::vector<std::byte> World::bundle_of(const std::vector<Draft>& drafts, const PrivateKey& by) {
  std::vector<PushItem> items;
  for (const Draft& draft : drafts) items.push_back({draft.version, draft.frames.octets});
  auto bundle = sign_push(items, by);
  REQUIRE(bundle);
  return *std::move(bundle);
}

PublishReport World::publish(const std::vector<Draft>& drafts, const std::string& force) {
  return doors::publish(*archive, policy, bundle_of(drafts), *parse_forced_gates(force));
}

std::uint64_t World::must_publish(const std::vector<Draft>& drafts) {
  const PublishReport report = publish(drafts);
  std::string reasons = report.reason;
  for (const ZoneVerdict& verdict : report.zones) reasons += "; " + verdict.reason;
  CAPTURE(reasons);
  REQUIRE(report.revision);
  return *report.revision;
}

StoredVersion World::push(std::string_view zone, std::uint32_t serial, int hosts) {
  const auto before = archive->head(*Name::parse(zone));
  REQUIRE(before);
  must_publish({draft_of(content_of(zone, serial, hosts), *before ? &(*before)->stored : nullptr)});
  return head(zone);
}

StoredVersion World::head(std::string_view zone) const {
  auto found = archive->head(*Name::parse(zone));
  REQUIRE(found);
  REQUIRE(*found);
  return std::move((*found)->stored);
}

std::vector<StoredVersion> World::heads() const {
  std::vector<StoredVersion> all;
  REQUIRE(archive->heads([&](const StoredVersion& stored, std::uint64_t) { all.push_back(stored); }));
  return all;
}

}  // namespace doors
