#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zones/base/expected.h"
#include "zones/base/octets.h"

namespace doors {

/// A second reader of DNS messages, for tests alone: it shares no code with the one that is tested, copies
/// everything and is strict. Names are wire form, uncompressed, case kept.
struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint16_t rr_class = 0;
  std::uint32_t ttl = 0;
  std::string rdata;  ///< names in it uncompressed
};

struct ReplyOption {
  std::uint16_t code = 0;
  std::string data;
};

struct Reply {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::string question;  ///< the octets of the question section
  std::uint16_t questions = 0;
  std::vector<Record> answer, authority, additional;  ///< without OPT
  bool has_opt = false;
  std::uint16_t payload = 0;
  std::uint16_t opt_flags = 0;
  std::uint8_t opt_version = 0;
  std::vector<ReplyOption> options;
  std::size_t octets = 0;

  [[nodiscard]] unsigned rcode() const { return (flags & 0xfu) | static_cast<unsigned>(extended_rcode) << 4; }
  [[nodiscard]] unsigned opcode() const { return flags >> 11 & 0xfu; }
  [[nodiscard]] bool has(std::uint16_t bit) const { return (flags & bit) != 0; }
  [[nodiscard]] std::optional<std::string> option(std::uint16_t code) const;
  std::uint8_t extended_rcode = 0;
};

/// Reads a whole message; the error says what is wrong with it: something runs over the end or is left over,
/// a pointer that does not go back to a name written before, names compressed where RFC 3597 §4 forbids it,
/// OPT out of place or twice. Where it is not to be strict, as with what others wrote, a pointer may go to
/// anything before it.
Expected<Reply, std::string> read_reply(Octets message, bool strict = true);

/// What is wrong with `reply` (perhaps empty: silence) as an answer to `query`, whatever the zones say; "" if
/// nothing. `limit` is the most octets it may have.
std::string judge(Octets query, Octets reply, std::size_t limit);

}  // namespace doors
