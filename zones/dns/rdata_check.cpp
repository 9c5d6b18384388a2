#include "zones/dns/rdata_check.h"

#include <algorithm>

#include "zones/dns/name.h"
#include "zones/dns/rdata_format.h"
#include "zones/dns/svc_params.h"
#include "zones/dns/wire_reader.h"

namespace doors {

namespace {

bool is_digit(std::byte octet) noexcept { return octet >= std::byte{'0'} && octet <= std::byte{'9'}; }

bool is_alphanumeric(std::byte octet) noexcept {
  return is_digit(octet) || (lower(octet) >= std::byte{'a'} && lower(octet) <= std::byte{'z'});
}

/// A DS digest's length by its type (RFC 4034, 4509, 5933, 6605, 9558, 9563); 0 where the type is not known.
std::size_t ds_digest_octets(std::byte type) noexcept {
  switch (std::to_integer<unsigned>(type)) {
    case 1:
      return 20;  // SHA-1
    case 2:
    case 3:
    case 5:
    case 6:
      return 32;  // SHA-256, GOST R 34.11-94, GOST R 34.11-2012, SM3
    case 4:
      return 48;  // SHA-384
    default:
      return 0;
  }
}

/// A SSHFP fingerprint's length by its type (RFC 4255, 6594); 0 where the type is not known.
std::size_t sshfp_octets(std::byte type) noexcept {
  return type == std::byte{1} ? 20 : type == std::byte{2} ? 32 : 0;
}

/// Walks over RDATA field by field; fails for good at the first that is not there or not right.
class RdataWalk {
 public:
  explicit RdataWalk(Octets rdata) noexcept : rdata_(rdata), reader_(rdata) {}

