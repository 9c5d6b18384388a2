#include "sync/pop/batch_log.h"

namespace doors {

BatchLog::~BatchLog() {
  for (const auto& [event, sum] : sums_) {
    if (sum.first_reason.empty()) {
      log::info(event, {{"zones", sum.zones}, {"first", sum.first}});
    } else {
      log::warn(event, {{"zones", sum.zones}, {"first", sum.first}, {"reason", sum.first_reason}});
    }
  }
}

void BatchLog::note(std::string_view event, const Name& zone, VersionNumber number, Serial serial,
                    const std::string& reason) {
  if (sums_up_) {
    Sum& sum = sums_[event];
    if (sum.zones++ > 0) return;
    sum.first = zone.to_string() + " " + number.to_string();
    sum.first_reason = reason;
  } else if (reason.empty()) {
    log::info(event, {{"zone", zone.to_string()}, {"version", number.to_string()}, {"serial", serial.raw()}});
  } else {
    log::warn(event, {{"zone", zone.to_string()},
                      {"version", number.to_string()},
                      {"serial", serial.raw()},
                      {"reason", reason}});
  }
}

}  // namespace doors
