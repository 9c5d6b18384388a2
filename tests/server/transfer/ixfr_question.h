#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/message/header.h"
#include "server/message/query_view.h"
#include "tests/support/ask.h"
#include "zones/base/text_encoding.h"

namespace doors {

/// The question as ask() writes it, with the SOA of an IXFR's authority section if `serial` is given.
inline AskedMessage message(std::string_view question, std::optional<std::uint32_t> serial = std::nullopt) {
  AskedMessage asked = message_of(question);
  if (!serial) return asked;
  const auto soa = *from_hex(
      "07"
      "6578616d706c65"
      "00"
      "0006"
      "0001"
      "00000000"
      "0016"
      "00"
      "00");
  std::vector<std::byte> record(soa.begin(), soa.end());
  record.resize(record.size() + 20);
  store_u32(&record[soa.size()], *serial);
  const std::size_t question_end = header_octets + QueryView::parse(asked.octets).question.size();
  asked.octets.insert(asked.octets.begin() + static_cast<std::ptrdiff_t>(question_end), record.begin(),
                      record.end());
  store_u16(&asked.octets[8], 1);  // NSCOUNT
  return asked;
}

}  // namespace doors
