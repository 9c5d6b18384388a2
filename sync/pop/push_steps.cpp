#include "sync/pop/push_steps.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "sync/store/certain_txn.h"
#include "zones/base/log.h"

namespace doors {
namespace {

/// What a key, a compare or an operation takes besides its octets.
constexpr std::size_t overhead_octets = 64;

std::size_t octets_of_put(const StorePut& put) {
  return overhead_octets + put.key.size() + (put.value ? put.value->size() : 0);
}

/// How much of a transaction is full.
struct Load {
  std::size_t puts = 0;
  std::size_t octets = 0;
  Load& operator+=(const Load& other) {
    puts += other.puts;
    octets += other.octets;
    return *this;
  }
  [[nodiscard]] bool fits(TxnLimits limits) const noexcept {
    return puts <= limits.puts && octets <= limits.octets;
  }
};

Load load_of(const std::vector<StorePut>& puts) {
  Load load{puts.size(), 0};
  for (const StorePut& put : puts) load.octets += octets_of_put(put);
  return load;
}

void move_to(std::vector<StorePut>& to, std::vector<StorePut>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

Result<TxnOutcome> PushSteps::commit_at_once(Store& store) {
  std::vector<StoreCompare> compares;
  std::vector<StorePut> puts;
  for (Zone& zone : zones_) {
    std::ranges::move(zone.compares, std::back_inserter(compares));
    for (auto* part : {&zone.before, &zone.puts, &zone.after}) move_to(puts, *part);
  }
  return certain_txn(store, compares, puts, pause_between_tries);
}

Result<void> PushSteps::put_all(Store& store, std::vector<StorePut> Zone::*puts) const {
  std::vector<StorePut> some;
  Load load;
  const auto flush = [&]() -> Result<void> {
    load = {};
    const auto outcome = store.txn({}, std::exchange(some, {}));  // may be done twice, so need not be certain
    if (!outcome) return Unexpected(outcome.error());
    if (outcome->unknown) return failure("the store was lost");
    return {};
  };
  for (const Zone& zone : zones_) {
    for (const StorePut& put : zone.*puts) {
      Load with = load;
      with += {1, octets_of_put(put)};
      if (!some.empty() && !with.fits(limits_)) {
        if (auto done = flush(); !done) return done;
      }
      load += {1, octets_of_put(put)};
      some.push_back(put);
    }
  }
  return some.empty() ? Result<void>() : flush();
}

Result<TxnOutcome> PushSteps::commit(Store& store) && {
  Load all;
  for (const Zone& zone : zones_) {
    for (const auto* part : {&zone.before, &zone.puts, &zone.after}) all += load_of(*part);
  }
  if (all.fits(limits_)) return commit_at_once(store);

  if (auto put = put_all(store, &Zone::before); !put) return Unexpected(std::move(put).error());
  TxnOutcome last;
  for (std::size_t published = 0; published < zones_.size();) {
    std::vector<StoreCompare> compares;
    std::vector<StorePut> puts;
    Load load;
    std::size_t end = published;
    for (; end < zones_.size(); ++end) {
      Load with = load;
      with += load_of(zones_[end].puts);
      if (end > published && !with.fits(limits_)) break;
      load = with;
      compares.insert(compares.end(), zones_[end].compares.begin(), zones_[end].compares.end());
      move_to(puts, zones_[end].puts);
    }
    const auto outcome = certain_txn(store, compares, puts, pause_between_tries);
    if (!outcome || !outcome->committed) {
      if (published == 0) return outcome;
      const std::string why = !outcome           ? outcome.error().message
                              : outcome->unknown ? "the store was lost"
                                                 : "another push came in between";
      return failure(std::to_string(published) + " of " + std::to_string(zones_.size()) +
                     " zones are published, then: " + why + "; push again for the rest");
    }
    last = *outcome;
    published = end;
  }
  if (auto trimmed = put_all(store, &Zone::after); !trimmed) {
    // They are in nobody's way, and the next push of these zones tries again.
    log::warn("history not trimmed", {{"reason", trimmed.error().message}});
  }
  return last;
}

}  // namespace doors
