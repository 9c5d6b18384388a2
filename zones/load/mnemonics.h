#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace doors {

/// A number that zone text may write as a word.
struct Mnemonic {
  std::uint16_t number;
  std::string_view word;
};

/// DNSSEC algorithms (RFC 4034 Appendix A.1 and IANA "DNS Security Algorithm Numbers").
inline constexpr std::array dnssec_algorithms = std::to_array<Mnemonic>({
    {0, "DELETE"},
    {1, "RSAMD5"},
    {2, "DH"},
    {3, "DSA"},
    {4, "ECC"},
    {5, "RSASHA1"},
    {6, "DSA-NSEC3-SHA1"},
    {7, "RSASHA1-NSEC3-SHA1"},
    {8, "RSASHA256"},
    {10, "RSASHA512"},
    {12, "ECC-GOST"},
    {13, "ECDSAP256SHA256"},
    {14, "ECDSAP384SHA384"},
    {15, "ED25519"},
    {16, "ED448"},
    {17, "SM2SM3"},
    {23, "ECC-GOST12"},
    {252, "INDIRECT"},
    {253, "PRIVATEDNS"},
    {254, "PRIVATEOID"},
});

/// CERT RR types (RFC 4398 §2.1).
inline constexpr std::array certificate_types = std::to_array<Mnemonic>({
    {1, "PKIX"},
    {2, "SPKI"},
    {3, "PGP"},
    {4, "IPKIX"},
    {5, "ISPKI"},
    {6, "IPGP"},
    {7, "ACPKIX"},
    {8, "IACPKIX"},
    {253, "URI"},
    {254, "OID"},
});

/// Protocols of WKS (RFC 1010).
inline constexpr std::array wks_protocols = std::to_array<Mnemonic>({{1, "ICMP"}, {6, "TCP"}, {17, "UDP"}});

/// DSYNC schemes (RFC 9859 §2.1).
inline constexpr std::array dsync_schemes = std::to_array<Mnemonic>({{1, "NOTIFY"}});

/// SvcParamKeys (RFC 9460 §14.3.2 and IANA "DNS Service Bindings").
inline constexpr std::array svc_param_keys = std::to_array<Mnemonic>({
    {0, "mandatory"},
    {1, "alpn"},
    {2, "no-default-alpn"},
    {3, "port"},
    {4, "ipv4hint"},
    {5, "ech"},
    {6, "ipv6hint"},
    {7, "dohpath"},
    {8, "ohttp"},
    {9, "tls-supported-groups"},
    {10, "docpath"},
});

}  // namespace doors
