#include "sync/pop/status_board.h"

#include <algorithm>
#include <utility>

namespace doors {
namespace {

std::chrono::milliseconds between(Monotonic from, Monotonic to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

}  // namespace

std::string_view to_string(ServiceState state) noexcept {
  switch (state) {
    case ServiceState::pending:
      return "pending";
    case ServiceState::served:
      return "served";
    case ServiceState::failed:
      return "failed";
  }
  __builtin_unreachable();
}

void StatusBoard::announce(NameView zone, VersionNumber number, Serial serial, VersionKind kind,
                           Monotonic now) {
  const auto [row, added] = rows_.try_emplace(Name(zone));
  if (!added && row->second.number >= number) return;
  row->second = {number, serial, kind, ServiceState::pending, {}, now, now};
}

void StatusBoard::settle(NameView zone, VersionNumber number, ServiceState state, std::string reason,
                         Monotonic now) {
  const Name name(zone);
  const auto row = rows_.find(name);
  if (row == rows_.end() || row->second.number != number) return;
  row->second.state = state;
  row->second.reason = std::move(reason);
  row->second.since = now;
  if (told_) told_(name, row->second);
  if (state == ServiceState::pending) return;
  for (auto wait = waits_.begin(); wait != waits_.end();) {
    if (!tell(wait->second, name, row->second) || !wait->second.open.empty()) {
      ++wait;
      continue;
    }
    const bool complete = wait->second.complete;
    auto end = std::move(wait->second.waiter.end);
    wait = waits_.erase(wait);
    end(complete);
  }
}

bool StatusBoard::tell(Wait& wait, const Name& zone, const StatusRow& row) {
  const auto open = wait.open.find(zone);
  if (open == wait.open.end() || row.number < open->second || row.state == ServiceState::pending)
    return false;
  const bool served = row.state == ServiceState::served;
  wait.complete = wait.complete && served;
  wait.open.erase(open);
  wait.waiter.receipt(
      {zone, row.number, row.serial, served, false, row.reason, between(row.announced, row.since)});
  return true;
}

const StatusRow* StatusBoard::find(NameView zone) const {
  const auto row = rows_.find(Name(zone));
  return row == rows_.end() ? nullptr : &row->second;
}

StatusBoard::WaitId StatusBoard::wait(const std::vector<std::pair<Name, VersionNumber>>& zones, Monotonic now,
                                      Monotonic deadline, Waiter waiter) {
  Wait wait{{}, now, deadline, true, std::move(waiter)};
  for (const auto& [zone, number] : zones) {
    VersionNumber& wanted = wait.open[zone];
    wanted = std::max(wanted, number);
  }
  for (const auto& [zone, number] : zones) {
    if (const auto row = rows_.find(zone); row != rows_.end()) tell(wait, zone, row->second);
  }
  if (wait.open.empty()) {
    wait.waiter.end(wait.complete);
    return 0;
  }
  waits_.emplace(++last_id_, std::move(wait));
  return last_id_;
}

void StatusBoard::expire(Monotonic now, std::string_view reason) {
  for (auto wait = waits_.begin(); wait != waits_.end();) {
    if (wait->second.deadline > now) {
      ++wait;
      continue;
    }
    const Wait ended = std::move(wait->second);
    wait = waits_.erase(wait);
    for (const auto& [zone, number] : ended.open) {
      const auto row = rows_.find(zone);
      const bool known = row != rows_.end() && row->second.number >= number;
      std::string why = "no receipt in time";
      if (!known)
        why += ": the version is not known here";
      else if (!reason.empty())
        why += ": " + std::string(reason);
      else if (!row->second.reason.empty())
        why += ": " + row->second.reason;
      ended.waiter.receipt({zone, number, known ? row->second.serial : Serial(0), false, false,
                            std::move(why), between(ended.started, now)});
    }
    ended.waiter.end(false);
  }
}

Monotonic StatusBoard::next_deadline() const noexcept {
  Monotonic next = Monotonic::max();
  for (const auto& [id, wait] : waits_) next = std::min(next, wait.deadline);
  return next;
}

}  // namespace doors
