#include "tests/support/faulty_store.h"

#include <utility>

namespace doors::test {

class FaultyStore::Watch final : public StoreWatch {
 public:
  Watch(FaultyStore& store, std::unique_ptr<StoreWatch> inner) : store_(store), inner_(std::move(inner)) {}

  Result<WatchBatch> take() override {
    if (broken_ || store_.happens(10)) {
      broken_ = true;
      return failure("the watch broke off");
    }
    if (forgot_ || store_.happens(10)) {
      forgot_ = true;
      return WatchBatch{true, {}};
    }
    auto batch = inner_->take();
    if (!batch || batch->compacted) return batch;
    WatchBatch given;
    std::vector<StoreEvent> held = std::exchange(held_, {});
    for (StoreEvent& event : batch->events) {
      if (store_.happens(4)) {
        held_.push_back(std::move(event));
        continue;
      }
      if (store_.happens(4)) given.events.push_back(event);
      given.events.push_back(std::move(event));
    }
    for (StoreEvent& event : held) given.events.push_back(std::move(event));  // behind what is newer
    return given;
  }

 private:
  FaultyStore& store_;
  std::unique_ptr<StoreWatch> inner_;
  std::vector<StoreEvent> held_;
  bool broken_ = false;
  bool forgot_ = false;
};

bool FaultyStore::happens(std::uint32_t in) const { return !calm_ && random_() % in == 0; }

Result<std::uint64_t> FaultyStore::list(std::string_view prefix, const Visitor& visit) const {
  if (!happens(8)) return MemoryStore::list(prefix, visit);
  (void)MemoryStore::list(prefix, [&, left = 2](const StoreEntry& entry) mutable {
    if (left-- > 0) visit(entry);
  });
  return failure("the store was lost in the middle of a listing");
}

Result<std::optional<Store::Value>> FaultyStore::get(std::string_view key) const {
  if (happens(8)) return failure("the store is lost");
  return MemoryStore::get(key);
}

Result<std::unique_ptr<StoreWatch>> FaultyStore::watch(std::string prefix, std::uint64_t from,
                                                       std::function<void()> wake) {
  if (happens(8)) return failure("the store is lost");
  auto inner = MemoryStore::watch(std::move(prefix), from, std::move(wake));
  if (!inner) return inner;
  return std::unique_ptr<StoreWatch>(std::make_unique<Watch>(*this, *std::move(inner)));
}

Result<TxnOutcome> FaultyStore::txn(const std::vector<StoreCompare>& compares,
                                    const std::vector<StorePut>& puts) {
  if (happens(2)) {
    for (const Late& late : std::exchange(late_, {})) (void)MemoryStore::txn(late.compares, late.puts);
  }
  if (happens(10)) return failure("the store is lost");
  if (happens(10)) return TxnOutcome{false, 0, true};
  if (happens(10)) {
    late_.push_back({compares, puts});
    return TxnOutcome{false, 0, true};
  }
  const auto outcome = MemoryStore::txn(compares, puts);
  if (!outcome) return outcome;
  if (happens(6)) return TxnOutcome{false, 0, true};
  if (happens(10)) return TxnOutcome{false, outcome->revision};
  return outcome;
}

}  // namespace doors::test
