#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace doors {

/// A check that a push has to pass; each is `off`, `warn` or `refuse`, and `syntax` is always refuse.
enum class Gate : std::uint8_t {
  syntax,      ///< the text can be read and makes a zone that can be served
  zonemd,      ///< ZONEMD matches (RFC 8976)
  signatures,  ///< every RRset of a signed zone is signed, and the denial chain is whole
  expired,     ///< the signatures are valid now
  shrink,      ///< the zone has not lost more than a share of its records
  growth,      ///< the zone has not grown beyond all measure
  serial,      ///< the serial has moved forward
  rollout,     ///< no other push is going through the fleet
};

/// "syntax", "zonemd", …: as the command line spells them.
[[nodiscard]] std::string_view to_string(Gate gate) noexcept;
[[nodiscard]] std::optional<Gate> parse_gate(std::string_view text) noexcept;

/// Something wrong with a zone: where, at which name, and what to mend.
struct Problem {
  bool error = true;  ///< else a warning
  Gate gate = Gate::syntax;
  std::string file;        ///< empty when the zone did not come from a file
  std::uint32_t line = 0;  ///< 1-based; 0 when the whole file is meant
  std::string owner;       ///< presentation form; empty when no name is meant
  std::string message;     ///< lower case, no full stop
  /// "FILE:LINE: OWNER: MESSAGE", without the parts that are not there.
  [[nodiscard]] std::string to_string() const;
};

}  // namespace doors
