#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "server/transfer/access.h"
#include "server/transfer/zone_stream.h"
#include "zones/base/clock.h"

namespace doors {

struct QueryView;

/// Answers what depends on who asks (BatchItem::depends_on_asker), of which respond() has written a
/// stranger's refusal:
///
///     TSIG record ──► wrong: FORMERR, or NOTAUTH with BADKEY, BADSIG, BADTIME, BADTRUNC
///          │ right: as if it were not there ─► respond() ─► and the response is signed
///          ▼
///     AXFR, IXFR ──► allowed (Access): the zone, or its SOA alone        NOTIFY ──► allowed: NOERROR
///
/// It allocates, logs, and computes HMACs: a path of its own beside the one of plain queries. One per worker,
/// its thread only.
class Exchange {
 public:
  /// `clock` and `counters` outlive it.
  Exchange(const Clock& clock, Counters& counters);

  /// Makes the response in `item` the asker's. Gives the messages that follow the one in `item`, if there are
  /// more.
  [[nodiscard]] std::unique_ptr<ZoneStream> complete(
      BatchItem& item, const std::shared_ptr<const Snapshot>& snapshot) noexcept;

 private:
  struct Asked;
  std::unique_ptr<ZoneStream> answer_signed(Asked& asked);
  /// NOTIFY, AXFR, IXFR: asked by who holds `asked.key`, or by a stranger if it is null.
  std::unique_ptr<ZoneStream> decide(Asked& asked);
  std::unique_ptr<ZoneStream> transfer(Asked& asked, const ZoneImage& zone);
  void notified(Asked& asked, const ZoneImage* zone);

  const Clock& clock_;
  Counters& counters_;
  std::vector<std::byte> unsigned_;  // the query without its TSIG record
};

}  // namespace doors
