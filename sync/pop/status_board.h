#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sync/trust/version.h"
#include "zones/base/clock.h"
#include "zones/dns/name.h"

namespace doors {

enum class ServiceState : std::uint8_t {
  pending,  ///< known, not yet proved at the service addresses
  served,   ///< asked there and found
  failed,   ///< given up, for now; the version before is served on
};
[[nodiscard]] std::string_view to_string(ServiceState state) noexcept;

/// What this node does with the newest version it knows of one zone.
struct StatusRow {
  VersionNumber number;
  Serial serial{0};
  VersionKind kind = VersionKind::push;
  ServiceState state = ServiceState::pending;
  std::string reason;   ///< of `failed`, or what `pending` waits for
  Monotonic announced;  ///< when this node first knew of the version
  Monotonic since;      ///< when the state was last changed
};

/// One line of an answer to `wait`.
struct Receipt {
  Name zone;
  VersionNumber number;
  Serial serial{0};
  bool served = false;
  bool held = false;  ///< not served, and is not to be yet (sync/fleet/plan.h)
  std::string reason;
  std::chrono::milliseconds elapsed{0};  ///< from knowing of the version to this
};

/// The state of every zone on this node, and who waits for which. Pure: time comes in as an argument. One
/// thread.
class StatusBoard {
 public:
  /// A version is known: pending, unless a higher one is known already or it is this one.
  void announce(NameView zone, VersionNumber number, Serial serial, VersionKind kind, Monotonic now);
  /// What became of a version; nothing if a higher one is known. Tells those who wait.
  void settle(NameView zone, VersionNumber number, ServiceState state, std::string reason, Monotonic now);
  /// Calls `told` for each version that gets a state; none: nobody any more. One listener.
  void on_change(std::function<void(const Name&, const StatusRow&)> told) { told_ = std::move(told); }
  /// Null if the zone is not known.
  [[nodiscard]] const StatusRow* find(NameView zone) const;
  [[nodiscard]] const std::map<Name, StatusRow>& rows() const noexcept { return rows_; }

  struct Waiter {
    std::function<void(const Receipt&)> receipt;  ///< once per zone
    std::function<void(bool complete)> end;       ///< once, last; complete: every zone is served
  };
  using WaitId = std::uint64_t;
  /// Waits until each zone has settled at that version or a later one, or until `deadline`; whatever has
  /// settled already is told inside the call. Gives 0 if there is nothing left to wait for.
  WaitId wait(const std::vector<std::pair<Name, VersionNumber>>& zones, Monotonic now, Monotonic deadline,
              Waiter waiter);
  /// Forgets a waiter without telling it.
  void cancel(WaitId id) { waits_.erase(id); }
  /// Ends the waits whose deadline has come: what is still open gets a failed receipt, with `reason` or what
  /// its row waits for.
  void expire(Monotonic now, std::string_view reason);
  /// The next deadline; Monotonic::max() if nobody waits.
  [[nodiscard]] Monotonic next_deadline() const noexcept;

 private:
  struct Wait {
    std::map<Name, VersionNumber> open;
    Monotonic started;
    Monotonic deadline;
    bool complete = true;
    Waiter waiter;
  };
  static bool tell(Wait& wait, const Name& zone, const StatusRow& row);

  std::map<Name, StatusRow> rows_;
  std::function<void(const Name&, const StatusRow&)> told_;
  std::map<WaitId, Wait> waits_;
  WaitId last_id_ = 0;
};

}  // namespace doors
