#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "server/transport/endpoint.h"
#include "zones/base/config.h"

namespace doors {

/// [udp]: the UDP listeners of one node.
struct UdpSettings {
  std::vector<Endpoint> listen;      ///< each bound once per worker; `listen = ["127.0.0.1:53", "[::1]:53"]`
  std::uint16_t workers = 0;         ///< 0..256; 0 = one per CPU. Read at the start only
  std::uint16_t max_payload = 1232;  ///< octets of a response, 512..4096 (RFC 6891 §6.2.5)

  friend bool operator==(const UdpSettings&, const UdpSettings&) = default;
};

/// What bounds TCP clients (RFC 7766 §6.2, RFC 9210 §4). The numbers hold for the whole process and are
/// shared out evenly among the workers.
struct TcpLimits {
  std::uint32_t clients = 8192;          ///< connections at once, 1..1,000,000
  std::uint32_t clients_per_source = 0;  ///< of one IPv4 address or IPv6 /64; 0 = half of `clients`
  std::chrono::milliseconds message_timeout{2000};  ///< first octet of a message to its last
  std::chrono::milliseconds idle_timeout{10'000};   ///< without a whole message; shorter when places run out
  std::chrono::milliseconds write_timeout{5000};    ///< until the peer has read what waits for it
  std::chrono::milliseconds transfer_timeout{
      3'600'000};                ///< a zone transfer from its first message to its last
  std::uint32_t transfers = 64;  ///< zones on their way out at once, 1..10,000

  friend bool operator==(const TcpLimits&, const TcpLimits&) = default;
};

/// [tcp]: the TCP listeners of one node.
struct TcpSettings {
  /// As for UDP when the key is absent, port 0 then resolved to the same port.
  std::vector<Endpoint> listen;
  bool listen_as_udp = true;
  TcpLimits limits;

  friend bool operator==(const TcpSettings&, const TcpSettings&) = default;
};

/// Reads `[udp]`: listen, workers, max_payload.
[[nodiscard]] ConfigResult<UdpSettings> read_udp(Section section);
/// Reads `[tcp]`: listen, clients, clients_per_source, message_timeout, idle_timeout, write_timeout,
/// transfer_timeout, transfers.
[[nodiscard]] ConfigResult<TcpSettings> read_tcp(Section section);

}  // namespace doors
