#include "server/answer/chaos.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "zones/base/unset.h"

namespace doors {

namespace {

constexpr std::size_t max_text = 255;  ///< one character-string (RFC 1035 §3.3)

/// What the identity says under that name; empty if nothing.
std::string_view text_for(NameView name, const Identity& identity) noexcept {
  using namespace std::string_view_literals;
  struct Row {
    std::string_view wire;
    const std::string* text;
  };
  const std::array<Row, 4> rows{
      Row{"\2id\6server\0"sv, &identity.id_server}, Row{"\10hostname\4bind\0"sv, &identity.hostname_bind},
      Row{"\7version\6server\0"sv, &identity.version}, Row{"\7version\4bind\0"sv, &identity.version}};
  for (const Row& row : rows) {
    if (name == NameView::trusted(octets_of(row.wire))) return *row.text;
  }
  return {};
}

}  // namespace

std::optional<std::uint16_t> answer_chaos(const QueryView& query, const Identity& identity,
                                          ResponseWriter& writer) noexcept {
  if (query.type != RRType::txt && query.type != RRType::any) return std::nullopt;
  const std::string_view text = text_for(query.name, identity);
  if (text.empty()) return std::nullopt;
  const std::size_t length = std::min(text.size(), max_text);
  DOORS_UNSET std::array<std::byte, 10 + 1 + max_text> record;
  store_u16(&record[0], raw(RRType::txt));
  store_u16(&record[2], raw(RRClass::ch));
  store_u32(&record[4], 0);
  store_u16(&record[8], static_cast<std::uint16_t>(1 + length));
  record[10] = static_cast<std::byte>(length);
  std::memcpy(&record[11], text.data(), length);
  Owner owner{query.name, static_cast<std::uint16_t>(header_octets)};
  const bool fits =
      writer.rrset(MessageSection::answer, owner, RRType::txt, Octets(record).first(11 + length), {});
  return fits ? std::uint16_t{0} : header_bit::tc;
}

}  // namespace doors
