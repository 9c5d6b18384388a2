#include "sync/store/lmdb/lmdb_store.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "zones/base/sha256.h"

namespace doors {
namespace {

enum : lmdb::Database { data, changes, leased, meta };
constexpr std::size_t header_octets = 32 + 8 + 4 + 8;
constexpr std::byte change_put{1};
constexpr std::byte change_deleted{0};
/// Deletions are trimmed in strides, so that not every transaction looks for some.
constexpr std::uint64_t compaction_stride = 256;

lmdb::Settings lmdb_settings(const LmdbStore::Settings& settings) {
  return {{"data", "changes", "leased", "meta"}, settings.map_octets};
}

/// A value of `data`, taken apart; borrowed.
struct Stored {
  std::uint64_t revision = 0;
  std::uint32_t place = 0;
  LeaseId lease = 0;
  Octets value;
};

Sha256 checksum(Octets key, Octets rest) { return Sha256Stream().update(key).update(rest).finish(); }

/// Nothing if the checksum does not fit.
std::optional<Stored> read_stored(Octets key, Octets octets) {
  if (octets.size() < header_octets) return std::nullopt;
  const Sha256 sum = checksum(key, octets.subspan(32));
  if (std::memcmp(sum.data(), octets.data(), sum.size()) != 0) return std::nullopt;
  const std::byte* at = octets.data();
  return Stored{load_u64(at + 32), load_u32(at + 40), load_u64(at + 44), octets.subspan(header_octets)};
}

std::vector<std::byte> stored_octets(Octets key, const Stored& stored) {
  std::vector<std::byte> octets(header_octets + stored.value.size());
  store_u64(octets.data() + 32, stored.revision);
  store_u32(octets.data() + 40, stored.place);
  store_u64(octets.data() + 44, stored.lease);
  std::ranges::copy(stored.value, octets.begin() + header_octets);
  std::ranges::copy(checksum(key, Octets(octets).subspan(32)), octets.begin());
  return octets;
}

std::array<std::byte, 12> change_key(std::uint64_t revision, std::uint32_t place) {
  std::array<std::byte, 12> key{};
  store_u64(key.data(), revision);
  store_u32(key.data() + 8, place);
  return key;
}

std::array<std::byte, 8> u64_octets(std::uint64_t value) {
  std::array<std::byte, 8> octets{};
  store_u64(octets.data(), value);
  return octets;
}

Result<std::uint64_t> read_meta(const lmdb::Transaction& txn, std::string_view name) {
  const auto found = txn.get(meta, octets_of(name));
  if (!found) return Unexpected(found.error());
  if (!*found) return std::uint64_t{0};
  if ((*found)->size() != 8) return failure("the store's " + std::string(name) + " is damaged");
  return load_u64((*found)->data());
}

}  // namespace

/// Reads `changes` from where it stands. Its mutex keeps wake() from being called once it is gone.
class LmdbStore::Watch final : public StoreWatch {
 public:
  Watch(LmdbStore& store, std::string prefix, std::uint64_t from, std::function<void()> on_change)
      : wake(std::move(on_change)),
        store_(store),
        prefix_(std::move(prefix)),
        next_(std::max<std::uint64_t>(from, 1)) {
    const std::scoped_lock lock(store_.watches_mutex_);
    store_.watches_.insert(this);
  }
  ~Watch() override {
    const std::scoped_lock lock(store_.watches_mutex_);
    store_.watches_.erase(this);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  Result<WatchBatch> take() override {
    if (auto expired = store_.expire_leases(); !expired) return Unexpected(std::move(expired).error());
    auto txn = store_.environment_->read();
    if (!txn) return Unexpected(std::move(txn).error());
    const auto compacted = read_meta(*txn, "compacted");
    const auto revision = read_meta(*txn, "revision");
    if (!compacted || !revision) return Unexpected(compacted ? revision.error() : compacted.error());
    WatchBatch batch;
    if (next_ <= *compacted) {
      batch.compacted = true;
      return batch;
    }
    std::optional<Error> wrong;
    const auto visited = txn->visit(changes, change_key(next_, 0), [&](Octets at, Octets change) {
      if (at.size() != 12 || change.empty()) return true;
      const Octets key = change.subspan(1);
      if (!text_of(key).starts_with(prefix_)) return true;
      StoreEvent event{std::string(text_of(key)), std::nullopt, load_u64(at.data())};
      if (change[0] == change_put) {
        const auto found = txn->get(data, key);
        if (!found) {
          wrong = found.error();
          return false;
        }
        const auto stored = *found ? read_stored(key, **found) : std::nullopt;
        if (!stored) {
          ++store_.damaged_;
          return true;
        }
        event.value.emplace(stored->value.begin(), stored->value.end());
      }
      batch.events.push_back(std::move(event));
      return true;
    });
    if (wrong) return Unexpected(*std::move(wrong));
    if (!visited) return Unexpected(visited.error());
    next_ = *revision + 1;
    return batch;
  }

  const std::function<void()> wake;

 private:
  LmdbStore& store_;
  const std::string prefix_;
  std::uint64_t next_;
};

LmdbStore::LmdbStore(std::unique_ptr<lmdb::Environment> environment, const Settings& settings,
                     const Clock& clock) noexcept
    : environment_(std::move(environment)), settings_(settings), clock_(clock) {}

LmdbStore::~LmdbStore() = default;

Result<std::unique_ptr<LmdbStore>> LmdbStore::open(const std::filesystem::path& directory,
                                                   const Settings& settings, const Clock& clock) {
  auto environment = lmdb::Environment::open(directory, lmdb_settings(settings));
  if (!environment) return Unexpected(std::move(environment).error());
  std::unique_ptr<LmdbStore> store(new LmdbStore(std::move(*environment), settings, clock));
  if (auto deleted = store->delete_leased({}, true); !deleted) return Unexpected(std::move(deleted).error());
  return store;
}

std::optional<std::string> LmdbStore::find_damage(const std::filesystem::path& directory,
                                                  const Settings& settings) {
  return lmdb::find_damage(directory, lmdb_settings(settings),
                           [](lmdb::Database database, Octets key, Octets value) {
                             switch (database) {
                               case data:
                                 return read_stored(key, value).has_value();
                               case changes:
                                 return key.size() == 12 && !value.empty();
                               default:
                                 return value.size() == 8;
                             }
                           });
}

Result<std::uint64_t> LmdbStore::list(std::string_view prefix, const Visitor& visit) const {
  if (auto expired = expire_leases(); !expired) return Unexpected(std::move(expired).error());
  auto txn = environment_->read();
  if (!txn) return Unexpected(std::move(txn).error());
  const auto revision = read_meta(*txn, "revision");
  if (!revision) return revision;
  const auto visited = txn->visit(data, octets_of(prefix), [&](Octets key, Octets octets) {
    if (!text_of(key).starts_with(prefix)) return false;
    if (const auto stored = read_stored(key, octets)) {
      visit({text_of(key), stored->value, stored->revision});
    } else {
      ++damaged_;
    }
    return true;
  });
  if (!visited) return Unexpected(visited.error());
  return revision;
}

Result<std::optional<Store::Value>> LmdbStore::get(std::string_view key) const {
  if (auto expired = expire_leases(); !expired) return Unexpected(std::move(expired).error());
  auto txn = environment_->read();
  if (!txn) return Unexpected(std::move(txn).error());
  const auto found = txn->get(data, octets_of(key));
  if (!found) return Unexpected(found.error());
  if (!*found) return std::optional<Value>();
  const auto stored = read_stored(octets_of(key), **found);
  if (!stored) {
    ++damaged_;
    return failure("a value of the store is damaged");
  }
  return std::optional<Value>(Value{{stored->value.begin(), stored->value.end()}, stored->revision});
}

Result<std::unique_ptr<StoreWatch>> LmdbStore::watch(std::string prefix, std::uint64_t from,
                                                     std::function<void()> wake) {
  return std::unique_ptr<StoreWatch>(new Watch(*this, std::move(prefix), from, std::move(wake)));
}

Result<TxnOutcome> LmdbStore::txn(const std::vector<StoreCompare>& compares,
                                  const std::vector<StorePut>& puts) {
  if (auto expired = expire_leases(); !expired) return Unexpected(std::move(expired).error());
  std::set<std::string_view> keys;
  for (const StorePut& put : puts) {
    if (put.key.empty() || put.key.size() > max_key_octets) return failure("a store key of a bad length");
    if (!keys.insert(put.key).second) return failure("a store key put twice in one transaction");
    if (put.lease != 0) {
      const std::scoped_lock lock(leases_mutex_);
      if (!leases_.contains(put.lease)) return failure("the lease has ended");
    }
  }
  return write(compares, puts);
}

Result<TxnOutcome> LmdbStore::write(const std::vector<StoreCompare>& compares,
                                    const std::vector<StorePut>& puts) const {
  auto txn = environment_->write();
  if (!txn) return Unexpected(std::move(txn).error());
  const auto before = read_meta(*txn, "revision");
  if (!before) return Unexpected(before.error());
  for (const StoreCompare& compare : compares) {
    const auto found = txn->get(data, octets_of(compare.key));
    if (!found) return Unexpected(found.error());
    // A damaged value compares by nothing, so it counts as not there and can be put anew.
    const auto stored = *found ? read_stored(octets_of(compare.key), **found) : std::nullopt;
    if ((stored ? stored->revision : 0) != compare.revision) return TxnOutcome{false, *before};
  }
  const std::uint64_t revision = *before + 1;
  std::uint32_t place = 0;
  for (const StorePut& put : puts) {
    const Octets key = octets_of(put.key);
    const auto found = txn->get(data, key);
    if (!found) return Unexpected(found.error());
    if (!*found && !put.value) continue;  // nothing to delete
    if (*found) {
      if (const auto stored = read_stored(key, **found)) {
        if (auto done = txn->erase(changes, change_key(stored->revision, stored->place)); !done) {
          return Unexpected(std::move(done).error());
        }
      }
    }
    std::vector<std::byte> change{put.value ? change_put : change_deleted};
    change.insert(change.end(), key.begin(), key.end());
    Result<void> done = txn->put(changes, change_key(revision, place), change);
    if (done) {
      done = put.value ? txn->put(data, key, stored_octets(key, {revision, place, put.lease, *put.value}))
                       : txn->erase(data, key);
    }
    if (done) done = put.lease != 0 ? txn->put(leased, key, u64_octets(put.lease)) : txn->erase(leased, key);
    if (!done) return Unexpected(std::move(done).error());
    ++place;
  }
  if (auto done = txn->put(meta, octets_of("revision"), u64_octets(revision)); !done) {
    return Unexpected(std::move(done).error());
  }
  if (revision % compaction_stride == 0) {
    if (auto done = compact(*txn, revision); !done) return Unexpected(std::move(done).error());
  }
  if (auto done = txn->commit(); !done) return Unexpected(std::move(done).error());
  wake_watches();
  return TxnOutcome{true, revision};
}

Result<void> LmdbStore::compact(lmdb::Transaction& txn, std::uint64_t revision) const {
  if (revision <= settings_.kept_revisions) return {};
  const std::uint64_t until = revision - settings_.kept_revisions;
  std::vector<std::array<std::byte, 12>> old;
  const auto visited = txn.visit(changes, {}, [&](Octets at, Octets change) {
    if (at.size() != 12 || load_u64(at.data()) > until) return false;
    if (!change.empty() && change[0] == change_deleted) {
      old.push_back(change_key(load_u64(at.data()), load_u32(at.data() + 8)));
    }
    return true;
  });
  if (!visited) return visited;
  if (old.empty()) return {};
  for (const auto& key : old) {
    if (auto done = txn.erase(changes, key); !done) return done;
  }
  return txn.put(meta, octets_of("compacted"), u64_octets(until));
}

void LmdbStore::wake_watches() const {
  const std::scoped_lock lock(watches_mutex_);
  for (const Watch* watch : watches_) watch->wake();
}

Result<LeaseId> LmdbStore::grant(std::chrono::milliseconds ttl) {
  const std::scoped_lock lock(leases_mutex_);
  leases_[++last_lease_] = {ttl, clock_.monotonic() + ttl};
  return last_lease_;
}

Result<void> LmdbStore::keep_alive(LeaseId lease) {
  if (auto expired = expire_leases(); !expired) return expired;
  const std::scoped_lock lock(leases_mutex_);
  const auto found = leases_.find(lease);
  if (found == leases_.end()) return failure("the lease has ended");
  found->second.ends = clock_.monotonic() + found->second.ttl;
  return {};
}

Result<void> LmdbStore::revoke(LeaseId lease) {
  {
    const std::scoped_lock lock(leases_mutex_);
    leases_.erase(lease);
  }
  return delete_leased({lease}, false);
}

Result<void> LmdbStore::expire_leases() const {
  std::set<LeaseId> ended;
  {
    const std::scoped_lock lock(leases_mutex_);
    if (leases_.empty()) return {};
    const Monotonic now = clock_.monotonic();
    std::erase_if(leases_, [&](const auto& entry) {
      if (entry.second.ends > now) return false;
      ended.insert(entry.first);
      return true;
    });
  }
  return ended.empty() ? Result<void>() : delete_leased(ended, false);
}

Result<void> LmdbStore::delete_leased(const std::set<LeaseId>& ended, bool all) const {
  std::vector<StorePut> deletions;
  {
    auto txn = environment_->read();
    if (!txn) return Unexpected(std::move(txn).error());
    const auto visited = txn->visit(leased, {}, [&](Octets key, Octets lease) {
      if (all || (lease.size() == 8 && ended.contains(load_u64(lease.data())))) {
        deletions.push_back({std::string(text_of(key)), std::nullopt, 0});
      }
      return true;
    });
    if (!visited) return visited;
  }
  if (deletions.empty()) return {};
  const auto done = write({}, deletions);
  return done ? Result<void>() : Result<void>(Unexpected(done.error()));
}

Result<std::uint64_t> LmdbStore::revision() const {
  auto txn = environment_->read();
  if (!txn) return Unexpected(std::move(txn).error());
  return read_meta(*txn, "revision");
}

}  // namespace doors
