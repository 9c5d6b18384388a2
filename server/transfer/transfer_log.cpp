#include "server/transfer/transfer_log.h"

#include "zones/base/log.h"

namespace doors {

void log_transfer(NameView zone, std::uint32_t serial, const std::string& peer, const TransferTally& tally) {
  log::info(tally.whole ? "zone transferred" : "zone transfer broken off", {{"zone", zone.to_string()},
                                                                            {"serial", serial},
                                                                            {"to", peer},
                                                                            {"by", tally.by},
                                                                            {"messages", tally.messages},
                                                                            {"octets", tally.octets},
                                                                            {"took_ms", tally.took.count()}});
}

void log_notify(NameView zone, std::optional<std::uint32_t> serial, const std::string& peer,
                std::uint64_t untold) {
  log::info("notified", {{"zone", zone.to_string()},
                         {"serial", serial ? std::to_string(*serial) : std::string("none")},
                         {"by", peer},
                         {"untold", untold}});
}

}  // namespace doors
