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
  while (running_ < most_) {
    auto lane = lanes_.upper_bound(last_);  // behind the one that began last: each has its turn
    std::size_t looked = 0;
    for (; looked < lanes_.size(); ++looked, ++lane) {
      if (lane == lanes_.end()) lane = lanes_.begin();
      if (!lane->second.waiting.empty() && lane->second.running < most_per_primary_) break;
    }
    if (looked == lanes_.size()) return;
    last_ = lane->first;
    const std::function<bool()> begin = std::move(lane->second.waiting.front());
    lane->second.waiting.pop_front();
    ++lane->second.running;
    ++running_;
    if (!begin()) {
      --lane->second.running;
      --running_;
    }
  }
}

}  // namespace doors::xfr
