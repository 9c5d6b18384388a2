#include "zones/load/ldns_record.h"

#include <cstdlib>
#include <memory>

#include <ldns/ldns.h>

namespace doors {

namespace {

struct FreeRecord {
  void operator()(ldns_rr* record) const noexcept { ldns_rr_free(record); }
};
struct FreeField {
  void operator()(ldns_rdf* field) const noexcept { ldns_rdf_deep_free(field); }
};
struct FreeText {
  void operator()(char* text) const noexcept { std::free(text); }
};
using Record = std::unique_ptr<ldns_rr, FreeRecord>;

/// APL alone. 1.8.3 takes a NSAP of half an octet, LOCs with 60 minutes, without altitude or beyond its
/// bounds, and no ATMA in E.164; it leaks memory on a bad CERT or IPSECKEY, and asks for the services of WKS
/// in a way that no second thread may.
constexpr RRType apl{42};

constexpr std::size_t max_text_octets = 8192;  // ldns copies words into buffers of LDNS_MAX_LINELEN (10230)

}  // namespace

Result<std::vector<std::byte>> ldns_read_rdata(RRType type, const std::string& text, NameView origin) {
  if (type != apl) return failure("no text form for " + to_string(type) + "; write it as \\# LENGTH HEX");
  if (text.size() > max_text_octets) return failure("the record is too long; write it as \\# LENGTH HEX");
  for (const char c : text) {
    if (c < ' ' || c > '~') return failure("an octet that is no printable ASCII");
  }
  const std::unique_ptr<ldns_rdf, FreeField> base(
      ldns_dname_new_frm_data(static_cast<std::uint16_t>(origin.size()), origin.wire().data()));
  ldns_rr* made = nullptr;
  const ldns_status status =
      ldns_rr_new_frm_str(&made, (". 0 IN " + to_string(type) + " " + text).c_str(), 0, base.get(), nullptr);
  const Record record(made);
  if (status != LDNS_STATUS_OK) return failure(ldns_get_errorstr_by_id(status));
  std::vector<std::byte> rdata;
  for (std::size_t i = 0; i < ldns_rr_rd_count(record.get()); ++i) {
    const ldns_rdf* field = ldns_rr_rdf(record.get(), i);
    if (field == nullptr) return failure("a field is missing");
    const auto* data = reinterpret_cast<const std::byte*>(ldns_rdf_data(field));
    rdata.insert(rdata.end(), data, data + ldns_rdf_size(field));
  }
  return rdata;
}

std::optional<std::string> ldns_write_rdata(RRType type, Octets rdata) {
  if (type != apl || rdata.size() > 0xffff) return std::nullopt;
  // A whole record in wire form: the root, type, class IN, TTL 0, length.
  std::vector<std::byte> wire(11 + rdata.size());
  store_u16(wire.data() + 1, raw(type));
  store_u16(wire.data() + 3, 1);
  store_u16(wire.data() + 9, static_cast<std::uint16_t>(rdata.size()));
  std::copy(rdata.begin(), rdata.end(), wire.begin() + 11);
  ldns_rr* made = nullptr;
  std::size_t at = 0;
  const ldns_status status = ldns_wire2rr(&made, reinterpret_cast<const std::uint8_t*>(wire.data()),
                                          wire.size(), &at, LDNS_SECTION_ANSWER);
  const Record record(made);
  if (status != LDNS_STATUS_OK) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < ldns_rr_rd_count(record.get()); ++i) {
    const ldns_rdf* field = ldns_rr_rdf(record.get(), i);
    const std::unique_ptr<char, FreeText> word(field != nullptr ? ldns_rdf2str(field) : nullptr);
    if (!word) return std::nullopt;
    if (!text.empty()) text += ' ';
    text += word.get();
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace doors
