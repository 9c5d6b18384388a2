#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sync/pop/archive.h"
#include "sync/pop/journal.h"
#include "sync/pop/publisher.h"
#include "sync/store/lmdb/lmdb_store.h"
#include "sync/trust/bundle.h"
#include "zones/base/clock.h"
#include "zones/content/content.h"

namespace doors {

/// The zone text of `serial` and as many hosts, each with an address; `text` behind it. Ends the test when it
/// is wrong.
Content content_of(std::string_view zone, std::uint32_t serial, int hosts = 3, std::string_view text = "");

/// What a publisher does with content: compress, describe, number. `after` is the version it follows.
struct Draft {
  Version version;
  Frames frames;
};
Draft draft_of(const Content& content, const StoredVersion* after = nullptr,
               VersionKind kind = VersionKind::push);
/// A tombstone after `after`.
Draft tombstone_of(const StoredVersion& after);

/// An empty directory of that name below the test's own.
std::filesystem::path fresh_directory(const std::string& name);

/// Stores, journal and a publisher's key in an empty directory below the test's own; removed with it.
class World {
 public:
  explicit World(const std::string& name);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Signs drafts as one push.
  [[nodiscard]] std::vector<std::byte> bundle_of(const std::vector<Draft>& drafts) const {
    return bundle_of(drafts, key);
  }
  [[nodiscard]] static std::vector<std::byte> bundle_of(const std::vector<Draft>& drafts,
                                                        const PrivateKey& by);
  /// Signs and publishes; what came of it.
  PublishReport publish(const std::vector<Draft>& drafts, const std::string& force = "");
  /// The same, and it must go through; gives the revision.
  std::uint64_t must_publish(const std::vector<Draft>& drafts);
  /// Publishes the next version of a zone, with that serial, and gives its head.
  StoredVersion push(std::string_view zone, std::uint32_t serial, int hosts = 3);
  [[nodiscard]] StoredVersion head(std::string_view zone) const;
  /// Store and blobs are empty from now on.
  void lose_store();
  /// All heads, as a watcher would give them at first.
  [[nodiscard]] std::vector<StoredVersion> heads() const;

  const std::filesystem::path directory;
  ManualClock clock;
  PrivateKey key;
  Policy policy;
  std::unique_ptr<LmdbStore> store;
  std::unique_ptr<DirectoryBlobStore> blobs;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Archive> archive;

 private:
  void open_store();
};

inline constexpr std::uint32_t history_in_tests = 10;

}  // namespace doors
