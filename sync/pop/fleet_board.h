#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sync/fleet/plan.h"
#include "sync/pop/node_record.h"
#include "sync/pop/status_board.h"
#include "zones/base/clock.h"

namespace doors {

/// The live nodes of the fleet, as they say of themselves, and who waits for what at them. Pure: time comes
/// in as an argument. One thread.
class FleetBoard {
 public:
  using Nodes = std::map<std::string, NodeRecord, std::less<>>;  ///< by key

  /// A node whose lease has ended, as it last was.
  struct Gone {
    NodeRecord record;
    Monotonic since;
  };
  /// They are remembered for a day, some of them.
  static constexpr std::chrono::hours remember_gone{24};
  static constexpr std::size_t most_gone = 1000;

  void set(NodeRecord record, Monotonic now);
  /// Its lease has ended.
  void remove(std::string_view key, Monotonic now);
  /// These are all there are.
  void replace(Nodes nodes, Monotonic now);
  /// Whether replace() was ever called: before, nobody knows who lives.
  [[nodiscard]] bool is_listed() const noexcept { return listed_; }
  [[nodiscard]] const Nodes& nodes() const noexcept { return nodes_; }
  [[nodiscard]] const std::map<std::string, Gone, std::less<>>& gone() const noexcept { return gone_; }

  struct Waiter {
    std::function<void(const NodeRecord&, const Receipt&)> receipt;  ///< once per node and zone
    std::function<void(bool complete)> end;  ///< once, last; complete: served by every node, and there is one
  };
  struct Wanted {
    Name zone;
    VersionNumber number;
    Serial serial{0};
    std::uint32_t stage = 0;
    bool goes_back = false;
  };
  using WaitId = std::uint64_t;
  /// Waits until every node that lives now has settled all up to that revision of the store, at which the
  /// last of the zones was put, and the plan that lets it take them; or is gone; or until `deadline`. What a
  /// node is not to take by `plan`, or by its delay, is told as held, and nobody waits for it. What is
  /// settled already is told inside the call. Gives 0 if there is nothing to wait for.
  WaitId wait(std::vector<Wanted> zones, std::uint64_t revision, FleetPlan plan, Monotonic now,
              Monotonic deadline, Waiter waiter);
  void cancel(WaitId id) { waits_.erase(id); }
  /// Ends the waits whose deadline has come.
  void expire(Monotonic now);
  [[nodiscard]] Monotonic next_deadline() const noexcept;

 private:
  struct Wait {
    std::vector<Wanted> zones;
    std::uint64_t revision = 0;
    FleetPlan plan;
    Monotonic started;
    Monotonic deadline;
    Nodes open;  ///< as they last were
    bool complete = true;
    Waiter waiter;
  };
  void take_away(Nodes::iterator node, Monotonic now);
  void tell(Wait& wait, const NodeRecord& node, const std::string& failed, Monotonic now) const;
  bool look(Wait& wait, Monotonic now) const;
  void look_at_all(Monotonic now);

  Nodes nodes_;
  bool listed_ = false;
  std::map<std::string, Gone, std::less<>> gone_;
  std::map<WaitId, Wait> waits_;
  WaitId last_id_ = 0;
};

}  // namespace doors
