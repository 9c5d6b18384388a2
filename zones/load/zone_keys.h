#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "zones/content/content.h"

namespace doors {

/// The parts of RRSIG RDATA (RFC 4034 §3.1), borrowed.
struct RrsigFields {
  RRType covered{};
  std::uint8_t algorithm = 0;
  std::uint8_t labels = 0;
  std::uint32_t original_ttl = 0;
  std::uint32_t expiration = 0;  ///< seconds since 1970, modulo 2^32
  std::uint32_t inception = 0;
  std::uint16_t key_tag = 0;
  NameView signer;
  Octets signature;
};
/// Takes RDATA that valid_rdata() has passed apart.
[[nodiscard]] RrsigFields parse_rrsig(Octets rdata) noexcept;

/// RFC 4034 Appendix B.
[[nodiscard]] std::uint16_t key_tag(Octets dnskey_rdata) noexcept;

/// The zone keys of an apex, made ready to verify with, once. One thread.
class ZoneKeys {
 public:
  /// Takes those with the ZONE flag and protocol 3 (RFC 4034 §2.1); one whose octets make no key verifies
  /// nothing.
  explicit ZoneKeys(const RRsetView& dnskeys);
  ZoneKeys(ZoneKeys&&) noexcept;
  ~ZoneKeys();

  enum class Verdict : std::uint8_t {
    good,         ///< the signature is of a key of these; nothing is said about its times
    bad,          ///< no key of that tag and algorithm verifies it, or its fields do not fit the RRset
    unsupported,  ///< its algorithm is none that we know
  };
  /// Verifies one RRSIG over one RRset of the zone `origin` (RFC 4035 §5.3): the RRset is canonical, as a
  /// content's are.
  [[nodiscard]] Verdict verify(const RRsetView& rrset, Octets rrsig_rdata, NameView origin);

 private:
  struct Key;
  std::vector<Key> keys_;
  std::vector<std::byte> signed_octets_;
};

}  // namespace doors
