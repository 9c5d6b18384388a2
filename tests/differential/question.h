#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "server/answer/respond.h"
#include "tests/differential/exchange.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"
#include "zones/image/image.h"

namespace doors::test {

/// One question, with what else makes its message.
struct Question {
  Name name;  ///< case kept
  RRType type{};
  std::uint16_t edns_size = 1232;  ///< 0: no OPT
  bool dnssec = false;
  Transport transport = Transport::udp;

  /// "www.example. A +do +size=512 +tcp"
  [[nodiscard]] std::string text() const;
  [[nodiscard]] Message message() const;
  /// The most octets that the reply may have.
  [[nodiscard]] std::size_t limit() const;
};

using Random = std::mt19937;
/// 0 … bound - 1.
std::size_t below(std::size_t bound, Random& random);
/// One of them.
template <class List>
const auto& one_of(const List& list, Random& random) {
  return std::data(list)[below(std::size(list), random)];
}

using Images = std::vector<std::shared_ptr<const ZoneImage>>;

/// The names worth asking for: every name of the zones, empty non-terminals, glue and hashed owners too; its
/// parent; `*`, `a`, two labels and a label with odd octets below it; the names just before and behind it in
/// canonical order. Sorted, each once.
std::vector<Name> names_around(const Images& zones);

/// All names_around() with the types whose answers have rules of their own, with and without DO: each
/// combination once, and now and then in mixed case, without EDNS, with a smaller or larger size, or over
/// TCP. At most `most` of them, drawn evenly.
std::vector<Question> questions_about(const Images& zones, std::size_t most, Random& random);

}  // namespace doors::test
