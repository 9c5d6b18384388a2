#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"

namespace doors {

/// A question to send: what a probe, a receipt and a test asker build. Not for the query path.
struct Question {
  Name name;
  RRType type = RRType::soa;
  RRClass rr_class = RRClass::in;
  std::uint16_t id = 0;
  bool edns = true;        ///< adds an OPT record
  bool dnssec_ok = false;  ///< DO, with edns
  bool ask_nsid = false;   ///< NSID option (RFC 5001), with edns
  std::uint16_t udp_payload = 1232;
};

/// The message, 12..320 octets.
struct QueryMessage {
  std::array<std::byte, 320> octets;
  std::size_t size = 0;
  [[nodiscard]] Octets view() const noexcept { return {octets.data(), size}; }
};
[[nodiscard]] QueryMessage build_query(const Question& question) noexcept;

/// What a prober wants to know of a response; read strictly from hostile octets.
struct ResponseSummary {
  std::uint16_t id = 0;
  bool authoritative = false;
  bool truncated = false;
  Rcode rcode = Rcode::noerror;         ///< with OPT's upper bits
  std::uint16_t answers = 0;            ///< ANCOUNT
  std::optional<std::uint32_t> serial;  ///< of the first SOA in the answer section
  std::optional<std::string> nsid;      ///< the NSID option's octets
  std::optional<std::string>
      first_text;  ///< the first character-string of the first TXT in the answer section
};
/// Nothing if it is no well-formed response (QR clear, cut off, bad names, counts that do not fit), or if
/// `asked` is given and id or question differ from it.
[[nodiscard]] std::optional<ResponseSummary> read_response(Octets message,
                                                           const Question* asked = nullptr) noexcept;

}  // namespace doors
