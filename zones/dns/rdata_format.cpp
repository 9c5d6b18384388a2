#include "zones/dns/rdata_format.h"

#include <algorithm>
#include <array>

namespace doors {

namespace {

struct Row {
  std::uint16_t type;
  const char* fields;
};

// One row a line, with the type's name beside it.
// clang-format off
constexpr std::array rows = std::to_array<Row>({
    {1, "a"},           // A
    {2, "n"},           // NS
    {3, "n"},           // MD
    {4, "n"},           // MF
    {5, "n"},           // CNAME
    {6, "nnltttt"},     // SOA
    {7, "n"},           // MB
    {8, "n"},           // MG
    {9, "n"},           // MR
    {11, "aW"},         // WKS
    {12, "n"},          // PTR
    {13, "ss"},         // HINFO
    {14, "nn"},         // MINFO
    {15, "wn"},         // MX
    {16, "S"},          // TXT
    {17, "nn"},         // RP
    {18, "wn"},         // AFSDB
    {19, "p"},          // X25
    {20, "sO"},         // ISDN
    {21, "wn"},         // RT
    {22, "P"},          // NSAP
    {23, "n"},          // NSAP-PTR
    {24, "TgblDDwnB"},  // SIG
    {25, "wbgK"},       // KEY
    {26, "wnn"},        // PX
    {27, "sss"},        // GPOS
    {28, "A"},          // AAAA
    {29, "G"},          // LOC
    {30, "nN"},         // NXT
    {31, "x"},          // EID
    {32, "x"},          // NIMLOC
    {33, "wwwn"},       // SRV
    {34, "m"},          // ATMA
    {35, "wwsssn"},     // NAPTR
    {36, "wn"},         // KX
    {37, "CwgB"},       // CERT
    {38, "6"},          // A6
    {39, "n"},          // DNAME
    {40, "bbbZ"},       // SINK
    {43, "wgbd"},       // DS
    {44, "bbf"},        // SSHFP
    {45, "k"},          // IPSECKEY
    {46, "TgblDDwnB"},  // RRSIG
    {47, "nM"},         // NSEC
    {48, "wbgB"},       // DNSKEY
    {49, "B"},          // DHCID
    {50, "bbwXhM"},     // NSEC3
    {51, "bbwX"},       // NSEC3PARAM
    {52, "bbbx"},       // TLSA
    {53, "bbbx"},       // SMIMEA
    {55, "H"},          // HIP
    {56, "S"},          // NINFO
    {57, "wbgB"},       // RKEY
    {58, "nn"},         // TALINK
    {59, "wgbd"},       // CDS
    {60, "wbgB"},       // CDNSKEY
    {61, "B"},          // OPENPGPKEY
    {62, "lwM"},        // CSYNC
    {63, "lbbz"},       // ZONEMD
    {64, "wnv"},        // SVCB
    {65, "wnv"},        // HTTPS
    {66, "TYwn"},       // DSYNC
    {67, "B"},          // HHIT
    {68, "B"},          // BRID
    {99, "S"},          // SPF
    {101, "l"},         // UID
    {102, "l"},         // GID
    {104, "wi"},        // NID
    {105, "wa"},        // L32
    {106, "wi"},        // L64
    {107, "wn"},        // LP
    {108, "e"},         // EUI48
    {109, "E"},         // EUI64
    {256, "wwQ"},       // URI
    {257, "bcq"},       // CAA
    {258, "S"},         // AVC
    {259, "llbs-"},     // DOA
    {260, "r"},         // AMTRELAY
    {261, "S"},         // RESINFO
    {262, "S"},         // WALLET
    {263, "S"},         // CLA
    {264, "L"},         // IPN
    {32768, "wgbd"},    // TA
    {32769, "wgbd"},    // DLV
});
// clang-format on

/// The rows by number, up to where the numbers become thin.
constexpr auto by_number = [] {
  std::array<const char*, 265> made{};
  for (const Row& row : rows) {
    if (row.type < made.size()) made[row.type] = row.fields;
  }
  return made;
}();

}  // namespace

const char* rdata_format(RRType type) noexcept {
  if (raw(type) < by_number.size()) return by_number[raw(type)];
  const auto row =
      std::find_if(rows.begin(), rows.end(), [type](const Row& each) { return each.type == raw(type); });
  return row != rows.end() ? row->fields : nullptr;
}

}  // namespace doors
