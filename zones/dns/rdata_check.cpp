#include "zones/dns/rdata_check.h"

#include "zones/dns/name.h"
#include "zones/dns/wire_reader.h"

namespace doors {

namespace {

/// Reads the parts of RDATA in a row; asked once at the end.
class Form {
 public:
  explicit Form(Octets rdata) noexcept : reader_(rdata) {}

  /// A whole uncompressed name.
  Form& name() noexcept {
    std::size_t size = 1;
    for (std::uint8_t length = reader_.u8(); length != 0 && reader_.ok(); length = reader_.u8()) {
      size += length + std::size_t{1};
      if (length > max_label_octets || size > max_name_octets) reader_.fail();
      (void)reader_.octets(length);
    }
    return *this;
  }
  Form& skip(std::size_t octets) noexcept {
    (void)reader_.octets(octets);
    return *this;
  }
  /// A character-string (RFC 1035 §3.3).
  Form& string() noexcept { return skip(reader_.u8()); }
  /// Everything that is left; at least so many octets.
  Form& rest(std::size_t least) noexcept {
    if (reader_.remaining() < least) reader_.fail();
    return skip(reader_.remaining());
  }
  /// Type bit maps (RFC 4034 §4.1.2): windows ascend, 1 to 32 octets each, the last octet not zero.
  Form& type_bitmaps() noexcept {
    int last_window = -1;
    while (more()) {
      const int window = reader_.u8();
      const Octets bits = reader_.octets(reader_.u8());
      if (window <= last_window || bits.empty() || bits.size() > 32 || bits.back() == std::byte{0})
        reader_.fail();
      last_window = window;
    }
    return *this;
  }
  [[nodiscard]] bool more() const noexcept { return reader_.ok() && !reader_.at_end(); }
  [[nodiscard]] WireReader& reader() noexcept { return reader_; }
  [[nodiscard]] bool complete() const noexcept { return reader_.ok() && reader_.at_end(); }

