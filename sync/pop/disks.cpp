#include "sync/pop/disks.h"

#include <map>
#include <utility>
#include <vector>

#include "sync/pop/batch_log.h"
#include "sync/pop/engine.h"
#include "sync/store/lmdb/lmdb_store.h"
#include "zones/base/log.h"

namespace doors {
namespace {

LmdbStore::Settings store_settings(const DoorsyncSettings& settings) {
  LmdbStore::Settings made;
  made.map_octets = std::uint64_t{settings.store.map_gib} << 30;
  return made;
}

Result<void> set_aside(std::string_view what, const std::filesystem::path& path, const std::string& damage) {
  const auto aside = lmdb::set_aside(path);
  if (!aside) return Unexpected(aside.error());
  log::error("damage found", {{"in", what}, {"reason", damage}, {"set_aside", aside->string()}});
  return {};
}

}  // namespace

bool is_embedded(const DoorsyncSettings& settings) { return settings.store.kind == "embedded"; }

Result<Disks> open_disks(const DoorsyncSettings& settings, const Clock& clock) {
  const std::uint64_t map_octets = std::uint64_t{settings.store.map_gib} << 30;
  // What is set aside is the LMDB environment alone; blobs prove themselves.
  const bool embedded = is_embedded(settings);
  const std::filesystem::path store_path = settings.store.path / "lmdb";
  if (embedded) {
    if (const auto damage = LmdbStore::find_damage(store_path, store_settings(settings))) {
      if (auto done = set_aside("store", store_path, *damage); !done) return Unexpected(done.error());
    }
  }
  if (const auto damage = Journal::find_damage(settings.journal, map_octets)) {
    if (auto done = set_aside("journal", settings.journal, *damage); !done) return Unexpected(done.error());
  }
  Disks disks;
  if (embedded) {
    auto store = LmdbStore::open(store_path, store_settings(settings), clock);
    if (!store) return Unexpected(std::move(store).error());
    disks.store = std::move(*store);
  } else {
    auto store = open_engine(settings.store.etcd, clock);  // after the children that look for damage
    if (!store) return Unexpected(std::move(store).error());
    disks.store = std::move(*store);
  }
  auto blobs = DirectoryBlobStore::open(settings.store.path / "blobs");
  if (!blobs) return Unexpected(std::move(blobs).error());
  disks.blobs = std::move(*blobs);
  if (settings.blobs.any()) disks.remote = std::make_unique<RemoteBlobs>(*disks.blobs, settings.blobs, clock);
  auto journal = Journal::open(settings.journal, map_octets);
  if (!journal) return Unexpected(std::move(journal).error());
  disks.journal = std::move(*journal);
  disks.images = std::make_unique<ImageFiles>(settings.images);
  if (auto opened = disks.images->open(); !opened) return Unexpected(std::move(opened).error());
  return disks;
}

Result<void> mend_store(Archive& archive, const Journal& journal) {
  std::map<Name, VersionNumber> heads;
  const auto listed = archive.heads([&](const StoredVersion& stored, std::uint64_t) {
    heads[stored.version.zone] = stored.version.number;
  });
  if (!listed) return Unexpected(listed.error());
  std::vector<StoredVersion> lost;
  BatchLog batch(BatchLog::most_lines + 1);  // one line, however many
  const auto visited = journal.visit([&](const JournalEntry& entry) {
    const Version& taken = entry.current.version;
    const auto head = heads.find(taken.zone);
    if (head != heads.end() && head->second >= taken.number) return;
    batch.note("version put back into the store", taken.zone, taken.number, taken.serial,
               head == heads.end() ? "it had none that can be read" : "it had " + head->second.to_string());
    if (head == heads.end() && entry.previous) lost.push_back(*entry.previous);
    lost.push_back(entry.current);
  });
  if (!visited) return Unexpected(visited.error());
  if (lost.empty()) return {};
  const auto restored = archive.restore(lost);
  if (!restored) return Unexpected(restored.error());
  log::warn("store rebuilt from the journal", {{"versions", *restored}});
  return {};
}

}  // namespace doors