  void field(RdataField kind) noexcept {
    switch (kind) {
      case RdataField::name:
        return name();
      case RdataField::number8:
      case RdataField::algorithm:
      case RdataField::dsync_scheme:
        return skip(1);
      case RdataField::number16:
      case RdataField::type:
      case RdataField::certificate_type:
        return skip(2);
      case RdataField::number32:
      case RdataField::seconds:
      case RdataField::time:
      case RdataField::ipv4:
        return skip(4);
      case RdataField::eui48:
        return skip(6);
      case RdataField::number64:
      case RdataField::groups_of_hex:
      case RdataField::eui64:
        return skip(8);
      case RdataField::ipv6:
        return skip(16);
      case RdataField::string:
      case RdataField::salt:
        return string();
      case RdataField::optional_string:
        if (more()) string();
        return;
      case RdataField::strings:
        do string();
        while (more());
        return;
      case RdataField::psdn_address:
        return psdn_address();
      case RdataField::tag:
        return tag();
      case RdataField::text:
      case RdataField::optional_base64:
      case RdataField::dashed_base64:
        return rest(0);
      case RdataField::some_text:
      case RdataField::hex:
      case RdataField::base64:
      case RdataField::nsap_address:
        return rest(1);
      case RdataField::atm_address:
        return rest(2);
      case RdataField::ds_digest:
        return digest(ds_digest_octets(before()), 1);
      case RdataField::sshfp_fingerprint:
        return digest(sshfp_octets(before()), 1);
      case RdataField::zonemd_digest:
        return digest(before() == std::byte{1} ? 48 : before() == std::byte{2} ? 64 : 0, 12);
      case RdataField::hash:
        return hash();
      case RdataField::key:
        return key();
      case RdataField::type_bitmaps:
        return type_bitmaps();
      case RdataField::nxt_bitmap:
        return nxt_bitmap();
      case RdataField::svc_params:
        return require(svc_params_problem(reader_.octets(reader_.remaining())) == nullptr);
      case RdataField::location:
        return location();
      case RdataField::services:
        skip(1);
        require(reader_.remaining() <= 65'536 / 8);
        return rest(0);
      case RdataField::a6:
        return a6();
      case RdataField::ipseckey:
        return ipseckey();
      case RdataField::host_identity:
        return host_identity();
      case RdataField::amt_relay:
        return amt_relay();
    }
  }
  /// RFC 3123 §4: prefixes, as many octets of each address as it needs.
  void address_prefixes() noexcept {
    while (more()) {
      const std::uint16_t family = reader_.u16();
      const std::uint8_t prefix = reader_.u8();
      const std::size_t octets = reader_.u8() & 0x7fu;
      const std::size_t most = family == 1 ? 4 : family == 2 ? 16 : 127;
      require(octets <= most && (most == 127 || prefix <= most * 8));
      skip(octets);
    }
  }
  [[nodiscard]] bool complete() const noexcept { return reader_.ok() && reader_.at_end(); }

 private:
  [[nodiscard]] bool more() const noexcept { return reader_.ok() && !reader_.at_end(); }
  void require(bool holds) noexcept {
    if (!holds) reader_.fail();
  }
  void skip(std::size_t octets) noexcept { (void)reader_.octets(octets); }
  /// All that is left, at least so much.
  void rest(std::size_t least) noexcept {
    require(reader_.remaining() >= least);
    skip(reader_.remaining());
  }
  /// The octet before this field; fields that ask are never first.
  [[nodiscard]] std::byte before() const noexcept {
    return reader_.ok() ? rdata_[reader_.offset() - 1] : std::byte{0};
  }
  Octets taken_string() noexcept { return reader_.octets(reader_.u8()); }
  void string() noexcept { (void)taken_string(); }

  void name() noexcept {
    std::size_t size = 1;
    for (std::uint8_t length = reader_.u8(); length != 0 && reader_.ok(); length = reader_.u8()) {
      size += length + std::size_t{1};
      require(length <= max_label_octets && size <= max_name_octets);
      skip(length);
    }
  }
  void psdn_address() noexcept {
    const Octets digits = taken_string();
    require(digits.size() >= 4 && std::all_of(digits.begin(), digits.end(), is_digit));
  }
  void tag() noexcept {
    const Octets letters = taken_string();
    require(!letters.empty() && std::all_of(letters.begin(), letters.end(), is_alphanumeric));
  }
  /// To the end: `fixed` octets, or if that is 0 at least so many.
  void digest(std::size_t fixed, std::size_t least) noexcept {
    require(fixed == 0 || reader_.remaining() == fixed);
    rest(least);
  }
  /// RFC 5155 §3.2: SHA-1 is hash algorithm 1, the first octet.
  void hash() noexcept {
    const std::size_t size = taken_string().size();
    require(size != 0 && (rdata_[0] != std::byte{1} || size == 20));
  }
  /// RFC 2535 §3.1.2: both upper flags mean that no key follows.
  void key() noexcept { rest(reader_.ok() && (rdata_[0] & std::byte{0xc0}) == std::byte{0xc0} ? 0 : 1); }
  /// RFC 4034 §4.1.2: windows ascend, 1 to 32 octets each, the last octet not zero.
  void type_bitmaps() noexcept {
    int last_window = -1;
    while (more()) {
      const int window = reader_.u8();
      const Octets bits = taken_string();
      require(window > last_window && !bits.empty() && bits.size() <= 32 && bits.back() != std::byte{0});
      last_window = window;
    }
  }
  /// RFC 2535 §5.2: 128 types at most, and bit 0 set means another form, which nobody has defined.
  void nxt_bitmap() noexcept {
    const Octets bits = reader_.octets(reader_.remaining());
    require(!bits.empty() && bits.size() <= 16 && (bits[0] & std::byte{0x80}) == std::byte{0});
  }
  /// RFC 1876 §2: only version 0 has a known form. Sizes are a digit times a power of ten, angles in 1/1000
  /// of a second about 2^31.
  void location() noexcept {
    if (reader_.u8() != 0) return rest(0);
    for (int i = 0; i < 3; ++i) {
      const unsigned size = reader_.u8();
      require((size >> 4) <= 9 && (size & 15) <= 9);
    }
    constexpr std::int64_t equator = std::int64_t{1} << 31;
    constexpr std::int64_t degree = 3'600'000;
    const std::int64_t latitude = reader_.u32() - equator;
    const std::int64_t longitude = reader_.u32() - equator;
    require(latitude >= -90 * degree && latitude <= 90 * degree);
    require(longitude >= -180 * degree && longitude <= 180 * degree);
    skip(4);
  }
  /// RFC 2874 §3.1.1: as many octets as the bits behind the prefix need, those before them zero.
  void a6() noexcept {
    const unsigned prefix = reader_.u8();
    if (prefix > 128) return reader_.fail();
    const Octets suffix = reader_.octets((128 - prefix + 7) / 8);
    require(suffix.empty() || prefix % 8 == 0 ||
            std::to_integer<unsigned>(suffix[0]) >> (8 - prefix % 8) == 0);
    if (prefix > 0) name();
  }
  /// A gateway or relay: nothing, an address or a name (RFC 4025 §2.5, RFC 8777 §4.2.3).
  void relay(unsigned kind) noexcept {
    switch (kind) {
      case 0:
        return;
      case 1:
        return skip(4);
      case 2:
        return skip(16);
      case 3:
        return name();
      default:
        return rest(0);
    }
  }
  void ipseckey() noexcept {
    skip(1);
    const unsigned kind = reader_.u8();
    skip(1);
    relay(kind);
    rest(0);
  }
  void amt_relay() noexcept {
    skip(1);
    relay(reader_.u8() & 0x7fu);
  }
  void host_identity() noexcept {
    const std::size_t tag = reader_.u8();
    skip(1);
    const std::size_t public_key = reader_.u16();
    skip(tag);
    skip(public_key);
    while (more()) name();
  }

  Octets rdata_;
  WireReader reader_;
};

}  // namespace

bool valid_rdata(RRType type, Octets rdata) noexcept {
  if (rdata.size() > 0xffff) return false;
  constexpr RRType apl{42};
  RdataWalk walk(rdata);
  if (type == apl) {
    walk.address_prefixes();
    return walk.complete();
  }
  const char* row = rdata_format(type);
  if (row == nullptr) return true;
  for (; *row != '\0'; ++row) walk.field(RdataField(*row));
  return walk.complete();
}

}  // namespace doors
