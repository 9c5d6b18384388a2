#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "server/message/cookie.h"
#include "zones/dns/name.h"
#include "zones/image/zone_set.h"

namespace doors {

/// Who this node says it is, octet for octet as it goes into responses; each at most 255 octets, empty = not
/// told.
struct Identity {
  std::string nsid;           ///< NSID option, when asked for (RFC 5001)
  std::string id_server;      ///< id.server. CH TXT (RFC 4892)
  std::string hostname_bind;  ///< hostname.bind. CH TXT
  std::string version;        ///< version.server. and version.bind. CH TXT
};

/// Limits of responses.
struct Limits {
  std::uint16_t max_udp =
      1232;  ///< octets, 512..4096: the largest response over UDP, and the payload we announce
  /// How long a TCP client may idle, in units of 100 ms, as told to who asks; 0 asks it to leave (RFC 7828).
  std::uint16_t tcp_keepalive = 100;
};

/// DNS cookies (RFC 7873, RFC 9018).
struct Cookies {
  static constexpr std::size_t max_secrets = 2;
  /// When a client over UDP that sends a COOKIE option gets BADCOOKIE instead of an answer, until its server
  /// cookie is good.
  enum class Demand : std::uint8_t { never, under_load, always };

  std::array<CookieSecret, max_secrets> secrets{};
  std::size_t count = 0;  ///< of secrets, the one that makes cookies first; 0: the option is ignored
  Demand demand = Demand::never;

  [[nodiscard]] std::span<const CookieSecret> view() const noexcept {
    return std::span(secrets).first(count);
  }
};

struct Access;
class NotifyBox;

/// All that answers are made from. Immutable once made; shared by the workers, each of which swaps a pointer
/// to the next one between batches.
struct Snapshot {
  std::shared_ptr<const ZoneSet> zones;  ///< never null where a worker sees it
  Identity identity;
  Limits limits;
  Cookies cookies{};
  Name report_agent{};  ///< agent domain for error reports (RFC 9567), in lower case; the root: none
  std::shared_ptr<const Access> access{};   ///< who may do more than ask (server/transfer); null: nobody
  std::shared_ptr<NotifyBox> notify_box{};  ///< where what NOTIFY said goes (server/transfer); null: nowhere
};

}  // namespace doors
