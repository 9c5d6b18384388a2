#include "zones/load/presentation.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

#include <arpa/inet.h>

#include "zones/base/text_encoding.h"
#include "zones/dns/rdata_check.h"
#include "zones/dns/rdata_format.h"
#include "zones/dns/wire_reader.h"
#include "zones/load/character_string.h"
#include "zones/load/ldns_record.h"
#include "zones/load/location_text.h"
#include "zones/load/rdata_text.h"
#include "zones/load/svc_params_text.h"
#include "zones/load/zone_scanner.h"

namespace doors {

namespace {

std::string address(int family, const std::byte* octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, octets, text.data(), text.size());
  return text.data();
}

/// Seconds since 1970 as YYYYMMDDHHmmSS; RFC 4034 §3.2 lets 32 bits mean 1970 to 2106.
std::string calendar_time(std::uint32_t seconds) {
  const std::chrono::sys_days day{std::chrono::days(seconds / 86'400)};
  const std::chrono::year_month_day date(day);
  const std::uint32_t rest = seconds % 86'400;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02u%02u%02u%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3600,
                rest / 60 % 60, rest % 60);
  return text.data();
}

/// Takes fields off the front of RDATA that valid_rdata() has passed, so nothing can be missing. It fails
/// where there is no text for what is there.
class FieldWriter {
 public:
  explicit FieldWriter(Octets rdata) noexcept : reader_(rdata) {}

  void field(RdataField kind) {
    switch (kind) {
      case RdataField::name:
        return put(name());
      case RdataField::number8:
      case RdataField::algorithm:
      case RdataField::dsync_scheme:
        return put(std::to_string(reader_.u8()));
      case RdataField::number16:
      case RdataField::certificate_type:
        return put(std::to_string(reader_.u16()));
      case RdataField::number32:
      case RdataField::seconds:
        return put(std::to_string(reader_.u32()));
      case RdataField::number64:
        return put(std::to_string(reader_.u64()));
      case RdataField::time:
        return put(calendar_time(reader_.u32()));
      case RdataField::type:
        return put(to_string(RRType(reader_.u16())));
      case RdataField::ipv4:
        return put(address(AF_INET, reader_.octets(4).data()));
      case RdataField::ipv6:
        return put(address(AF_INET6, reader_.octets(16).data()));
      case RdataField::groups_of_hex:
        return groups_of_hex();
      case RdataField::eui48:
        return eui(6);
      case RdataField::eui64:
        return eui(8);
      case RdataField::string:
      case RdataField::psdn_address:
        return put(quote(string()));
      case RdataField::tag:
        return put(std::string(text_of(string())));
      case RdataField::optional_string:
      case RdataField::strings:
        while (more()) put(quote(string()));
        return;
      case RdataField::text:
      case RdataField::some_text:
        return put(quote(rest()));
      case RdataField::hex:
      case RdataField::ds_digest:
      case RdataField::sshfp_fingerprint:
      case RdataField::zonemd_digest:
        return put(to_hex(rest()));
      case RdataField::salt:
        return put_or_dash(to_hex(string()));
      case RdataField::hash:
        return put(to_base32hex(string()));
      case RdataField::base64:
      case RdataField::optional_base64:
      case RdataField::key:
        return put(to_base64(rest()));
      case RdataField::dashed_base64:
        return put_or_dash(to_base64(rest()));
      case RdataField::type_bitmaps:
        return type_bitmaps();
      case RdataField::nxt_bitmap:
        return put_bits(rest(),
                        [](std::size_t bit) { return to_string(RRType(static_cast<std::uint16_t>(bit))); });
      case RdataField::svc_params:
        return put(write_svc_params(rest()));
      case RdataField::location:
        return put_or_fail(write_location(rest()));
      case RdataField::nsap_address:
        return put("0x" + to_hex(rest()));
      case RdataField::atm_address:
        return atm_address();
      case RdataField::services:
        put(std::to_string(reader_.u8()));
        return put_bits(rest(), [](std::size_t port) { return std::to_string(port); });
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
  [[nodiscard]] bool ok() const noexcept { return reader_.ok(); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  [[nodiscard]] bool more() const noexcept { return reader_.ok() && !reader_.at_end(); }
  void put(const std::string& word) {
    if (!text_.empty() && !word.empty()) text_ += ' ';
    text_ += word;
  }
  void put_or_dash(const std::string& word) { put(word.empty() ? "-" : word); }
  void put_or_fail(const std::string& word) {
    if (word.empty()) return reader_.fail();
    put(word);
  }
  /// A word for each bit that is set.
  template <class Word>
  void put_bits(Octets bits, Word word) {
    for (std::size_t i = 0; i < bits.size() * 8; ++i) {
      if ((bits[i / 8] & static_cast<std::byte>(0x80u >> (i % 8))) != std::byte{0}) put(word(i));
    }
  }
  std::string name() {
    const NameView view = NameView::trusted_at(reader_.message().data() + reader_.offset());
    (void)reader_.octets(view.size());
    return view.to_string();
  }
  Octets string() noexcept { return reader_.octets(reader_.u8()); }
  Octets rest() noexcept { return reader_.octets(reader_.remaining()); }

  void groups_of_hex() {
    std::array<char, 20> text{};
    std::array<unsigned, 4> groups;
    for (unsigned& group : groups) group = reader_.u16();
    std::snprintf(text.data(), text.size(), "%04x:%04x:%04x:%04x", groups[0], groups[1], groups[2],
                  groups[3]);
    put(text.data());
  }
  void eui(std::size_t octets) {
    std::string text;
    for (std::size_t i = 0; i < octets; ++i) text += (i == 0 ? "" : "-") + to_hex(reader_.octets(1));
    put(text);
  }
  void type_bitmaps() {
    while (more()) {
      const std::size_t first = reader_.u8() * std::size_t{256};
      put_bits(string(), [first](std::size_t bit) {
        return to_string(RRType(static_cast<std::uint16_t>(first + bit)));
      });
    }
  }
  void atm_address() {
    const unsigned format = reader_.u8();
    if (format > 1) return reader_.fail();
    put(format == 1 ? "+" + std::string(text_of(rest())) : to_hex(rest()));
  }
  void a6() {
    const unsigned prefix = reader_.u8();
    put(std::to_string(prefix));
    const Octets suffix = reader_.octets((128 - prefix + 7) / 8);
    std::array<std::byte, 16> whole{};
    std::copy_backward(suffix.begin(), suffix.end(), whole.end());
    if (prefix < 128) put(address(AF_INET6, whole.data()));
    if (prefix > 0) put(name());
  }
  void relay(unsigned kind) {
    switch (kind) {
      case 0:
        return put(".");
      case 1:
        return field(RdataField::ipv4);
      case 2:
        return field(RdataField::ipv6);
      case 3:
        return field(RdataField::name);
      default:
        reader_.fail();
    }
  }
  void ipseckey() {
    put(std::to_string(reader_.u8()));
    const unsigned kind = reader_.u8();
    put(std::to_string(kind));
    put(std::to_string(reader_.u8()));
    relay(kind);
    put(to_base64(rest()));
  }
  void amt_relay() {
    put(std::to_string(reader_.u8()));
    const unsigned kind = reader_.u8();
    put(std::to_string(kind >> 7));
    put(std::to_string(kind & 0x7f));
    relay(kind & 0x7f);
  }
  void host_identity() {
    const std::size_t tag = reader_.u8();
    put(std::to_string(reader_.u8()));
    const std::size_t key = reader_.u16();
    put_or_fail(to_hex(reader_.octets(tag)));
    put_or_fail(to_base64(reader_.octets(key)));
    while (more()) put(name());
  }

  WireReader reader_;
  std::string text_;
};

std::string generic(Octets rdata) {
  return "\\# " + std::to_string(rdata.size()) + (rdata.empty() ? "" : " " + to_hex(rdata));
}

/// The text if it reads back to the same RDATA, else the generic form: for what has more wire forms than text
/// forms.
std::string proven(const std::string& text, RRType type, Octets rdata) {
  ZoneScanner scanner(text);
  LogicalLine line;
  std::vector<std::byte> back;
  const bool same = scanner.next(line) && line.problem.empty() &&
                    parse_rdata(type, line.tokens, NameView(), back) && std::ranges::equal(back, rdata);
  return same ? text : generic(rdata);
}

/// Whether RDATA of this form may have octets that its text does not say: bits beyond the last word, digits
/// that are no digits, a size of 0 × 10^3.
bool has_more_wire_forms(const char* fields) noexcept {
  for (; *fields != '\0'; ++fields) {
    switch (RdataField(*fields)) {
      case RdataField::nxt_bitmap:
      case RdataField::location:
      case RdataField::atm_address:
      case RdataField::services:
      case RdataField::svc_params:
        return true;
      default:
        break;
    }
  }
  return false;
}

}  // namespace

std::string rdata_to_presentation(RRType type, Octets rdata) {
  if (!valid_rdata(type, rdata)) return generic(rdata);
  const char* const fields = rdata_format(type);
  if (fields == nullptr) {
    const auto text = ldns_write_rdata(type, rdata);
    return text ? proven(*text, type, rdata) : generic(rdata);
  }
  FieldWriter writer(rdata);
  for (const char* field = fields; *field != '\0'; ++field) writer.field(RdataField(*field));
  if (!writer.ok()) return generic(rdata);
  return has_more_wire_forms(fields) ? proven(writer.take(), type, rdata) : writer.take();
}

std::string to_presentation(NameView owner, RRType type, Ttl ttl, Octets rdata) {
  return owner.to_string() + " " + std::to_string(ttl.raw()) + " IN " + to_string(type) + " " +
         rdata_to_presentation(type, rdata);
}

}  // namespace doors
