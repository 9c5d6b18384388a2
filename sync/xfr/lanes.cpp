#include "sync/xfr/lanes.h"

#include <utility>

namespace doors::xfr {

void Lanes::wait(const std::string& primary, std::function<bool()> begin) {
  lanes_[primary].waiting.push_back(std::move(begin));
  pump();
}

void Lanes::end(const std::string& primary) {
  const auto lane = lanes_.find(primary);
  --lane->second.running;
  --running_;
  pump();
}

void Lanes::pump() {
  for (bool began = true; began;) {
    began = false;
    for (auto& [primary, lane] : lanes_) {
      if (running_ >= most_) return;
      if (lane.waiting.empty() || lane.running >= most_per_primary_) continue;
      const std::function<bool()> begin = std::move(lane.waiting.front());
      lane.waiting.pop_front();
      ++lane.running;
      ++running_;
      began = true;
      if (!begin()) {
        --lane.running;
        --running_;
      }
    }
  }
}

}  // namespace doors::xfr
