#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/transport/endpoint.h"
#include "server/transport/settings.h"
#include "server/transport/socket.h"
#include "server/transport/worker.h"
#include "zones/base/error.h"

namespace doors {

/// The addresses that are open, and how they become those of a new config: what both have stays open,
/// untouched. The control thread only.
class Listeners {
 public:
  /// An address of the config and what it became, which differ when its port is 0.
  struct Open {
    Protocol protocol;
    Endpoint wanted;
    Endpoint bound;
  };

  /// Opens what is new in `udp` and `tcp`, one socket for each worker; then closes what is not in them any
  /// more. On an error nothing has changed. With `tcp_as_udp` a TCP address is bound to the port that UDP got
  /// for port 0.
  [[nodiscard]] Result<void> change(const std::vector<Endpoint>& udp, const std::vector<Endpoint>& tcp,
                                    bool tcp_as_udp, const std::vector<std::unique_ptr<Worker>>& workers);
  [[nodiscard]] const std::vector<Open>& open() const noexcept { return open_; }
  /// Of one protocol, as they are bound, in the order of the config.
  [[nodiscard]] std::vector<Endpoint> endpoints(Protocol protocol) const;
  /// The same as text.
  [[nodiscard]] std::vector<std::string> addresses(Protocol protocol) const;

 private:
  std::vector<Open> open_;
};

}  // namespace doors
