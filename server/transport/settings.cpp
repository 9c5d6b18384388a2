#include "server/transport/settings.h"

#include <algorithm>
#include <string>

namespace doors {

namespace {

using namespace std::chrono_literals;

/// Reads `listen` into `endpoints`; each address once.
void read_listen(Section& section, std::vector<std::string> texts, std::vector<Endpoint>& endpoints) {
  section.strings("listen", texts);
  endpoints.clear();
  for (const std::string& text : texts) {
    auto endpoint = Endpoint::parse(text);
    if (!endpoint) {
      section.check(false, "listen", endpoint.error().message);
      return;
    }
    const bool twice =
        endpoint->port != 0 && std::find(endpoints.begin(), endpoints.end(), *endpoint) != endpoints.end();
    section.check(!twice, "listen", "\"" + text + "\" stands there twice");
    endpoints.push_back(*endpoint);
  }
}

}  // namespace

ConfigResult<UdpSettings> read_udp(Section section) {
  UdpSettings udp;
  read_listen(section, {"127.0.0.1:53", "[::1]:53"}, udp.listen);
  return section.number("workers", udp.workers, {0, 256})
      .number("max_payload", udp.max_payload, {512, 4096})
      .finish(udp);
}

ConfigResult<TcpSettings> read_tcp(Section section) {
  TcpSettings tcp;
  TcpLimits& limits = tcp.limits;
  tcp.listen_as_udp = !section.has("listen");
  read_listen(section, {}, tcp.listen);
  section.number("clients", limits.clients, {1, 1'000'000})
      .number("clients_per_source", limits.clients_per_source, {0, 1'000'000})
      .duration("message_timeout", limits.message_timeout, 100ms, 60s)
      .duration("idle_timeout", limits.idle_timeout, 100ms, 600s)
      .duration("write_timeout", limits.write_timeout, 100ms, 60s)
      .duration("transfer_timeout", limits.transfer_timeout, 1s, 24h)
      .number("transfers", limits.transfers, {1, 10'000});
  return section.finish(tcp);
}

}  // namespace doors
