#include "zones/dns/types.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace doors {

namespace {

struct TypeName {
  RRType type;
  std::string_view name;
};

constexpr std::array type_names = std::to_array<TypeName>({
    {RRType::a, "A"},           {RRType::ns, "NS"},         {RRType::md, "MD"},
    {RRType::mf, "MF"},         {RRType::cname, "CNAME"},   {RRType::soa, "SOA"},
    {RRType::mb, "MB"},         {RRType::mg, "MG"},         {RRType::mr, "MR"},
    {RRType::null, "NULL"},     {RRType::ptr, "PTR"},       {RRType::hinfo, "HINFO"},
    {RRType::minfo, "MINFO"},   {RRType::mx, "MX"},         {RRType::txt, "TXT"},
    {RRType::rp, "RP"},         {RRType::afsdb, "AFSDB"},   {RRType::rt, "RT"},
    {RRType::sig, "SIG"},       {RRType::key, "KEY"},       {RRType::px, "PX"},
    {RRType::aaaa, "AAAA"},     {RRType::nxt, "NXT"},       {RRType::srv, "SRV"},
    {RRType::naptr, "NAPTR"},   {RRType::kx, "KX"},         {RRType::a6, "A6"},
    {RRType::dname, "DNAME"},   {RRType::opt, "OPT"},       {RRType::ds, "DS"},
    {RRType::rrsig, "RRSIG"},   {RRType::nsec, "NSEC"},     {RRType::dnskey, "DNSKEY"},
    {RRType::nsec3, "NSEC3"},   {RRType::nsec3param, "NSEC3PARAM"}, {RRType::cds, "CDS"},
    {RRType::cdnskey, "CDNSKEY"}, {RRType::zonemd, "ZONEMD"}, {RRType::svcb, "SVCB"},
    {RRType::https, "HTTPS"},   {RRType::nxname, "NXNAME"}, {RRType::tkey, "TKEY"},
    {RRType::tsig, "TSIG"},     {RRType::ixfr, "IXFR"},     {RRType::axfr, "AXFR"},
    {RRType::mailb, "MAILB"},   {RRType::maila, "MAILA"},   {RRType::any, "ANY"},
});

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string to_string(RRType type) {
  for (const TypeName& known : type_names) {
    if (known.type == type) return std::string(known.name);
  }
  return "TYPE" + std::to_string(raw(type));
}

std::optional<RRType> parse_type(std::string_view text) noexcept {
  for (const TypeName& known : type_names) {
    if (equal_ignoring_case(known.name, text)) return known.type;
  }
  if (text.size() < 5 || !equal_ignoring_case(text.substr(0, 4), "TYPE")) return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, problem] = std::from_chars(text.data() + 4, text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return RRType(number);
}

std::string to_string(Rcode rcode) {
  switch (rcode) {
    case Rcode::noerror: return "NOERROR";
    case Rcode::formerr: return "FORMERR";
    case Rcode::servfail: return "SERVFAIL";
    case Rcode::nxdomain: return "NXDOMAIN";
    case Rcode::notimp: return "NOTIMP";
    case Rcode::refused: return "REFUSED";
    case Rcode::yxdomain: return "YXDOMAIN";
    case Rcode::yxrrset: return "YXRRSET";
    case Rcode::nxrrset: return "NXRRSET";
    case Rcode::notauth: return "NOTAUTH";
    case Rcode::notzone: return "NOTZONE";
    case Rcode::badvers: return "BADVERS";
    case Rcode::badkey: return "BADKEY";
    case Rcode::badtime: return "BADTIME";
    case Rcode::badtrunc: return "BADTRUNC";
    case Rcode::badcookie: return "BADCOOKIE";
  }
  return "RCODE" + std::to_string(raw(rcode));
}

}  // namespace doors
