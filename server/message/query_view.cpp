#include "server/message/query_view.h"

#include "zones/dns/wire_reader.h"

namespace doors {

namespace {

/// The question's name: no compression, since there is nothing before it to point to.
bool read_question(WireReader& reader, QueryView& query) noexcept {
  const Octets message = reader.message();
  const std::size_t start = reader.offset();
  std::size_t at = start;
  while (at < message.size() && message[at] != std::byte{0}) {  // at most 127 labels
    const auto length = std::to_integer<std::size_t>(message[at]);
    if (length > max_label_octets) return false;
    at += length + 1;
    if (at - start >= max_name_octets) return false;
  }
  if (at + 5 > message.size()) return false;  // the root label, QTYPE, QCLASS
  query.question = message.subspan(start, at + 5 - start);
  query.name = NameView::trusted(message.subspan(start, at + 1 - start));
  query.type = RRType(load_u16(&message[at + 1]));
  query.rr_class = RRClass(load_u16(&message[at + 3]));
  (void)reader.octets(query.question.size());
  return true;
}

/// Steps over an owner name; it may end in a pointer, which nobody follows. Gives whether it is the root.
bool skip_owner(WireReader& reader) noexcept {
  for (std::size_t labels = 0; labels <= max_labels; ++labels) {
    const unsigned length = reader.u8();
    if (length == 0) return labels == 0;
    if (length >= 0xc0) {
      (void)reader.u8();
      return false;
    }
    if (length > max_label_octets) break;
    (void)reader.octets(length);
  }
  reader.fail();
  return false;
}

/// Steps over one section's records and takes OPT and TSIG where they may stand. At most 65,535 rounds, and
/// each needs 11 octets of message.
bool read_records(WireReader& reader, std::size_t count, bool additional, QueryView& query) noexcept {
  Edns& edns = query.edns;
  bool right = true;
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    const std::size_t start = reader.offset();
    const bool at_root = skip_owner(reader);
    const auto type = RRType(reader.u16());
    const std::uint16_t payload = reader.u16();
    const std::uint32_t extended = reader.u32();
    const Octets rdata = reader.octets(reader.u16());
    if (!reader.ok()) return false;
    if (type == RRType::tsig) {
      // RFC 8945 §5.1: the last record of the additional section, so there is one at most.
      if (additional && i + 1 == count)
        query.tsig_offset = start;
      else
        right = false;
    }
    if (type != RRType::opt) continue;
    // RFC 6891 §6.1.1: one at most, in the additional section; §6.1.2: owned by the root.
    if (!additional || !at_root || edns.present) {
      right = false;
      continue;
    }
    edns.present = true;
    edns.payload = payload;
    edns.version = static_cast<std::uint8_t>(extended >> 16);
    edns.dnssec_ok = (extended & 0x8000) != 0;
    // The options of an unknown version may look otherwise, so they cannot be wrong.
    if (!edns.read_options(rdata) && edns.version == 0) right = false;
  }
  return right && reader.ok();
}

}  // namespace

QueryView QueryView::parse(Octets message) noexcept {
  QueryView query;
  if (message.size() < header_octets) return query;
  query.header = load_header(message.data());
  if (query.header.is_response()) return query;

  // Another opcode may lay out its message in another way: it cannot be ill-formed, and what can be read is
  // used.
  const bool notify = query.header.opcode() == Opcode::notify;
  const bool known = query.header.opcode() == Opcode::query || notify;
  query.verdict = known ? QueryVerdict::format_error : QueryVerdict::not_implemented;

  WireReader reader(message, header_octets);
  if (query.header.qdcount == 1) {
    if (!read_question(reader, query)) return query;
  } else {  // RFC 9619 §4: wrong, but there may be an OPT behind them
    for (std::size_t i = 0; i < query.header.qdcount && reader.ok(); ++i) {
      skip_owner(reader);
      (void)reader.u32();
    }
  }
  const bool right = read_records(reader, query.header.ancount, false, query) &&
                     read_records(reader, query.header.nscount, false, query) &&
                     read_records(reader, query.header.arcount, true, query);
  if (!right) return query;
  query.depends_on_asker =
      query.tsig_offset != 0 || notify || query.type == RRType::axfr || query.type == RRType::ixfr;
  const bool asks_nothing = query.header.qdcount == 0;
  if (!known || query.header.qdcount > 1 || (notify && asks_nothing)) return query;
  if (query.edns.version > 0)
    query.verdict = QueryVerdict::bad_version;
  else
    query.verdict = asks_nothing ? QueryVerdict::no_question : QueryVerdict::ask;
  return query;
}

}  // namespace doors
