#include "zones/dns/types.h"

#include <array>
#include <charconv>
#include <utility>

#include "zones/base/ascii.h"

namespace doors {

namespace {

struct TypeName {
  std::uint16_t type;
  std::string_view name;
};

/// IANA "Resource Record (RR) TYPEs", by number.
constexpr std::array type_names = std::to_array<TypeName>({
    {1, "A"},           {2, "NS"},        {3, "MD"},        {4, "MF"},       {5, "CNAME"},
    {6, "SOA"},         {7, "MB"},        {8, "MG"},        {9, "MR"},       {10, "NULL"},
    {11, "WKS"},        {12, "PTR"},      {13, "HINFO"},    {14, "MINFO"},   {15, "MX"},
    {16, "TXT"},        {17, "RP"},       {18, "AFSDB"},    {19, "X25"},     {20, "ISDN"},
    {21, "RT"},         {22, "NSAP"},     {23, "NSAP-PTR"}, {24, "SIG"},     {25, "KEY"},
    {26, "PX"},         {27, "GPOS"},     {28, "AAAA"},     {29, "LOC"},     {30, "NXT"},
    {31, "EID"},        {32, "NIMLOC"},   {33, "SRV"},      {34, "ATMA"},    {35, "NAPTR"},
    {36, "KX"},         {37, "CERT"},     {38, "A6"},       {39, "DNAME"},   {40, "SINK"},
    {41, "OPT"},        {42, "APL"},      {43, "DS"},       {44, "SSHFP"},   {45, "IPSECKEY"},
    {46, "RRSIG"},      {47, "NSEC"},     {48, "DNSKEY"},   {49, "DHCID"},   {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},     {53, "SMIMEA"},   {55, "HIP"},     {56, "NINFO"},
    {57, "RKEY"},       {58, "TALINK"},   {59, "CDS"},      {60, "CDNSKEY"}, {61, "OPENPGPKEY"},
    {62, "CSYNC"},      {63, "ZONEMD"},   {64, "SVCB"},     {65, "HTTPS"},   {66, "DSYNC"},
    {67, "HHIT"},       {68, "BRID"},     {99, "SPF"},      {100, "UINFO"},  {101, "UID"},
    {102, "GID"},       {103, "UNSPEC"},  {104, "NID"},     {105, "L32"},    {106, "L64"},
    {107, "LP"},        {108, "EUI48"},   {109, "EUI64"},   {128, "NXNAME"}, {249, "TKEY"},
    {250, "TSIG"},      {251, "IXFR"},    {252, "AXFR"},    {253, "MAILB"},  {254, "MAILA"},
    {255, "ANY"},       {256, "URI"},     {257, "CAA"},     {258, "AVC"},    {259, "DOA"},
    {260, "AMTRELAY"},  {261, "RESINFO"}, {262, "WALLET"},  {263, "CLA"},    {264, "IPN"},
    {32768, "TA"},      {32769, "DLV"},
});

constexpr std::array rcode_names = std::to_array<std::pair<Rcode, std::string_view>>({
    {Rcode::noerror, "NOERROR"},
    {Rcode::formerr, "FORMERR"},
    {Rcode::servfail, "SERVFAIL"},
    {Rcode::nxdomain, "NXDOMAIN"},
    {Rcode::notimp, "NOTIMP"},
    {Rcode::refused, "REFUSED"},
    {Rcode::yxdomain, "YXDOMAIN"},
    {Rcode::yxrrset, "YXRRSET"},
    {Rcode::nxrrset, "NXRRSET"},
    {Rcode::notauth, "NOTAUTH"},
    {Rcode::notzone, "NOTZONE"},
    {Rcode::badvers, "BADVERS"},
    {Rcode::badkey, "BADKEY"},
    {Rcode::badtime, "BADTIME"},
    {Rcode::badtrunc, "BADTRUNC"},
    {Rcode::badcookie, "BADCOOKIE"},
});

}  // namespace

std::string to_string(RRType type) {
  for (const TypeName& known : type_names) {
    if (known.type == raw(type)) return std::string(known.name);
  }
  return "TYPE" + std::to_string(raw(type));
}

std::optional<RRType> parse_type(std::string_view text) noexcept {
  for (const TypeName& known : type_names) {
    if (equal_ignoring_case(known.name, text)) return RRType(known.type);
  }
  if (text.size() < 5 || !equal_ignoring_case(text.substr(0, 4), "TYPE")) return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, problem] = std::from_chars(text.data() + 4, text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return RRType(number);
}

std::string to_string(Rcode rcode) {
  for (const auto& [known, name] : rcode_names) {
    if (known == rcode) return std::string(name);
  }
  return "RCODE" + std::to_string(raw(rcode));
}

}  // namespace doors
