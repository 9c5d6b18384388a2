#pragma once

#include <random>

#include "tests/support/memory_store.h"

namespace doors::test {

/// The worst of engines, by a seed: calls that fail; transactions whose outcome is not known, which were
/// done, not done or are done later; done ones that it says were not; watches that break off, forget, hold
/// changes back until newer ones have come, and give them twice. What it never does is to lose what it has
/// committed or to say so of what it has not. One thread.
class FaultyStore final : public MemoryStore {
 public:
  FaultyStore(const Clock& clock, std::uint32_t seed) : MemoryStore(clock), random_(seed) {}

  [[nodiscard]] Result<std::uint64_t> list(std::string_view prefix, const Visitor& visit) const override;
  [[nodiscard]] Result<std::optional<Value>> get(std::string_view key) const override;
  [[nodiscard]] Result<std::unique_ptr<StoreWatch>> watch(std::string prefix, std::uint64_t from,
                                                          std::function<void()> wake) override;
  [[nodiscard]] Result<TxnOutcome> txn(const std::vector<StoreCompare>& compares,
                                       const std::vector<StorePut>& puts) override;
  /// No faults for a while.
  void be_calm(bool calm) noexcept { calm_ = calm; }

 private:
  class Watch;
  struct Late {
    std::vector<StoreCompare> compares;
    std::vector<StorePut> puts;
  };
  /// True once in `in`, unless it is calm.
  [[nodiscard]] bool happens(std::uint32_t in) const;

  mutable std::minstd_rand random_;
  bool calm_ = false;
  std::vector<Late> late_;
};

}  // namespace doors::test
