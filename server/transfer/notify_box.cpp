#include "server/transfer/notify_box.h"

#include <utility>

namespace doors {

bool NotifyBox::put(NameView zone) {
  const std::scoped_lock lock(mutex_);
  const Name name(zone);
  if (zones_.contains(name)) return true;
  if (zones_.size() == most_zones) return false;
  if (zones_.empty()) wake_();  // hand_over() waits for the lock
  zones_.insert(name);
  return true;
}

void NotifyBox::wait(Waiter waiter) {
  const Waiter before = std::exchange(waiter_, std::move(waiter));
  if (before) (void)before({});
  hand_over();
}

void NotifyBox::hand_over() {
  if (!waiter_) return;
  std::vector<Name> zones;
  {
    const std::scoped_lock lock(mutex_);
    zones.assign(zones_.begin(), zones_.end());
  }
  if (zones.empty()) return;
  const Waiter waiter = std::exchange(waiter_, nullptr);
  if (!waiter(zones)) return;
  const std::scoped_lock lock(mutex_);
  for (const Name& zone : zones) zones_.erase(zone);
  if (!zones_.empty()) wake_();
}

}  // namespace doors
