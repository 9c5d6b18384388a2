#include "sync/pop/fleet_board.h"

#include <algorithm>
#include <utility>

namespace doors {
namespace {

/// Why a node is not to take a version; empty: it is.
std::string held_back(const FleetPlan& plan, const NodeRecord& node, const FleetBoard::Wanted& wanted) {
  const Hold hold =
      hold_of(plan, node.who(),
              {wanted.zone, wanted.number.epoch, wanted.number.seq, wanted.stage, wanted.goes_back});
  if (hold != Hold::none) return std::string(to_string(hold));
  return node.delay.count() > 0 ? "delayed" : "";
}

}  // namespace

void FleetBoard::set(NodeRecord record, Monotonic now) {
  std::string key = record.key();
  gone_.erase(key);
  nodes_.insert_or_assign(std::move(key), std::move(record));
  look_at_all(now);
}

void FleetBoard::remove(std::string_view key, Monotonic now) {
  if (const auto found = nodes_.find(key); found != nodes_.end()) take_away(found, now);
  look_at_all(now);
}

void FleetBoard::replace(Nodes nodes, Monotonic now) {
  for (auto at = nodes_.begin(); at != nodes_.end();) {
    const auto next = std::next(at);
    if (!nodes.contains(at->first)) take_away(at, now);
    at = next;
  }
  for (const auto& [key, record] : nodes) gone_.erase(key);
  nodes_ = std::move(nodes);
  listed_ = true;
  look_at_all(now);
}

void FleetBoard::take_away(Nodes::iterator node, Monotonic now) {
  std::erase_if(gone_, [&](const auto& each) { return now - each.second.since >= remember_gone; });
  if (gone_.size() < most_gone) gone_.insert_or_assign(node->first, Gone{std::move(node->second), now});
  nodes_.erase(node);
}

/// Every zone's receipt from one node; `failed`: why none of those it is to take is served, if so.
void FleetBoard::tell(Wait& wait, const NodeRecord& node, const std::string& failed, Monotonic now) const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - wait.started);
  for (const Wanted& wanted : wait.zones) {
    std::string reason = held_back(wait.plan, node, wanted);
    const bool held = !reason.empty();
    if (!held) reason = failed;
    if (reason.empty()) {
      const auto bad = std::ranges::find(node.bad, wanted.zone, &NodeRecord::Bad::zone);
      if (bad != node.bad.end())
        reason = bad->reason.empty() ? "not served there" : bad->reason;
      else if (node.failed > node.bad.size())
        reason = std::to_string(node.failed) + " zones are not served there, more than it can name";
    }
    const bool served = reason.empty();
    // What a plan that does not know its rollout yet, or any more, holds back is nowhere on its way.
    const bool on_its_way = held && wanted.stage <= wait.plan.rollout.id;
    wait.complete = wait.complete && (served || on_its_way);
    wait.waiter.receipt(
        node, {wanted.zone, wanted.number, wanted.serial, served, held, std::move(reason), elapsed});
  }
}

/// Tells of nodes that have settled or are gone; true: none is left.
bool FleetBoard::look(Wait& wait, Monotonic now) const {
  for (auto open = wait.open.begin(); open != wait.open.end();) {
    const auto node = nodes_.find(open->first);
    const bool all_held = std::ranges::all_of(wait.zones, [&](const Wanted& wanted) {
      return !held_back(wait.plan, open->second, wanted).empty();
    });
    if (all_held) {
      tell(wait, open->second, "", now);
    } else if (node == nodes_.end()) {
      tell(wait, open->second, "the node is gone: its lease has ended", now);
    } else if (node->second.lost.empty() && node->second.revision >= wait.revision) {
      tell(wait, node->second, "", now);
    } else {
      ++open;
      continue;
    }
    open = wait.open.erase(open);
  }
  return wait.open.empty();
}

void FleetBoard::look_at_all(Monotonic now) {
  for (auto wait = waits_.begin(); wait != waits_.end();) {
    if (!look(wait->second, now)) {
      ++wait;
      continue;
    }
    const auto end = std::move(wait->second.waiter.end);
    const bool complete = wait->second.complete;
    wait = waits_.erase(wait);
    end(complete);
  }
}

FleetBoard::WaitId FleetBoard::wait(std::vector<Wanted> zones, std::uint64_t revision, FleetPlan plan,
                                    Monotonic now, Monotonic deadline, Waiter waiter) {
  Wait wait{std::move(zones), revision, std::move(plan), now,
            deadline,         nodes_,   !nodes_.empty(), std::move(waiter)};
  if (look(wait, now)) {
    wait.waiter.end(wait.complete);
    return 0;
  }
  waits_.emplace(++last_id_, std::move(wait));
  return last_id_;
}

void FleetBoard::expire(Monotonic now) {
  for (auto at = waits_.begin(); at != waits_.end();) {
    if (at->second.deadline > now) {
      ++at;
      continue;
    }
    Wait ended = std::move(at->second);
    at = waits_.erase(at);
    for (const auto& [key, then] : ended.open) {
      const NodeRecord& node = nodes_.at(key);
      tell(ended, node, "no receipt in time" + (node.lost.empty() ? "" : ": " + node.lost), now);
    }
    ended.waiter.end(false);
  }
}

Monotonic FleetBoard::next_deadline() const noexcept {
  Monotonic next = Monotonic::max();
  for (const auto& [id, wait] : waits_) next = std::min(next, wait.deadline);
  return next;
}

}  // namespace doors
