#include "server/listeners.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "zones/base/log.h"

namespace doors {

namespace {

/// Ports the kernel may choose for UDP until one is free for TCP too.
constexpr int port_tries = 16;

std::string_view name_of(Protocol protocol) noexcept { return protocol == Protocol::udp ? "udp" : "tcp"; }

/// Opens an address whose port is left to the kernel for both protocols.
Result<std::pair<SocketGroup, SocketGroup>> open_pair(const Endpoint& endpoint, std::size_t workers) {
  for (int tries = 1;; ++tries) {
    auto udp = open_sockets(Protocol::udp, endpoint, workers);
    if (!udp) return Unexpected(udp.error());
    auto tcp = open_sockets(Protocol::tcp, udp->endpoint, workers);
    if (tcp) return std::pair(*std::move(udp), *std::move(tcp));
    if (tries == port_tries) return Unexpected(tcp.error());
  }
}

}  // namespace

Result<void> Listeners::change(const std::vector<Endpoint>& udp, const std::vector<Endpoint>& tcp,
                               bool tcp_as_udp, const std::vector<std::unique_ptr<Worker>>& workers) {
  std::vector<Open> kept;
  std::vector<std::pair<Open, SocketGroup>> opened;
  std::vector<Open> left = open_;
  // Takes over what is open already; of several with port 0 each takes over one.
  const auto keep = [&](Protocol protocol, const Endpoint& wanted) {
    const auto found = std::find_if(left.begin(), left.end(), [&](const Open& one) {
      return one.protocol == protocol && one.wanted == wanted;
    });
    if (found == left.end()) return false;
    kept.push_back(*found);
    left.erase(found);
    return true;
  };
  const auto add = [&](SocketGroup group, const Endpoint& wanted) {
    const Open open{group.protocol, wanted, group.endpoint};
    kept.push_back(open);
    opened.emplace_back(open, std::move(group));
  };

  const auto open_group = [&](Protocol protocol, const Endpoint& wanted) {
    const auto same_port = [&](const Open& one) {
      return one.protocol == protocol && one.bound.v6 == wanted.v6 && one.bound.port == wanted.port;
    };
    const bool beside_ours = std::any_of(open_.begin(), open_.end(), same_port) ||
                             std::any_of(kept.begin(), kept.end(), same_port);
    return open_sockets(protocol, wanted, workers.size(), beside_ours);
  };

  for (const Endpoint& wanted : udp) {
    if (keep(Protocol::udp, wanted)) {
      if (tcp_as_udp && wanted.port == 0) keep(Protocol::tcp, wanted);
    } else if (tcp_as_udp && wanted.port == 0) {
      auto pair = open_pair(wanted, workers.size());
      if (!pair) return Unexpected(pair.error());
      add(std::move(pair->first), wanted);
      add(std::move(pair->second), wanted);
    } else {
      auto group = open_group(Protocol::udp, wanted);
      if (!group) return Unexpected(group.error());
      add(*std::move(group), wanted);
    }
  }
  for (const Endpoint& wanted : tcp) {
    if (tcp_as_udp && wanted.port == 0) continue;  // opened with its UDP twin
    if (keep(Protocol::tcp, wanted)) continue;
    auto group = open_group(Protocol::tcp, wanted);
    if (!group) return Unexpected(group.error());
    add(*std::move(group), wanted);
  }

  for (auto& [open, group] : opened) {
    for (std::size_t i = 0; i < workers.size(); ++i) {
      workers[i]->listen(group.protocol, group.endpoint, std::move(group.sockets[i]));
    }
    log::info("listening", {{"protocol", name_of(group.protocol)}, {"address", group.endpoint.to_string()}});
  }
  for (const Open& gone : left) {
    for (const auto& worker : workers) worker->stop_listening(gone.protocol, gone.bound);
    log::info("stopped listening",
              {{"protocol", name_of(gone.protocol)}, {"address", gone.bound.to_string()}});
  }
  open_ = std::move(kept);
  return {};
}

std::vector<Endpoint> Listeners::endpoints(Protocol protocol) const {
  std::vector<Endpoint> endpoints;
  for (const Open& one : open_) {
    if (one.protocol == protocol) endpoints.push_back(one.bound);
  }
  return endpoints;
}

std::vector<std::string> Listeners::addresses(Protocol protocol) const {
  std::vector<std::string> addresses;
  for (const Endpoint& endpoint : endpoints(protocol)) addresses.push_back(endpoint.to_string());
  return addresses;
}

}  // namespace doors
