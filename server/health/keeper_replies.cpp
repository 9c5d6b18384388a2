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

constexpr std::size_t line_extra = 16;  // a field's key and lengths
constexpr std::size_t most_line_octets = ControlMessage::max_octets - 4096;

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
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (!prefixes[i].announced) continue;
    const Lane lane = keeper.door(i).held_on(now);
    const char* is = lane == Lane::up ? " announced" : lane == Lane::drain ? " draining" : " withdrawn";
    status.with("prefix", prefixes[i].prefix + is);
    status.with("lease_left_ms", count_of(keeper.door(i).lease_left(now)));
  }
  status.with("bird", view.announcer == nullptr ? "off" : view.announcer->connected ? "connected" : "lost");
  if (const auto rate = keeper.query_rate()) status.with("queries_per_second", one_decimal(*rate));
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
  lines.push_back("bird: " +
                  (view.announcer == nullptr ? "not configured, the lease alone" : view.announcer->words));
  if (view.announcer != nullptr) {
    for (const auto& route : view.announcer->routes) {
      lines.push_back("bird: " + std::string(route.present ? "has " : "has not ") + route.prefix);
    }
  }
  // A PoP of hundreds of services has more to tell than one packet holds.
  std::size_t octets = 0;
  std::size_t told = 0;
  for (; told < lines.size() && octets + lines[told].size() + line_extra <= most_line_octets; ++told) {
    octets += lines[told].size() + line_extra;
    why.with("reason", std::move(lines[told]));
  }
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
