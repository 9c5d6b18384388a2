#pragma once

#include <memory>
#include <utility>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "server/transfer/exchange.h"
#include "zones/base/clock.h"

namespace doors {

/// What the listeners of one worker share; only its thread touches it, but for reading the counters.
struct WorkerState {
  WorkerState(const Clock& time, Exchange::Later later)
      : clock(time), exchange(time, counters, std::move(later)) {}
  /// What an answer made now is told of the time.
  [[nodiscard]] Now now() const noexcept { return Now::of(clock.wall()); }

  Counters counters;
  const Clock& clock;
  /// What is answered from; never null while the worker runs. A plain pointer: it is exchanged by a handler
  /// of the worker's own event loop, so between batches and never during one.
  std::shared_ptr<const Snapshot> snapshot;
  /// Answers who has to show who he is.
  Exchange exchange;
};

}  // namespace doors
