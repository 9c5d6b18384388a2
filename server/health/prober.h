#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "server/health/keeper.h"
#include "server/health/keeper_config.h"
#include "zones/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Asks every service address over and over: over UDP, over TCP, and the question that must fail, each at its
/// own interval; what came of it goes to `probed`. The loop's thread only.
class Prober {
 public:
  using Handler = std::function<void(const Probed&)>;
  /// Begins at once, the services spread over the interval so that many are not asked in one burst. `io` and
  /// `clock` outlive it.
  Prober(boost::asio::io_context& io, const Clock& clock, const std::vector<KeeperConfig::Service>& services,
         const KeeperConfig::Probe& how, Handler probed);
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  /// Asks no more; `probed` is not called again.
  ~Prober();  // NOLINT(bugprone-exception-escape): as at its definition

  /// Other intervals, limits and identity, from the next question on.
  void configure(const KeeperConfig::Probe& how);
  /// Asks over TCP now, beside the interval, unless such a question is under way.
  void ask_tcp(std::size_t service);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
