#include "server/transfer/response_parts.h"

#include <cstring>

#include "server/message/header.h"
#include "zones/dns/name.h"
#include "zones/dns/wire_reader.h"

namespace doors {

namespace {

constexpr unsigned rcode_mask = 0xf;

/// Moves an OPT record to `to`, at or before its place, without EDE and with the extended rcode 0. Gives its
/// octets.
std::size_t move_opt(Octets opt, std::byte* to) noexcept {
  std::memmove(to, opt.data(), opt_octets);
  to[5] = std::byte{0};  // EXTENDED-RCODE
  std::size_t size = opt_octets;
  WireReader options(opt, opt_octets);
  while (!options.at_end() && options.ok()) {
    const std::size_t start = options.offset();
    const auto code = static_cast<EdnsOption>(options.u16());
    (void)options.octets(options.u16());
    if (code == EdnsOption::extended_error || !options.ok()) continue;
    const std::size_t octets = options.offset() - start;
    std::memmove(to + size, &opt[start], octets);
    size += octets;
  }
  store_u16(to + opt_octets - 2, static_cast<std::uint16_t>(size - opt_octets));
  return size;
}

}  // namespace

ResponseParts ResponseParts::of(Octets response) noexcept {
  ResponseParts parts;
  const Header header = load_header(response.data());
  WireReader reader(response, header_octets);
  if (header.qdcount == 1) {
    (void)Name::read(reader);
    (void)reader.u32();
    parts.question = response.subspan(header_octets, reader.offset() - header_octets);
  }
  const std::size_t records = std::size_t{header.ancount} + header.nscount + header.arcount;
  for (std::size_t i = 0; i < records && reader.ok(); ++i) {
    const std::size_t start = reader.offset();
    (void)Name::read(reader);
    const auto type = RRType(reader.u16());
    (void)reader.octets(6);
    (void)reader.octets(reader.u16());
    if (type == RRType::opt) parts.opt = response.subspan(start, reader.offset() - start);
  }
  return parts;
}

std::size_t keep_question_and_opt(MutableOctets buffer, std::size_t size, unsigned set_flags,
                                  Rcode rcode) noexcept {
  const ResponseParts parts = ResponseParts::of(buffer.first(size));
  const std::size_t question_end = header_octets + parts.question.size();
  const std::size_t kept = parts.opt.empty() ? 0 : move_opt(parts.opt, &buffer[question_end]);
  Header header = load_header(buffer.data());
  header.flags = static_cast<std::uint16_t>((header.flags & ~(rcode_mask | header_bit::aa | header_bit::tc)) |
                                            set_flags | (raw(rcode) & rcode_mask));
  header.ancount = 0;
  header.nscount = 0;
  header.arcount = kept != 0 ? 1 : 0;
  store_header(buffer.data(), header);
  return question_end + kept;
}

std::size_t append_opt(MutableOctets buffer, std::size_t size, Octets opt) noexcept {
  if (opt.empty()) return size;
  std::memcpy(&buffer[size], opt.data(), opt.size());
  Header header = load_header(buffer.data());
  header.arcount = 1;
  store_header(buffer.data(), header);
  return size + opt.size();
}

void add_option(std::vector<std::byte>& opt, EdnsOption code, Octets data) {
  const std::size_t at = opt.size();
  opt.resize(at + option_header_octets);
  store_u16(&opt[at], static_cast<std::uint16_t>(code));
  store_u16(&opt[at + 2], static_cast<std::uint16_t>(data.size()));
  opt.insert(opt.end(), data.begin(), data.end());
  store_u16(&opt[opt_octets - 2], static_cast<std::uint16_t>(opt.size() - opt_octets));
}

}  // namespace doors
