#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/text_encoding.h"
#include "zones/dns/name.h"

namespace doors::test {

inline Name name(std::string_view text) { return *Name::parse(text); }

inline std::vector<std::byte> hex(std::string_view digits) {
  std::string packed(digits);
  std::erase(packed, ' ');
  return *from_hex(packed);
}

}  // namespace doors::test
