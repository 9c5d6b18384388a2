#include "zones/load/character_string.h"

#include <array>
#include <cstdio>

namespace doors {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

const char* unescape(std::string_view text, std::vector<std::byte>& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\') {
      if (++i == text.size()) return "escape at the end";
      c = text[i];
      if (is_digit(c)) {
        if (i + 3 > text.size() || !is_digit(text[i + 1]) || !is_digit(text[i + 2]))
          return "bad \\DDD escape";
        const int value = (c - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
        if (value > 255) return "bad \\DDD escape";
        c = static_cast<char>(value);
        i += 2;
      } else if (text.substr(i).starts_with("\r\n")) {
        c = text[++i];  // a file with CRLF holds what the same file with LF does
      }
    }
    out.push_back(static_cast<std::byte>(c));
  }
  return nullptr;
}

std::string quote(Octets octets) {
  std::string text = "\"";
  for (const char c : text_of(octets)) {
    if (c < ' ' || c > '~') {
      std::array<char, 5> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\%03u",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += escaped.data();
      continue;
    }
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

}  // namespace doors
