#include "tests/support/memory_store.h"

#include <algorithm>
#include <utility>

namespace doors::test {

class MemoryStore::Watch final : public StoreWatch {
 public:
  Watch(MemoryStore& store, std::string prefix, std::uint64_t from, std::function<void()> woken)
      : wake(std::move(woken)), store_(store), prefix_(std::move(prefix)), next_(from) {
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
    const std::scoped_lock lock(store_.mutex_);
    store_.end_leases();
    WatchBatch batch;
    batch.compacted = next_ <= store_.forgotten_;
    if (batch.compacted) return batch;
    for (const StoreEvent& event : store_.changes_) {
      if (event.revision >= next_ && event.key.starts_with(prefix_)) batch.events.push_back(event);
    }
    next_ = std::max(next_, store_.revision_ + 1);
    return batch;
  }

  const std::function<void()> wake;

 private:
  MemoryStore& store_;
  const std::string prefix_;
  std::uint64_t next_;
};

MemoryStore::~MemoryStore() = default;

Result<std::uint64_t> MemoryStore::list(std::string_view prefix, const Visitor& visit) const {
  const std::scoped_lock lock(mutex_);
  end_leases();
  for (auto at = data_.lower_bound(prefix); at != data_.end() && at->first.starts_with(prefix); ++at) {
    visit({at->first, at->second.octets, at->second.revision});
  }
  return revision_;
}

Result<std::optional<Store::Value>> MemoryStore::get(std::string_view key) const {
  const std::scoped_lock lock(mutex_);
  end_leases();
  const auto found = data_.find(key);
  if (found == data_.end()) return std::optional<Value>();
  return std::optional<Value>(Value{found->second.octets, found->second.revision});
}

Result<std::unique_ptr<StoreWatch>> MemoryStore::watch(std::string prefix, std::uint64_t from,
                                                       std::function<void()> wake) {
  return std::unique_ptr<StoreWatch>(new Watch(*this, std::move(prefix), from, std::move(wake)));
}

Result<TxnOutcome> MemoryStore::txn(const std::vector<StoreCompare>& compares,
                                    const std::vector<StorePut>& puts) {
  TxnOutcome outcome;
  {
    const std::scoped_lock lock(mutex_);
    end_leases();
    std::set<std::string_view> keys;
    std::size_t octets = 0;
    for (const StorePut& put : puts) {
      if (put.key.empty() || put.key.size() > max_key_octets) return failure("a key of a bad length");
      if (!keys.insert(put.key).second) return failure("a key put twice");
      if (put.lease != 0 && !leases_.contains(put.lease)) return failure("the lease has ended");
      octets += put.key.size() + (put.value ? put.value->size() : 0);
    }
    if (std::max(puts.size(), compares.size()) > limits_.puts || octets > limits_.octets)
      return failure("too large a transaction");
    for (const StoreCompare& compare : compares) {
      const auto found = data_.find(compare.key);
      if ((found == data_.end() ? 0 : found->second.revision) != compare.revision)
        return TxnOutcome{false, revision_};
    }
    apply(puts);
    outcome = {true, revision_};
  }
  wake_watches();
  return outcome;
}

void MemoryStore::apply(const std::vector<StorePut>& puts) const {
  ++revision_;
  for (const StorePut& put : puts) {
    if (put.value) {
      data_[put.key] = {*put.value, revision_, put.lease};
    } else if (data_.erase(put.key) == 0) {
      continue;
    }
    changes_.push_back({put.key, put.value, revision_});
  }
}

void MemoryStore::end_leases() const {
  std::vector<StorePut> deletions;
  const Monotonic now = clock_.monotonic();
  std::erase_if(leases_, [&](const auto& lease) { return lease.second.ends <= now; });
  for (const auto& [key, stored] : data_) {
    if (stored.lease != 0 && !leases_.contains(stored.lease)) deletions.push_back({key, std::nullopt, 0});
  }
  if (!deletions.empty()) apply(deletions);
}

void MemoryStore::wake_watches() const {
  const std::scoped_lock lock(watches_mutex_);
  for (const Watch* watch : watches_) watch->wake();
}

Result<LeaseId> MemoryStore::grant(std::chrono::milliseconds ttl) {
  const std::scoped_lock lock(mutex_);
  leases_[++last_lease_] = {ttl, clock_.monotonic() + ttl};
  return last_lease_;
}

Result<void> MemoryStore::keep_alive(LeaseId lease) {
  const std::scoped_lock lock(mutex_);
  end_leases();
  const auto found = leases_.find(lease);
  if (found == leases_.end()) return failure("the lease has ended");
  found->second.ends = clock_.monotonic() + found->second.ttl;
  return {};
}

Result<void> MemoryStore::revoke(LeaseId lease) {
  {
    const std::scoped_lock lock(mutex_);
    leases_.erase(lease);
    end_leases();
  }
  wake_watches();
  return {};
}

Result<std::uint64_t> MemoryStore::revision() const {
  const std::scoped_lock lock(mutex_);
  return revision_;
}

void MemoryStore::forget() {
  const std::scoped_lock lock(mutex_);
  changes_.clear();
  forgotten_ = revision_;
}

}  // namespace doors::test
