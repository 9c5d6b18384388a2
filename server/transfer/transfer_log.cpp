#include "server/transfer/transfer_log.h"

#include <utility>

#include "zones/base/log.h"

namespace doors {

void log_transfer(NameView zone, std::uint32_t serial, const std::string& peer, const TransferTally& tally) {
  log::info(tally.whole ? "zone transferred" : "zone transfer broken off", {{"zone", zone.to_string()},
                                                                            {"serial", serial},
                                                                            {"to", peer},
                                                                            {"messages", tally.messages},
                                                                            {"octets", tally.octets},
                                                                            {"took_ms", tally.took.count()}});
}

void log_notify(NameView zone, std::uint32_t serial, const std::string& peer, std::uint64_t untold) {
  log::info("notified", {{"zone", zone.to_string()}, {"serial", serial}, {"by", peer}, {"untold", untold}});
}

std::optional<std::uint64_t> LineBudget::take(Monotonic now) noexcept {
  if (now - std::chrono::seconds(1) >= second_began_) {
    second_began_ = now;
    lines_ = 0;
  }
  if (lines_ == lines_a_second) {
    ++untold_;
    return std::nullopt;
  }
  ++lines_;
  return std::exchange(untold_, 0);
}

}  // namespace doors
