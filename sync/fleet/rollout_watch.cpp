#include "sync/fleet/rollout_watch.h"

#include <algorithm>

namespace doors {

RolloutWatch::Decision RolloutWatch::look(const Rollout& rollout, std::uint64_t put_at,
                                          const std::vector<RolloutNode>& nodes, Monotonic now) {
  if (rollout.state != Rollout::State::going) return {};
  if (id_ != rollout.id || open_ != rollout.open) {
    if (id_ != rollout.id) seen_.clear();
    id_ = rollout.id;
    open_ = rollout.open;
    opened_ = now;
    settled_.reset();
  }
  const std::size_t open = std::min<std::size_t>(rollout.open, rollout.waves.size());
  std::set<std::string> live;
  std::string late;
  for (const RolloutNode& node : nodes) {
    const bool takes_it =
        std::any_of(rollout.waves.begin(), rollout.waves.begin() + static_cast<std::ptrdiff_t>(open),
                    [&](const std::string& wave) { return selects(wave, node.who); });
    if (!takes_it) continue;
    const std::string name = node.who.pop + "/" + node.who.node;
    live.insert(name);
    if (node.apart) continue;
    if (!node.bad.empty()) return {Step::stop, name + ": " + node.bad};
    if (node.revision < put_at) late = name;
  }
  for (const std::string& name : seen_) {
    if (!live.contains(name)) return {Step::stop, name + ": the node is gone"};
  }
  seen_ = std::move(live);
  if (open == 1 && seen_.empty()) return {Step::stop, "no node is in the first wave"};
  if (!late.empty()) {
    if (settled_) opened_ = now;  // all had settled: what came since has a time of its own
    settled_.reset();
    if (now - opened_ < rollout.limit) return {};
    return {Step::stop, late + ": no receipt in time"};
  }
  if (open == rollout.waves.size()) return {Step::done, {}};
  if (!settled_) settled_ = now;
  return {now - *settled_ < rollout.bake ? Step::wait : Step::open, {}};
}

}  // namespace doors