 private:
  WireReader reader_;
};

/// A digest whose length its algorithm fixes; 0 where the algorithm is not known.
std::size_t ds_digest_octets(std::uint8_t algorithm) noexcept {
  switch (algorithm) {
    case 1:
      return 20;  // SHA-1
    case 2:       // SHA-256 (RFC 4509)
    case 3:
      return 32;  // GOST R 34.11-94 (RFC 5933)
    case 4:
      return 48;  // SHA-384 (RFC 6605)
    default:
      return 0;
  }
}

bool valid_ds(Form form) noexcept {
  form.skip(3);
  const std::size_t fixed = ds_digest_octets(form.reader().u8());
  return fixed == 0 ? form.rest(1).complete() : form.skip(fixed).complete();
}

/// RFC 8976 §2.2.4: 12 octets at least, and as many as SHA-384 and SHA-512 have.
bool valid_zonemd(Form form) noexcept {
  form.skip(5);
  const std::uint8_t algorithm = form.reader().u8();
  if (algorithm == 1 || algorithm == 2) return form.skip(algorithm == 1 ? 48 : 64).complete();
  return form.rest(12).complete();
}

bool valid_strings(Form form) noexcept {
  do form.string();
  while (form.more());
  return form.complete();
}

/// RFC 9460 §2.2: keys ascend, each once.
bool valid_svcb(Form form) noexcept {
  form.skip(2).name();
  int last_key = -1;
  while (form.more()) {
    const int key = form.reader().u16();
    form.skip(form.reader().u16());
    if (key <= last_key) return false;
    last_key = key;
  }
  return form.complete();
}

/// A gateway or relay that is nothing, an address or a name (RFC 4025 §2.5, RFC 8777 §4.2).
Form& relay(Form& form, unsigned kind) noexcept {
  switch (kind) {
    case 0:
      return form;
    case 1:
      return form.skip(4);
    case 2:
      return form.skip(16);
    case 3:
      return form.name();
    default:
      return form.rest(0);
  }
}

bool valid_ipseckey(Form form) noexcept {
  form.skip(1);
  const std::uint8_t kind = form.reader().u8();
  form.skip(1);
  return relay(form, kind).rest(0).complete();
}

bool valid_amtrelay(Form form) noexcept {
  form.skip(1);
  const unsigned kind = form.reader().u8() & 0x7fu;
  return relay(form, kind).complete();
}

bool valid_hip(Form form) noexcept {  // RFC 8005 §5
  const std::size_t tag = form.reader().u8();
  form.skip(1);
  const std::size_t key = form.reader().u16();
  form.skip(tag).skip(key);
  while (form.more()) form.name();
  return form.complete();
}

bool valid_apl(Form form) noexcept {  // RFC 3123 §4
  while (form.more()) {
    const std::uint16_t family = form.reader().u16();
    const std::uint8_t prefix = form.reader().u8();
    const std::size_t octets = form.reader().u8() & 0x7fu;
    const std::size_t most = family == 1 ? 4 : family == 2 ? 16 : 127;
    if (octets > most || (most < 127 && prefix > most * 8)) return false;
    form.skip(octets);
  }
  return form.complete();
}

bool valid_caa(Form form) noexcept {  // RFC 8659 §4.1
  form.skip(1);
  const std::uint8_t tag = form.reader().u8();
  return tag != 0 && form.skip(tag).rest(0).complete();
}

/// RFC 1876 §2: only version 0 has a known form. Sizes are a digit times a power of ten, angles in 1/1000 of
/// a second about 2^31.
bool valid_loc(Form form) noexcept {
  if (form.reader().u8() != 0) return form.rest(0).complete();
  for (int i = 0; i < 3; ++i) {
    const unsigned size = form.reader().u8();
    if ((size >> 4) > 9 || (size & 15) > 9) return false;
  }
  constexpr std::int64_t equator = std::int64_t{1} << 31;
  constexpr std::int64_t degree = 3'600'000;
  const std::int64_t latitude = form.reader().u32() - equator;
  const std::int64_t longitude = form.reader().u32() - equator;
  if (latitude < -90 * degree || latitude > 90 * degree) return false;
  if (longitude < -180 * degree || longitude > 180 * degree) return false;
  return form.skip(4).complete();
}

bool valid_nsec3(Form form) noexcept {  // RFC 5155 §3.2
  form.skip(4).string();
  const std::uint8_t hash = form.reader().u8();
  return hash != 0 && form.skip(hash).type_bitmaps().complete();
}

}  // namespace

bool valid_rdata(RRType type, Octets rdata) noexcept {
  if (rdata.size() > 0xffff) return false;
  Form form(rdata);
  switch (raw(type)) {
    case 1:
      return rdata.size() == 4;  // A
    case 28:
      return rdata.size() == 16;  // AAAA
    case 2:
    case 3:
    case 4:
    case 5:
    case 7:
    case 8:
    case 9:
    case 12:
    case 23:
    case 39:
      return form.name().complete();  // NS MD MF CNAME MB MG MR PTR NSAP-PTR DNAME
    case 6:
      return form.name().name().skip(20).complete();  // SOA
    case 11:
      return rdata.size() <= 5 + 8192 && form.rest(5).complete();  // WKS
    case 13:
      return form.string().string().complete();  // HINFO
    case 14:
    case 17:
    case 58:
      return form.name().name().complete();  // MINFO RP TALINK
    case 15:
    case 18:
    case 21:
    case 36:
    case 107:
      return form.skip(2).name().complete();  // MX AFSDB RT KX LP
    case 16:
    case 56:
    case 99:
    case 258:
    case 261:
    case 262:
      return valid_strings(form);  // TXT and its like
    case 19:
      return form.string().complete();  // X25
    case 20:
      return form.string().complete() || Form(rdata).string().string().complete();  // ISDN
    case 24:
    case 46:
      return form.skip(18).name().rest(1).complete();  // SIG RRSIG
    case 25:
      return form.rest(4).complete();  // KEY
    case 26:
      return form.skip(2).name().name().complete();  // PX
    case 27:
      return form.string().string().string().complete();  // GPOS
    case 29:
      return valid_loc(form);
    case 30:
      return form.name().rest(1).complete();  // NXT
    case 33:
      return form.skip(6).name().complete();  // SRV
    case 35:
      return form.skip(4).string().string().string().name().complete();  // NAPTR
    case 37:
      return form.rest(5).complete();  // CERT
    case 42:
      return valid_apl(form);
    case 43:
    case 59:
    case 32768:
    case 32769:
      return valid_ds(form);  // DS CDS TA DLV
    case 44:
      return form.rest(3).complete();  // SSHFP
    case 45:
      return valid_ipseckey(form);
    case 47:
      return form.name().type_bitmaps().complete();  // NSEC
    case 48:
    case 60:
      return form.rest(5).complete();  // DNSKEY CDNSKEY
    case 49:
    case 61:
      return form.rest(1).complete();  // DHCID OPENPGPKEY
    case 50:
      return valid_nsec3(form);
    case 51:
      return form.skip(4).string().complete();  // NSEC3PARAM
    case 52:
    case 53:
      return form.rest(4).complete();  // TLSA SMIMEA
    case 55:
      return valid_hip(form);
    case 62:
      return form.skip(6).type_bitmaps().complete();  // CSYNC
    case 66:
      return form.skip(5).name().complete();  // DSYNC
    case 101:
    case 102:
      return rdata.size() == 4;  // UID GID
    case 63:
      return valid_zonemd(form);
    case 64:
    case 65:
      return valid_svcb(form);
    case 104:
    case 106:
      return rdata.size() == 10;  // NID L64
    case 105:
    case 108:
      return rdata.size() == 6;  // L32 EUI48
    case 109:
      return rdata.size() == 8;  // EUI64
    case 256:
      return form.rest(5).complete();  // URI
    case 257:
      return valid_caa(form);
    case 260:
      return valid_amtrelay(form);
    default:
      return true;
  }
}

}  // namespace doors
