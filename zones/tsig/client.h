#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/tsig/hmac.h"
#include "zones/tsig/key.h"

namespace doors {

/// The asker's side of one signed exchange (RFC 8945 §5.1, §5.3): it signs the request, then checks the
/// messages of the response in their order, each of which is tied to those before.
///
///     request's MAC ──► message 1 ──► MAC 1 ──► message 2, 3 (unsigned), 4 ──► MAC 4 ──► …
///
/// The first and the last message are signed, and of those between at least every hundredth. One thread.
class TsigClient {
 public:
  /// `key` outlives it.
  explicit TsigClient(const TsigKey& key) noexcept : key_(&key) {}

  /// Appends the record to the request and counts it in the header. `now` is tsig_time(). Error: OpenSSL
  /// would not.
  [[nodiscard]] Result<void> sign(std::vector<std::byte>& request, std::uint64_t now);

  /// Checks the next message of the response: name, algorithm, MAC, time, in that order. Gives its octets
  /// without the record, whose count in the header the caller passes over. Error: which of them is wrong, or
  /// what the server said of our request; nothing of the message may be used then.
  [[nodiscard]] Result<std::size_t> check(Octets message, std::uint64_t now);

  /// Whether the last message checked was signed, without which no response has ended.
  [[nodiscard]] bool is_proved() const noexcept { return unsigned_messages_ == 0; }

 private:
  void begin_chain(const Mac& previous) noexcept;

  const TsigKey* key_;
  std::optional<Hmac> chain_;  // the MAC before, and the unsigned messages since
  bool first_ = true;
  unsigned unsigned_messages_ = 0;
};

/// Where the TSIG record of a message starts; 0 if it has none. Nothing if the message is no whole one, or
/// has a TSIG record elsewhere than at its end (RFC 8945 §5.2).
[[nodiscard]] std::optional<std::size_t> find_tsig(Octets message) noexcept;

}  // namespace doors
