#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "server/transfer/access.h"
#include "server/transfer/rate_budget.h"
#include "server/transfer/zone_stream.h"
#include "zones/base/clock.h"
#include "zones/dns/serial.h"

namespace doors {

struct QueryView;

/// Answers what depends on who asks (BatchItem::depends_on_asker), of which respond() has written a
/// stranger's refusal:
///
///     TSIG record ──► wrong: FORMERR, or NOTAUTH with BADKEY, BADSIG, BADTIME, BADTRUNC
///          │ right: as if it were not there ─► respond() ─► and the response is signed
///          ▼
///     AXFR, IXFR ──► allowed (Access): the zone, its differences, or its SOA alone
///     NOTIFY ──► allowed: NOERROR
///
/// It allocates and computes HMACs: a path of its own beside the one of plain queries. What it has to log it
/// logs elsewhere. One per worker, its thread only.
class Exchange {
 public:
  /// Runs a function later, on a thread that answers nobody.
  using Later = std::function<void(std::function<void()>)>;
  /// `clock` and `counters` outlive it, and `clock` what `later` runs.
  Exchange(const Clock& clock, Counters& counters, Later later);

  /// Makes the response in `item` the asker's. Gives the messages that follow the one in `item`, if there are
  /// more: to be given back to end() when they are sent, or not wanted any more.
  [[nodiscard]] std::shared_ptr<ZoneStream> complete(
      BatchItem& item, const std::shared_ptr<const Snapshot>& snapshot) noexcept;
  /// Logs how far it came and lets go of it and its snapshot, later.
  void end(std::shared_ptr<ZoneStream> stream) noexcept;
  /// Transfers at once, each of which keeps its snapshot: who asks for one more gets SERVFAIL.
  void set_most_transfers(std::size_t most) noexcept { most_transfers_ = most; }

 private:
  struct Asked;
  std::shared_ptr<ZoneStream> answer_signed(Asked& asked);
  /// NOTIFY, AXFR, IXFR: asked by who holds `asked.key`, or by a stranger if it is null.
  std::shared_ptr<ZoneStream> decide(Asked& asked);
  std::shared_ptr<ZoneStream> transfer(Asked& asked, const ZoneImage& zone);
  std::shared_ptr<ZoneStream> begin_stream(Asked& asked, ZoneStream::Terms terms);
  /// What leads from that serial to the zone; null: not known, or not to be looked for so often.
  std::shared_ptr<const Differences> differences_since(const Asked& asked, const ZoneImage& zone,
                                                       Serial serial);
  /// `zone` is null where it is not here; `withheld`: it belongs here all the same.
  void notified(Asked& asked, const ZoneImage* zone, bool withheld);

  const Clock& clock_;
  Counters& counters_;
  Later later_;
  RateBudget notify_lines_{10};
  RateBudget logs_read_{20};  // for questions by UDP, whose source may be anybody's
  RateBudget logs_read_tcp_{50};
  std::size_t transfers_ = 0;
  std::size_t most_transfers_ = 1;
  std::vector<std::byte> unsigned_;  // the query without its TSIG record
};

}  // namespace doors
