#include "sync/xfr/message.h"

#include <array>

#include <openssl/rand.h>

#include "zones/dns/message_layout.h"
#include "zones/dns/rdata.h"

namespace doors::xfr {

namespace {

void put(std::vector<std::byte>& to, Octets octets) { to.insert(to.end(), octets.begin(), octets.end()); }

void put_u16(std::vector<std::byte>& to, std::uint16_t number) {
  to.resize(to.size() + 2);
  store_u16(&to[to.size() - 2], number);
}

void put_u32(std::vector<std::byte>& to, std::uint32_t number) {
  to.resize(to.size() + 4);
  store_u32(&to[to.size() - 4], number);
}

constexpr unsigned response_bit = 0x8000;
constexpr unsigned opcode_bits = 0x7800;
constexpr unsigned authoritative_bit = 0x0400;
constexpr unsigned truncated_bit = 0x0200;
constexpr unsigned rcode_bits = 0x000f;

/// RDATA from the reader's place to `end`, with its names whole (RFC 3597 §4).
bool read_rdata(WireReader& reader, std::size_t end, RRType type, std::vector<std::byte>& rdata) {
  const auto copy = [&](std::size_t octets) {
    if (!reader.ok() || reader.offset() + octets > end) return false;
    put(rdata, reader.octets(octets));
    return reader.ok();
  };
  rdata.clear();
  const RdataShape shape = rdata_shape(type);
  if (shape.names > 0) {
    if (!copy(shape.fixed_octets)) return false;
    for (unsigned i = 0; i < shape.character_strings; ++i) {
      WireReader ahead = reader;
      if (!copy(std::size_t{1} + ahead.u8())) return false;
    }
    for (unsigned i = 0; i < shape.names; ++i) {
      const auto name = Name::read(reader);
      if (!name || reader.offset() > end) return false;
      put(rdata, name->wire());
    }
  }
  return copy(end - reader.offset());
}

}  // namespace

Result<std::uint16_t> random_id() {
  std::array<unsigned char, 2> random{};
  if (RAND_bytes(random.data(), random.size()) != 1) return failure("no random numbers");
  return static_cast<std::uint16_t>(random[0] << 8 | random[1]);
}

std::vector<std::byte> build_request(NameView zone, RRType type, std::uint16_t id,
                                     std::optional<Serial> known) {
  std::vector<std::byte> request;
  put_u16(request, id);
  put_u16(request, 0);  // a query, nothing set
  put_u16(request, 1);
  put_u16(request, 0);
  put_u16(request, known ? 1 : 0);
  put_u16(request, 0);
  put(request, zone.wire());
  put_u16(request, raw(type));
  put_u16(request, raw(RRClass::in));
  if (known) {
    put_u16(request, 0xc000 | header_octets);  // the name in the question
    put_u16(request, raw(RRType::soa));
    put_u16(request, raw(RRClass::in));
    put_u32(request, 0);
    put_u16(request, 2 + 5 * 4);
    put_u16(request, 0);  // two roots: of the SOA only the serial counts
    put_u32(request, known->raw());
    for (int i = 0; i < 4; ++i) put_u32(request, 0);
  }
  return request;
}

Result<MessageReader> MessageReader::open(Octets message, NameView zone, RRType type, std::uint16_t id,
                                          bool first) {
  WireReader reader(message);
  const std::uint16_t got_id = reader.u16();
  const unsigned flags = reader.u16();
  const std::uint16_t questions = reader.u16();
  const std::uint16_t answers = reader.u16();
  (void)reader.u32();  // authority and additional: nothing of a transfer is there
  if (!reader.ok()) return failure("a message without a whole header");
  if (got_id != id) return failure("another ID than asked with");
  if ((flags & response_bit) == 0 || (flags & opcode_bits) != 0) return failure("no response to a query");
  const auto rcode = Rcode(flags & rcode_bits);
  const bool authoritative = (flags & authoritative_bit) != 0;
  if (rcode != Rcode::noerror) return MessageReader(reader, 0, rcode, authoritative);
  if ((flags & truncated_bit) != 0) return failure("truncated");
  if (questions > 1 || (first && questions == 0)) return failure("not one question");
  if (questions == 1) {
    const auto name = Name::read(reader);
    const auto got_type = RRType(reader.u16());
    const auto got_class = RRClass(reader.u16());
    if (!name || !reader.ok()) return failure("a cut-off question");
    if (!(*name == zone) || got_type != type || got_class != RRClass::in)
      return failure("another question than asked");
  }
  return MessageReader(reader, answers, rcode, authoritative);
}

Result<bool> MessageReader::next(Record& record) {
  if (answers_ == 0) return false;
  --answers_;
  const auto owner = Name::read(reader_);
  record.type = RRType(reader_.u16());
  record.rr_class = RRClass(reader_.u16());
  record.ttl = Ttl(reader_.u32());
  const std::size_t octets = reader_.u16();
  if (!owner || !reader_.ok() || octets > reader_.remaining()) return failure("a cut-off record");
  record.owner = *owner;
  if (!read_rdata(reader_, reader_.offset() + octets, record.type, record.rdata))
    return failure("malformed RDATA of " + record.owner.to_string() + " " + to_string(record.type));
  return true;
}

Result<SoaFields> read_soa_response(Octets message, NameView zone, std::uint16_t id) {
  auto reader = MessageReader::open(message, zone, RRType::soa, id, true);
  if (!reader) return Unexpected(reader.error());
  if (reader->rcode() != Rcode::noerror) return failure("the primary answers " + to_string(reader->rcode()));
  if (!reader->is_authoritative()) return failure("the primary answers without authority");
  for (Record record; reader->has_more();) {
    if (auto read = reader->next(record); !read) return Unexpected(read.error());
    if (record.type != RRType::soa || !(record.owner == zone) || record.rr_class != RRClass::in) continue;
    if (const auto soa = parse_soa(record.rdata)) return *soa;
    break;
  }
  return failure("the primary answers without the zone's SOA");
}

}  // namespace doors::xfr
