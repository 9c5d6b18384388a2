#include "zones/dns/query.h"

#include <cstring>

#include "zones/dns/message_layout.h"
#include "zones/dns/rdata.h"

namespace doors {

namespace {

constexpr std::uint16_t nsid_option = 3;  // RFC 5001 §2.3

/// Reads OPT (RFC 6891 §6.1.2): the rcode's upper bits, and NSID if it is there. False: options overrun.
bool read_opt(std::uint32_t ttl_field, Octets rdata, ResponseSummary& summary) {
  summary.rcode = Rcode(static_cast<std::uint16_t>(raw(summary.rcode) | ((ttl_field >> 24) << 4)));
  WireReader options(rdata);
  while (options.ok() && !options.at_end()) {
    const std::uint16_t code = options.u16();
    const Octets value = options.octets(options.u16());
    if (options.ok() && code == nsid_option) summary.nsid = std::string(text_of(value));
  }
  return options.ok();
}

/// Reads one record of the section `section` (1 answer, 2 authority, 3 additional).
bool read_record(WireReader& reader, int section, ResponseSummary& summary) {
  if (!Name::read(reader)) return false;
  const RRType type{reader.u16()};
  (void)reader.u16();  // class
  const std::uint32_t ttl = reader.u32();
  const std::uint16_t length = reader.u16();
  const std::size_t start = reader.offset();
  const Octets rdata = reader.octets(length);
  if (!reader.ok()) return false;
  if (section == 1 && type == RRType::soa && !summary.serial) {
    WireReader soa(reader.message(), start);  // the whole message: its names may be compressed
    if (!Name::read(soa) || !Name::read(soa)) return false;
    summary.serial = soa.u32();
    return soa.octets(16).size() == 16 && soa.offset() == start + length;
  }
  if (section == 1 && type == RRType::txt && !summary.first_text) {
    WireReader text(rdata);
    summary.first_text = std::string(text_of(text.octets(text.u8())));
    return text.ok();
  }
  if (section == 3 && type == RRType::opt) return read_opt(ttl, rdata, summary);
  return true;
}

}  // namespace

QueryMessage build_query(const Question& question) noexcept {
  QueryMessage message;
  std::byte* const at = message.octets.data();
  std::memset(at, 0, header_octets);
  store_u16(at, question.id);
  store_u16(at + 4, 1);  // QDCOUNT
  store_u16(at + arcount_offset, question.edns ? 1 : 0);
  std::size_t size = header_octets;
  const Octets name = question.name.wire();
  std::memcpy(at + size, name.data(), name.size());
  size += name.size();
  store_u16(at + size, raw(question.type));
  store_u16(at + size + 2, raw(question.rr_class));
  size += 4;
  if (question.edns) {
    at[size] = std::byte{0};
    store_u16(at + size + 1, raw(RRType::opt));
    store_u16(at + size + 3, question.udp_payload);
    store_u32(at + size + 5, question.dnssec_ok ? 0x8000u : 0u);
    store_u16(at + size + 9, question.ask_nsid ? 4 : 0);
    size += 11;
    if (question.ask_nsid) {
      store_u16(at + size, nsid_option);
      store_u16(at + size + 2, 0);
      size += 4;
    }
  }
  message.size = size;
  return message;
}

std::optional<ResponseSummary> read_response(Octets message, const Question* asked) noexcept {
  WireReader reader(message);
  ResponseSummary summary;
  summary.id = reader.u16();
  const std::uint16_t flags = reader.u16();
  const std::uint16_t questions = reader.u16();
  const std::array<std::uint16_t, 3> counts{reader.u16(), reader.u16(), reader.u16()};
  if (!reader.ok() || (flags & 0x8000) == 0) return std::nullopt;
  summary.authoritative = (flags & 0x0400) != 0;
  summary.truncated = (flags & 0x0200) != 0;
  summary.rcode = Rcode(static_cast<std::uint16_t>(flags & 0x000f));
  summary.answers = counts[0];
  const bool is_answer_to_query = ((flags >> 11) & 15) == raw(Opcode::query);
  if (asked != nullptr && (summary.id != asked->id || questions != 1 || !is_answer_to_query))
    return std::nullopt;
  for (int i = 0; i < questions; ++i) {
    const auto name = Name::read(reader);
    const RRType type{reader.u16()};
    const RRClass rr_class{reader.u16()};
    if (!name || !reader.ok()) return std::nullopt;
    if (asked != nullptr && (*name != asked->name || type != asked->type || rr_class != asked->rr_class)) {
      return std::nullopt;
    }
  }
  for (int section = 1; section <= 3; ++section) {
    for (int i = 0; i < counts[static_cast<std::size_t>(section - 1)]; ++i) {
      if (!read_record(reader, section, summary)) return std::nullopt;
    }
  }
  if (!reader.at_end()) return std::nullopt;
  return summary;
}

}  // namespace doors
