#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sync/pop/node_record.h"
#include "sync/pop/status_board.h"
#include "zones/base/clock.h"

namespace doors {

/// The live nodes of the fleet, as they say of themselves, and who waits for what at them. Pure: time comes
/// in as an argument. One thread.
class FleetBoard {
 public:
  using Nodes = std::map<std::string, NodeRecord, std::less<>>;  ///< by key

  void set(NodeRecord record, Monotonic now);
  /// Its lease has ended.
  void remove(std::string_view key, Monotonic now);
  /// These are all there are.
  void replace(Nodes nodes, Monotonic now);
  [[nodiscard]] const Nodes& nodes() const noexcept { return nodes_; }

  struct Waiter {
    std::function<void(const NodeRecord&, const Receipt&)> receipt;  ///< once per node and zone
    std::function<void(bool complete)> end;  ///< once, last; complete: served by every node, and there is one
  };
  struct Wanted {
    Name zone;
    VersionNumber number;
    Serial serial{0};
  };
  using WaitId = std::uint64_t;
  /// Waits until every node that lives now has settled all up to that revision of the store, at which the
  /// last of the zones was put; or is gone; or until `deadline`. What is settled already is told inside the
  /// call. Gives 0 if there is nothing to wait for.
  WaitId wait(std::vector<Wanted> zones, std::uint64_t revision, Monotonic now, Monotonic deadline,
              Waiter waiter);
  void cancel(WaitId id) { waits_.erase(id); }
  /// Ends the waits whose deadline has come.
  void expire(Monotonic now);
  [[nodiscard]] Monotonic next_deadline() const noexcept;

 private:
  struct Wait {
    std::vector<Wanted> zones;
    std::uint64_t revision = 0;
    Monotonic started;
    Monotonic deadline;
    Nodes open;  ///< as they last were
    bool complete = true;
    Waiter waiter;
  };
  void tell(Wait& wait, const NodeRecord& node, const std::string& failed, Monotonic now) const;
  bool look(Wait& wait, Monotonic now) const;
  void look_at_all(Monotonic now);

  Nodes nodes_;
  std::map<WaitId, Wait> waits_;
  WaitId last_id_ = 0;
};

}  // namespace doors
