#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "zones/base/octets.h"
#include "zones/dns/query.h"

namespace doors {

/// How a response shows that this PoP gave it, and not another one of the same anycast address.
enum class Identify : std::uint8_t {
  nsid,       ///< the NSID option (RFC 5001) of the asked question
  id_server,  ///< `id.server. CH TXT` (RFC 4892) is the question
  none,       ///< not at all: only where the service address cannot be answered by anyone else
};

struct ExpectedIdentity {
  Identify how = Identify::nsid;
  std::string value;  ///< compared octet by octet
};

/// What one probe found.
struct ProbeReport {
  enum class Outcome : std::uint8_t {
    alive,      ///< a well-formed response of any rcode, by this PoP
    silent,     ///< nothing in time
    refused,    ///< nobody listens: ICMP port unreachable, RST
    malformed,  ///< octets, but no response to this question
    foreign,    ///< a response, but not provably by this PoP
    failed,     ///< the question could not be sent
  };
  Outcome outcome = Outcome::silent;
  std::string words;  ///< for `why`: "NOERROR, serial 2026112101", "no answer within 200ms"
  std::optional<Rcode> rcode;
  std::optional<std::uint32_t> serial;
  std::uint16_t answers = 0;
  std::chrono::microseconds took{0};

  [[nodiscard]] bool alive() const noexcept { return outcome == Outcome::alive; }
};

/// Judges the octets that came for `asked`: pure.
[[nodiscard]] ProbeReport judge(Octets message, const Question& asked, const ExpectedIdentity& identity,
                                std::chrono::microseconds took);

/// Whether the probe that must fail failed: it did, unless it was answered as if all were well.
[[nodiscard]] bool failed_as_it_must(const ProbeReport& report) noexcept;

/// "0.31ms", "1.2s": for people.
[[nodiscard]] std::string words_of(std::chrono::microseconds time);

}  // namespace doors
