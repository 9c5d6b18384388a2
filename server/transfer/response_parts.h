#pragma once

#include <cstddef>
#include <vector>

#include "server/message/edns.h"
#include "zones/base/octets.h"
#include "zones/dns/types.h"

namespace doors {

/// Of a response that respond() wrote: header, question and OPT, which every other response to the same query
/// has too. Borrowed from it.
struct ResponseParts {
  Octets question;  ///< with type and class; empty if it has none
  Octets opt;       ///< the whole record; empty if it has none

  [[nodiscard]] static ResponseParts of(Octets response) noexcept;
};

/// Makes of a response in `buffer` one without records: its header with `set_flags` besides and `rcode`
/// (0..15), its question, its OPT, out of which goes what explained another rcode (EDE, RFC 8914). Gives its
/// octets.
std::size_t keep_question_and_opt(MutableOctets buffer, std::size_t size, unsigned set_flags,
                                  Rcode rcode) noexcept;

/// Puts an OPT record behind a response that has no additional section yet; nothing if `opt` is empty.
/// `buffer` has room for it. Gives the octets of both.
std::size_t append_opt(MutableOctets buffer, std::size_t size, Octets opt) noexcept;

/// Adds an option to an OPT record.
void add_option(std::vector<std::byte>& opt, EdnsOption code, Octets data);

}  // namespace doors
