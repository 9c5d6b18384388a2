#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"

namespace doors {

/// Where domain names sit inside uncompressed RDATA of one type:
///
///     | fixed octets | character-strings | names … | rest |
///
/// NAPTR is the only type with character-strings before its name.
struct RdataShape {
  std::uint8_t fixed_octets = 0;
  std::uint8_t character_strings = 0;
  std::uint8_t names = 0;     ///< 0..2
  bool compressible = false;  ///< its names may be compressed when sent (RFC 3597 §4: RFC 1035's types only)
  bool lowered = false;  ///< its names are lower-cased in canonical form (RFC 4034 §6.2, RFC 6840 §5.1)
};

/// The shape of a type; no names for one that has none or is not known.
[[nodiscard]] RdataShape rdata_shape(RRType type) noexcept;

/// Where one name lies: offset of its first octet inside the RDATA, and the name, borrowed from it.
struct RdataName {
  std::size_t offset = 0;
  NameView name;
};

/// The names inside one RDATA, at most two.
struct RdataNames {
  std::array<RdataName, 2> at;
  std::size_t count = 0;
  [[nodiscard]] const RdataName* begin() const noexcept { return at.data(); }
  [[nodiscard]] const RdataName* end() const noexcept { return at.data() + count; }
};

/// Finds the names of RDATA of any origin; nothing if the RDATA is too short or a name in it is bad or
/// compressed. Borrows `rdata`.
[[nodiscard]] std::optional<RdataNames> rdata_names(RRType type, Octets rdata) noexcept;

/// The same for RDATA that was checked before: nothing is checked again. For the query path.
[[nodiscard]] RdataNames trusted_rdata_names(RRType type, Octets rdata) noexcept;

/// Lower-cases the names that canonical form lower-cases. False (and untouched) if rdata_names() finds it
/// bad.
[[nodiscard]] bool make_canonical_rdata(RRType type, MutableOctets rdata) noexcept;

/// RFC 4034 §6.3: as unsigned octets left to right, a missing octet sorts first.
[[nodiscard]] std::strong_ordering compare_rdata(Octets a, Octets b) noexcept;

/// The parts of SOA RDATA (RFC 1035 §3.3.13).
struct SoaFields {
  std::uint32_t serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0;
};
/// Nothing if it is no whole SOA RDATA.
[[nodiscard]] std::optional<SoaFields> parse_soa(Octets rdata) noexcept;

/// TYPE COVERED of RRSIG RDATA (RFC 4034 §3.1.1); type 0 if shorter than that.
[[nodiscard]] RRType rrsig_covered(Octets rdata) noexcept;

}  // namespace doors
