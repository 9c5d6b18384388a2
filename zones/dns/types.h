#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace doors {

/// RR TYPE (IANA "Resource Record (RR) TYPEs"). Any 16-bit value is a legal RRType; those named here are the
/// ones the code treats specially. `raw()` and `RRType(raw)` convert.
enum class RRType : std::uint16_t {
  a = 1,
  ns = 2,
  md = 3,
  mf = 4,
  cname = 5,
  soa = 6,
  mb = 7,
  mg = 8,
  mr = 9,
  null = 10,
  wks = 11,
  ptr = 12,
  hinfo = 13,
  minfo = 14,
  mx = 15,
  txt = 16,
  rp = 17,
  afsdb = 18,
  rt = 21,
  sig = 24,
  key = 25,
  px = 26,
  aaaa = 28,
  nxt = 30,
  srv = 33,
  naptr = 35,
  kx = 36,
  a6 = 38,
  dname = 39,
  opt = 41,
  ds = 43,
  rrsig = 46,
  nsec = 47,
  dnskey = 48,
  nsec3 = 50,
  nsec3param = 51,
  cds = 59,
  cdnskey = 60,
  zonemd = 63,
  svcb = 64,
  https = 65,
  nxname = 128,
  tkey = 249,
  tsig = 250,
  ixfr = 251,
  axfr = 252,
  mailb = 253,
  maila = 254,
  any = 255,
};

/// CLASS (RFC 1035 §3.2.4, RFC 2136 §1.3).
enum class RRClass : std::uint16_t { in = 1, ch = 3, hs = 4, none = 254, any = 255 };

/// OPCODE, 4 bits (RFC 1035 §4.1.1, RFC 1996, RFC 2136).
enum class Opcode : std::uint8_t { query = 0, iquery = 1, status = 2, notify = 4, update = 5, dso = 6 };

/// Extended RCODE, 12 bits: the header's four and OPT's upper eight (RFC 6891 §6.1.3).
enum class Rcode : std::uint16_t {
  noerror = 0,
  formerr = 1,
  servfail = 2,
  nxdomain = 3,
  notimp = 4,
  refused = 5,
  yxdomain = 6,
  yxrrset = 7,
  nxrrset = 8,
  notauth = 9,
  notzone = 10,
  badvers = 16,
  badsig = 16,
  badkey = 17,
  badtime = 18,
  badtrunc = 22,
  badcookie = 23,
};

constexpr std::uint16_t raw(RRType type) noexcept { return static_cast<std::uint16_t>(type); }
constexpr std::uint16_t raw(RRClass rr_class) noexcept { return static_cast<std::uint16_t>(rr_class); }
constexpr std::uint8_t raw(Opcode opcode) noexcept { return static_cast<std::uint8_t>(opcode); }
constexpr std::uint16_t raw(Rcode rcode) noexcept { return static_cast<std::uint16_t>(rcode); }

/// Types that stand in questions or messages only and can be no data of a zone (RFC 6895 §3.1).
constexpr bool is_meta(RRType type) noexcept {
  return raw(type) == 0 || type == RRType::opt || (raw(type) >= 128 && raw(type) <= 255);
}

/// "A", "NSEC3PARAM", or "TYPE65280" (RFC 3597 §5) for one without a name here.
[[nodiscard]] std::string to_string(RRType type);
/// A mnemonic of IANA's list in any case, or TYPEnnn (RFC 3597 §5).
[[nodiscard]] std::optional<RRType> parse_type(std::string_view text) noexcept;
/// "NOERROR", "NXDOMAIN", …, "RCODE11" for one without a name.
[[nodiscard]] std::string to_string(Rcode rcode);

}  // namespace doors
