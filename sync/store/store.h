#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/clock.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"

namespace doors {

/// One key of a store, borrowed for the length of a visit.
struct StoreEntry {
  std::string_view key;
  Octets value;
  std::uint64_t revision = 0;  ///< of the transaction that put it
};

/// What a transaction wants to be so: `key` was last put at `revision`; 0: `key` is not there.
struct StoreCompare {
  std::string key;
  std::uint64_t revision = 0;
};

using LeaseId = std::uint64_t;  ///< 0: no lease

/// One change of a transaction.
struct StorePut {
  std::string key;
  std::optional<std::vector<std::byte>> value;  ///< nothing: the key is deleted
  LeaseId lease = 0;                            ///< the key goes when this lease ends
};

struct TxnOutcome {
  bool committed = false;      ///< false: a compare did not hold, and nothing has changed
  std::uint64_t revision = 0;  ///< of this transaction, or the store's when it was not committed
  bool unknown = false;        ///< the store was lost before it said: it may be committed, now or even later
};

/// What one transaction can hold at most.
struct TxnLimits {
  std::size_t puts = SIZE_MAX;    ///< and compares
  std::size_t octets = SIZE_MAX;  ///< of keys and values together
};

/// Whether the store can be reached, as far as the last calls have shown.
struct StoreState {
  bool reachable = true;
  Monotonic since{};           ///< when that began
  std::string reason;          ///< why it cannot be reached
  std::uint64_t revision = 0;  ///< the newest seen
};

/// One change seen by a watch.
struct StoreEvent {
  std::string key;
  std::optional<std::vector<std::byte>> value;  ///< nothing: deleted
  std::uint64_t revision = 0;
};

/// Changes since the last take(), by ascending revision. Never a part of one revision without the rest,
/// except that a change which a later one of the same key has overtaken may be left out.
struct WatchBatch {
  bool compacted = false;  ///< the store no longer has all that was asked for: list again, watch from there
  std::vector<StoreEvent> events;
};

/// One watch; it ends with this object, which must not outlive its store. One thread.
class StoreWatch {
 public:
  StoreWatch() = default;
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;
  virtual ~StoreWatch() = default;
  /// What has happened; no events when nothing has. After `compacted` or an error it stays so.
  [[nodiscard]] virtual Result<WatchBatch> take() = 0;
};

/// Where zone versions lie between publisher and PoPs: small values under ordered keys, changed by
/// transactions, each of which that changes something raises the store's revision by one; others who share
/// the store may raise it too. It is trusted with nothing: what it holds is signed. Every implementation
/// passes tests/sync/store/conformance.h. Durable: what txn() has committed survives any crash. Any thread,
/// except where said.
class Store {
 public:
  static constexpr std::size_t max_key_octets = 480;

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  using Visitor = std::function<void(const StoreEntry&)>;
  /// Visits every key that begins with `prefix`, in the order of its octets, all as of one revision, which it
  /// gives. A value that is damaged is not visited; damaged() counts it. After an error some may have been.
  [[nodiscard]] virtual Result<std::uint64_t> list(std::string_view prefix, const Visitor& visit) const = 0;

  struct Value {
    std::vector<std::byte> octets;
    std::uint64_t revision = 0;
  };
  /// One key; nothing if it is not there. Error: the value is damaged, or the store cannot be read.
  [[nodiscard]] virtual Result<std::optional<Value>> get(std::string_view key) const = 0;

  /// Changes at revision `from` and later of keys that begin with `prefix`. `wake` is called (any thread,
  /// must be quick, and not after the watch is gone) whenever take() may have something new.
  [[nodiscard]] virtual Result<std::unique_ptr<StoreWatch>> watch(std::string prefix, std::uint64_t from,
                                                                  std::function<void()> wake) = 0;

  /// All puts or none: if every compare holds. No key may be put twice. Error: nothing was done, and why;
  /// that it is not known what was done is the outcome `unknown` (certain_txn.h finds out).
  [[nodiscard]] virtual Result<TxnOutcome> txn(const std::vector<StoreCompare>& compares,
                                               const std::vector<StorePut>& puts) = 0;

  /// A lease that ends, and with it its keys, unless kept alive once per `ttl`.
  [[nodiscard]] virtual Result<LeaseId> grant(std::chrono::milliseconds ttl) = 0;
  /// Error: it has ended.
  [[nodiscard]] virtual Result<void> keep_alive(LeaseId lease) = 0;
  [[nodiscard]] virtual Result<void> revoke(LeaseId lease) = 0;

  /// The newest revision. Where it begins is the store's affair.
  [[nodiscard]] virtual Result<std::uint64_t> revision() const = 0;
  /// Damaged values met since the start.
  [[nodiscard]] virtual std::uint64_t damaged() const noexcept = 0;
  [[nodiscard]] virtual TxnLimits limits() const noexcept = 0;
  /// Never waits.
  [[nodiscard]] virtual StoreState state() const = 0;
};

}  // namespace doors
