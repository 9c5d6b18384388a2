#include "server/transfer/transfer_log.h"

#include "zones/base/log.h"

namespace doors {

void log_transfer(const ZoneImage& zone, const std::string& peer, const TransferTally& tally) {
  log::info(tally.whole ? "zone transferred" : "zone transfer broken off",
            {{"zone", zone.origin().to_string()},
             {"serial", zone.version().serial},
             {"to", peer},
             {"messages", tally.messages},
             {"octets", tally.octets},
             {"took_ms", tally.took.count()}});
}

void log_notify(const ZoneImage& zone, const std::string& peer) {
  log::info("notified",
            {{"zone", zone.origin().to_string()}, {"serial", zone.version().serial}, {"by", peer}});
}

}  // namespace doors
