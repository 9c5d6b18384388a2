#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "zones/base/clock.h"

namespace doors {

/// Which of several mirrors to ask first: those that did well, as the config orders them; then those that
/// failed of late, soonest forgiven first, so that one alone is still asked. Each failure in a row doubles
/// how long it is held against one, from 1 s to 1 min. One thread.
class MirrorHealth {
 public:
  explicit MirrorHealth(std::size_t mirrors) : states_(mirrors) {}

  [[nodiscard]] std::vector<std::size_t> order(Monotonic now) const {
    std::vector<std::size_t> order(states_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto from = [&](std::size_t i) { return std::max(states_[i].forgiven, now); };
    std::ranges::stable_sort(order, {}, from);
    return order;
  }
  void did_well(std::size_t mirror) { states_[mirror] = {}; }
  void failed(std::size_t mirror, Monotonic now) {
    State& state = states_[mirror];
    // Of several that failed at once only the first counts.
    if (now < state.forgiven) return;
    state.pause = std::clamp(state.pause * 2, least_pause, most_pause);
    state.forgiven = now + state.pause;
  }

 private:
  static constexpr std::chrono::milliseconds least_pause{1'000};
  static constexpr std::chrono::milliseconds most_pause{60'000};
  struct State {
    std::chrono::milliseconds pause{0};
    Monotonic forgiven{};
  };
  std::vector<State> states_;
};

}  // namespace doors
