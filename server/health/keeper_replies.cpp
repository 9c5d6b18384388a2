#include "server/health/keeper_replies.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <unistd.h>

#include "server/health/words.h"

namespace doors {

namespace {

using std::chrono::milliseconds;

/// What a message may still take of one packet: a PoP of hundreds of services has more to tell than that.
class Room {
 public:
  /// True if a field with this value fits; then its room is taken.
  bool take(const std::string& value) {
    constexpr std::size_t extra = 16;  // a field's key and lengths
    if (value.size() + extra > left_) return false;
    left_ -= value.size() + extra;
    return true;
  }

 private:
  std::size_t left_ = ControlMessage::max_octets - 4096;  // for the fields that there are once
};

std::uint64_t count_of(milliseconds time) {
  return static_cast<std::uint64_t>(std::max<milliseconds::rep>(time.count(), 0));
}

std::uint64_t since_epoch(WallTime at) {
  return count_of(std::chrono::duration_cast<milliseconds>(at.time_since_epoch()));
}

std::string state_of(const Keeper& keeper) { return std::string(keeper.state()); }

}  // namespace

ControlMessage status_reply(const KeeperView& view, Monotonic now) {
  const Keeper& keeper = view.keeper;
  ControlMessage status("status");
  status.with("version", DOORS_VERSION)
      .with("pid", static_cast<std::uint64_t>(::getpid()))
      .with("pop", view.config.node.pop)
      .with("node", view.config.node.name)
      .with("state", state_of(keeper))
      .with("since_ms", count_of(keeper.state_age()));
  const auto& prefixes = keeper.prefixes();
  Room room;
  std::size_t untold = 0;
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (!prefixes[i].announced) continue;
    const Lane lane = keeper.door(i).held_on(now);
    const char* is = lane == Lane::up      ? " announced"
                     : lane == Lane::far   ? " far"
                     : lane == Lane::drain ? " draining"
                                           : " withdrawn";
    const std::string told = prefixes[i].prefix + is;
    const std::string left = std::to_string(count_of(keeper.door(i).lease_left(now)));
    if (untold != 0 || !room.take(told) || !room.take(left)) {
      ++untold;
      continue;
    }
    status.with("prefix", told).with("lease_left_ms", left);
  }
  if (untold != 0) status.with("prefix", "… and " + std::to_string(untold) + " more");
  const bool has_bird =
      std::ranges::any_of(view.speakers, [](const auto& speaker) { return speaker.name == "bird"; });
  if (!has_bird) status.with("bird", "off");
  for (const SpeakerReport& speaker : view.speakers)
    status.with(speaker.name, speaker.is.connected ? "connected" : "lost");
  if (const auto rate = keeper.query_rate()) status.with("queries_per_second", one_decimal(*rate));
  status.with("weight", keeper.memory().is_far ? "far" : "up");
  if (const auto& order = keeper.drain().standing()) {
    status.with("drain_reason", order->reason)
        .with("drain_by", order->by)
        .with("drain_since_ms", since_epoch(order->since));
  }
  return status;
}

ControlMessage why_reply(const KeeperView& view, std::vector<std::string> leases) {
  ControlMessage why("why");
  why.with("pop", view.config.node.pop)
      .with("node", view.config.node.name)
      .with("state", state_of(view.keeper));
  std::vector<std::string> lines = view.keeper.why();
  std::ranges::move(leases, std::back_inserter(lines));
  if (view.speakers.empty()) lines.emplace_back("bird: not configured, the lease alone");
  for (const SpeakerReport& speaker : view.speakers) {
    lines.push_back(speaker.name + ": " + speaker.is.words);
    for (const auto& route : speaker.is.routes)
      lines.push_back(speaker.name + ": " + (route.present ? "has " : "has not ") + route.prefix);
  }
  Room room;
  std::size_t told = 0;
  for (; told < lines.size() && room.take(lines[told]); ++told) why.with("reason", std::move(lines[told]));
  if (told < lines.size()) why.with("reason", "… and " + std::to_string(lines.size() - told) + " lines more");
  return why;
}

ControlMessage drain_reply(const Keeper& keeper, Monotonic now) {
  const Drain& drain = keeper.drain();
  if (drain.phase() != Drain::Phase::marked) {
    ControlMessage end("end");
    end.with("state", state_of(keeper))
        .with("reason", drain.phase() == Drain::Phase::done ? drain.ended_by() : "undrained");
    return end;
  }
  ControlMessage progress("progress");
  progress.with("state", state_of(keeper))
      .with("queries_per_second", one_decimal(drain.last_rate().value_or(0)))
      .with("goal_queries_per_second", one_decimal(drain.goal()))
      .with("left_ms", count_of(drain.left(now)));
  return progress;
}

std::vector<ControlMessage> history_replies(const KeeperMemory& memory) {
  std::vector<ControlMessage> replies;
  for (const Change& change : memory.changes) {
    replies.emplace_back("change")
        .with("at_ms", since_epoch(change.at))
        .with("event", change.event)
        .with("subject", change.subject)
        .with("reason", change.reason);
  }
  replies.emplace_back("end");
  return replies;
}

}  // namespace doors
