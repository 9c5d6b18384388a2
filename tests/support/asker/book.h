#pragma once

#include <cstdint>
#include <vector>

#include "tests/support/asker/asker.h"
#include "zones/base/octets.h"

namespace doors::asker {

/// Which query an answer belongs to, and the book of them all. Query i goes over socket i % sockets with the
/// ID (i / sockets) mod 2^16; so an ID comes again after 65,536 x sockets queries.
class Book {
 public:
  explicit Book(const Plan& plan);

  [[nodiscard]] std::uint64_t sent() const noexcept { return outcome_.records.size(); }
  [[nodiscard]] bool complete() const noexcept { return open_ == 0; }
  /// Notes the next query as sent at `now_ns` and gives its message.
  [[nodiscard]] QueryMessage next(std::int64_t now_ns);
  /// The kernel refused the query just noted.
  void not_taken() noexcept { ++outcome_.send_errors; }
  void reconnected() noexcept { ++outcome_.reconnects; }
  /// A message arrived over `socket`.
  void arrived(unsigned socket, Octets message, std::int64_t now_ns);
  [[nodiscard]] Outcome take() noexcept { return std::move(outcome_); }

 private:
  std::uint16_t nsid_index(const std::string& nsid);

  const Plan& plan_;
  Outcome outcome_;
  std::uint64_t open_ = 0;  ///< sent and not yet answered
};

}  // namespace doors::asker
