#include "zones/load/presentation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <vector>

#include <arpa/inet.h>

#include "zones/base/text_encoding.h"
#include "zones/dns/rdata_check.h"
#include "zones/load/ldns_record.h"
#include "zones/load/mnemonics.h"
#include "zones/load/rdata_format.h"
#include "zones/load/rdata_text.h"
#include "zones/load/zone_scanner.h"

namespace doors {

namespace {

/// A string in quotes; `also` is escaped besides quote and backslash.
std::string quoted(Octets octets, std::string_view also = "") {
  std::string text = "\"";
  for (const std::byte octet : octets) {
    const auto value = std::to_integer<unsigned char>(octet);
    if (value < 0x20 || value >= 0x7f) {
      std::array<char, 5> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\%03u", value);
      text += escaped.data();
      continue;
    }
    const char c = static_cast<char>(value);
    if (c == '"' || c == '\\' || also.find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text + '"';
}

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

/// Takes fields off the front of RDATA that valid_rdata() has passed, so nothing can be missing.
class Writer {
 public:
  explicit Writer(Octets rdata) noexcept : reader_(rdata) {}

  void field(char kind) {
    switch (kind) {
      case 'n':
        return put(name());
      case 'b':
      case 'g':
      case 'Y':
        return put(std::to_string(reader_.u8()));
      case 'w':
      case 'C':
        return put(std::to_string(reader_.u16()));
      case 'l':
      case 't':
        return put(std::to_string(reader_.u32()));
      case 'T':
        return put(to_string(RRType(reader_.u16())));
      case 'a':
        return put(address(AF_INET, reader_.octets(4).data()));
      case 'A':
        return put(address(AF_INET6, reader_.octets(16).data()));
      case 's':
        return put(quoted(string()));
      case 'S':
        while (more()) put(quoted(string()));
        return;
      case 'q':
        return put(quoted(rest()));
      case 'c':
        return caa_tag();
      case 'i':
        return put(groups_of_hex());
      case 'e':
        return put(eui(6));
      case 'E':
        return put(eui(8));
      case 'x':
        return put(to_hex(rest()));
      case 'B':
        return put(to_base64(rest()));
      case 'X': {
        const std::string digits = to_hex(string());
        return put(digits.empty() ? "-" : digits);
      }
      case 'h':
        return put(to_base32hex(string()));
      case 'D':
        return put(calendar_time(reader_.u32()));
      case 'M':
        return type_bitmaps();
      case 'v':
        while (more()) svc_param();
        return;
      case 'r':
        return amt_relay();
      case 'k':
        return ipseckey();
      case 'H':
        return host_identity();
      case 'W':
        return well_known_services();
      default:
        reader_.fail();
    }
  }
  [[nodiscard]] bool more() const noexcept { return reader_.ok() && !reader_.at_end(); }
  [[nodiscard]] bool ok() const noexcept { return reader_.ok(); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void put(const std::string& word) {
    if (!text_.empty() && !word.empty()) text_ += ' ';
    text_ += word;
  }
  std::string name() {
    const NameView view = NameView::trusted_at(reader_.message().data() + reader_.offset());
    (void)reader_.octets(view.size());
    return view.to_string();
  }
  Octets string() noexcept { return reader_.octets(reader_.u8()); }
  Octets rest() noexcept { return reader_.octets(reader_.remaining()); }

  void caa_tag() {
    const std::string tag(text_of(string()));
    for (const char c : tag) {
      if (std::isalnum(static_cast<unsigned char>(c)) == 0) reader_.fail();  // not to be written as a word
    }
    put(tag);
  }
  std::string groups_of_hex() {
    std::array<char, 8> group{};
    std::string text;
    for (int i = 0; i < 4; ++i) {
      std::snprintf(group.data(), group.size(), i == 0 ? "%04x" : ":%04x",
                    static_cast<unsigned>(reader_.u16()));
      text += group.data();
    }
    return text;
  }
  std::string eui(int octets) {
    std::string text = to_hex(reader_.octets(1));
    for (int i = 1; i < octets; ++i) text += "-" + to_hex(reader_.octets(1));
    return text;
  }
  void type_bitmaps() {
    while (more()) {
      const unsigned window = reader_.u8();
      const Octets bits = string();
      for (std::size_t i = 0; i < bits.size() * 8; ++i) {
        if ((bits[i / 8] & static_cast<std::byte>(0x80u >> (i % 8))) == std::byte{0}) continue;
        put(to_string(RRType(static_cast<std::uint16_t>(window * 256 + i))));
      }
    }
  }
  void amt_relay() {
    put(std::to_string(reader_.u8()));
    const unsigned kind = reader_.u8();
    put(std::to_string(kind >> 7));
    put(std::to_string(kind & 0x7f));
    relay(kind & 0x7f);
  }
  void relay(unsigned kind) {
    switch (kind) {
      case 0:
        return put(".");
      case 1:
        return field('a');
      case 2:
        return field('A');
      case 3:
        return field('n');
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
    field('B');
  }
  void host_identity() {
    const std::size_t tag = reader_.u8();
    put(std::to_string(reader_.u8()));
    const std::size_t key = reader_.u16();
    if (tag == 0 || key == 0) return reader_.fail();  // no word for nothing
    put(to_hex(reader_.octets(tag)));
    put(to_base64(reader_.octets(key)));
    while (more()) put(name());
  }
  void well_known_services() {
    field('a');
    put(std::to_string(reader_.u8()));
    const Octets bits = rest();
    for (std::size_t port = 0; port < bits.size() * 8; ++port) {
      if ((bits[port / 8] & static_cast<std::byte>(0x80u >> (port % 8))) != std::byte{0})
        put(std::to_string(port));
    }
  }
  /// Known keys in their own form; a value that is not right for its key as keyNNNN="octets".
  void svc_param() {
    const std::uint16_t key = reader_.u16();
    const Octets value = reader_.octets(reader_.u16());
    std::string word;
    switch (key) {
      case 3:
        word = value.size() == 2 ? "port=" + std::to_string(load_u16(value.data())) : "";
        break;
      case 4:
        word = addresses("ipv4hint=", AF_INET, 4, value);
        break;
      case 5:
        word = value.empty() ? "" : "ech=" + to_base64(value);
        break;
      case 6:
        word = addresses("ipv6hint=", AF_INET6, 16, value);
        break;
      case 1:
        word = alpn(value);
        break;
      case 0:
        word = mandatory(value);
        break;
      case 2:
        word = value.empty() ? "no-default-alpn" : "";
        break;
      case 8:
        word = value.empty() ? "ohttp" : "";
        break;
      case 7:
        word = value.empty() ? "" : "dohpath=" + quoted(value);
        break;
      default:
        break;
    }
    // A reader takes keyNNNN of a known key by the key's own rules, so a wrong value has no text form.
    if (word.empty() && key <= 8) return reader_.fail();
    if (word.empty()) word = "key" + std::to_string(key) + (value.empty() ? "" : "=" + quoted(value));
    put(word);
  }
  static std::string addresses(std::string text, int family, std::size_t octets, Octets value) {
    if (value.empty() || value.size() % octets != 0) return "";
    for (std::size_t at = 0; at < value.size(); at += octets) {
      text += (at == 0 ? "" : ",") + address(family, value.data() + at);
    }
    return text;
  }
  static std::string alpn(Octets value) {
    std::string list;
    WireReader ids(value);
    while (ids.ok() && !ids.at_end()) {
      const Octets id = ids.octets(ids.u8());
      if (id.empty()) return "";
      if (!list.empty()) list += ',';
      for (const char c : text_of(id)) list += c == ',' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
    return !ids.ok() || list.empty() ? "" : "alpn=" + quoted(octets_of(list));
  }
  static std::string mandatory(Octets value) {
    if (value.empty() || value.size() % 2 != 0) return "";
    std::string text;
    for (std::size_t at = 0; at < value.size(); at += 2) {
      const std::uint16_t key = load_u16(value.data() + at);
      std::string word = "key" + std::to_string(key);
      for (const Mnemonic& known : svc_param_keys) {
        if (known.number == key) word = known.word;
      }
      text += (at == 0 ? "mandatory=" : ",") + word;
    }
    return text;
  }

  WireReader reader_;
  std::string text_;
};

std::string generic(Octets rdata) {
  return "\\# " + std::to_string(rdata.size()) + (rdata.empty() ? "" : " " + to_hex(rdata));
}

/// The text if it reads back to the same RDATA, else the generic form: for what has more wire forms than text
/// forms.
std::string proven(std::string text, RRType type, Octets rdata) {
  ZoneScanner scanner(text);
  LogicalLine line;
  std::vector<std::byte> back;
  const bool same = scanner.next(line) && line.problem.empty() &&
                    parse_rdata(type, line.tokens, NameView(), back) && std::ranges::equal(back, rdata);
  return same ? text : generic(rdata);
}

}  // namespace

std::string rdata_to_presentation(RRType type, Octets rdata) {
  if (!valid_rdata(type, rdata)) return generic(rdata);
  const char* format = rdata_format(type);
  if (format == nullptr) {
    auto text = ldns_write_rdata(type, rdata);
    return text ? proven(*std::move(text), type, rdata) : generic(rdata);
  }
  Writer writer(rdata);
  for (const char* field = format; *field != '\0'; ++field) writer.field(*field);
  if (!writer.ok() || writer.more()) return generic(rdata);
  const bool has_more_forms = type == RRType::svcb || type == RRType::https || type == RRType::wks;
  return has_more_forms ? proven(writer.take(), type, rdata) : writer.take();
}

std::string to_presentation(NameView owner, RRType type, Ttl ttl, Octets rdata) {
  return owner.to_string() + " " + std::to_string(ttl.raw()) + " IN " + to_string(type) + " " +
         rdata_to_presentation(type, rdata);
}

}  // namespace doors
