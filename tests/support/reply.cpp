#include "tests/support/reply.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>
#include <tuple>

#include "tests/support/referee.h"

namespace doors {

namespace {

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Reader {
 public:
  explicit Reader(Octets message, bool strict = true) : strict_(strict) {
    for (const std::byte octet : message) text_ += static_cast<char>(octet);
  }
  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] std::size_t at() const { return at_; }
  void move_to(std::size_t at) { at_ = at; }
  unsigned u8() {
    if (at_ >= text_.size()) throw Wrong("runs over the end");
    return static_cast<unsigned char>(text_[at_++]);
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  std::string octets(std::size_t count) {
    if (count > text_.size() - at_) throw Wrong("runs over the end");
    at_ += count;
    return text_.substr(at_ - count, count);
  }
  /// A name; each pointer must go to where a label of an earlier name starts, and before the last one.
  std::string name(bool may_point) {
    std::string wire;
    std::optional<std::size_t> back;
    std::size_t bound = at_;
    std::vector<std::size_t> starts;
    for (;;) {
      const std::size_t here = at_;
      const unsigned length = u8();
      if (length >= 0xc0) {
        if (!may_point) throw Wrong("a name is compressed that must not be");
        const std::size_t to = (length & 0x3fu) << 8 | u8();
        if (!back) back = at_;
        if (to >= bound) throw Wrong("a pointer does not go back");
        if (strict_ && label_starts_.count(to) == 0) throw Wrong("a pointer goes to where no label starts");
        bound = at_ = to;
        continue;
      }
      if (length > 63) throw Wrong("a bad label length");
      if (!back) starts.push_back(here);
      wire += static_cast<char>(length);
      if (length == 0) break;
      wire += octets(length);
      if (wire.size() > 254) throw Wrong("a name over 255 octets");
    }
    if (back) at_ = *back;
    label_starts_.insert(starts.begin(), starts.end());
    return wire;
  }

 private:
  std::string text_;
  bool strict_;
  std::size_t at_ = 0;
  std::set<std::size_t> label_starts_;
};

struct Layout {
  std::size_t before = 0;
  std::size_t names = 0;
  bool may_point = false;
  std::size_t after = 0;
};
Layout layout_of(std::uint16_t type) {
  switch (type) {
    case 2:
    case 3:
    case 4:
    case 5:
    case 7:
    case 8:
    case 9:
    case 12:
      return {0, 1, true, 0};
    case 6:
      return {0, 2, true, 20};
    case 14:
      return {0, 2, true, 0};
    case 15:
      return {2, 1, true, 0};
    case 17:
      return {0, 2, false, 0};
    case 18:
    case 21:
    case 36:
      return {2, 1, false, 0};
    case 33:
      return {6, 1, false, 0};
    case 39:
      return {0, 1, false, 0};
    default:
      return {};
  }
}

Record read_record(Reader& reader) {
  Record record;
  record.owner = reader.name(true);
  record.type = reader.u16();
  record.rr_class = reader.u16();
  record.ttl = reader.u32();
  const std::size_t length = reader.u16();
  const std::size_t end = reader.at() + length;
  if (end > reader.size()) throw Wrong("RDATA runs over the end");
  const Layout layout = layout_of(record.type);
  if (layout.names == 0) {
    record.rdata = reader.octets(length);
    return record;
  }
  record.rdata = reader.octets(layout.before);
  for (std::size_t i = 0; i < layout.names; ++i) record.rdata += reader.name(layout.may_point);
  record.rdata += reader.octets(layout.after);
  if (reader.at() != end) throw Wrong("RDATA and RDLENGTH do not fit, type " + std::to_string(record.type));
  return record;
}

void read_opt(const Record& record, Reply& reply) {
  if (reply.has_opt) throw Wrong("two OPT");
  if (record.owner != std::string(1, '\0')) throw Wrong("OPT not at the root");
  reply.has_opt = true;
  reply.payload = record.rr_class;
  reply.extended_rcode = static_cast<std::uint8_t>(record.ttl >> 24);
  reply.opt_version = static_cast<std::uint8_t>(record.ttl >> 16);
  reply.opt_flags = static_cast<std::uint16_t>(record.ttl);
  std::vector<std::byte> options;
  for (const char c : record.rdata) options.push_back(static_cast<std::byte>(c));
  Reader reader(options);
  while (reader.at() < reader.size()) {
    ReplyOption option;
    option.code = reader.u16();
    option.data = reader.octets(reader.u16());
    reply.options.push_back(option);
  }
}

bool has_a_record_twice(const std::vector<Record>& records) {
  std::set<std::tuple<std::string, std::uint16_t, std::uint16_t, std::string>> seen;
  return !std::all_of(records.begin(), records.end(), [&](const Record& record) {
    const bool ends_transfer = &record == &records.back() && record.type == 6 && records.front().type == 6;
    if (ends_transfer && records.size() > 1) return true;  // RFC 5936 §2.2: the SOA first and last
    return seen.emplace(lowered(record.owner), record.type, record.rr_class, record.rdata).second;
  });
}

Reply read(Octets message, bool strict) {
  Reader reader(message, strict);
  Reply reply;
  reply.octets = message.size();
  reply.id = reader.u16();
  reply.flags = reader.u16();
  reply.questions = reader.u16();
  const std::size_t counts[3] = {reader.u16(), reader.u16(), reader.u16()};
  if (reply.questions > 1) throw Wrong("more than one question");
  if (reply.questions == 1) {
    const std::size_t start = reader.at();
    (void)reader.name(false);
    reader.octets(4);
    const std::size_t end = reader.at();
    reader.move_to(start);
    reply.question = reader.octets(end - start);
  }
  std::vector<Record>* const sections[3] = {&reply.answer, &reply.authority, &reply.additional};
  for (std::size_t section = 0; section < 3; ++section) {
    for (std::size_t i = 0; i < counts[section]; ++i) {
      const Record record = read_record(reader);
      if (record.type == 41) {
        if (section != 2) throw Wrong("OPT out of place");
        read_opt(record, reply);
      } else {
        sections[section]->push_back(record);
      }
    }
  }
  if (reader.at() != reader.size()) throw Wrong("octets are left over");
  return reply;
}

}  // namespace

std::optional<std::string> Reply::option(std::uint16_t code) const {
  for (const ReplyOption& each : options) {
    if (each.code == code) return each.data;
  }
  return std::nullopt;
}

Expected<Reply, std::string> read_reply(Octets message, bool strict) {
  try {
    return read(message, strict);
  } catch (const Wrong& wrong) {
    return Unexpected(std::string(wrong.what()));
  }
}

namespace {

/// Each option that we send has its size, and comes once.
std::string judge_options(const Reply& reply) {
  std::set<std::uint16_t> seen;
  for (const ReplyOption& option : reply.options) {
    const std::size_t size = option.data.size();
    const bool right = option.code == 3 || option.code == 18    ? size > 0
                       : option.code == 9                       ? size == 4
                       : option.code == 10                      ? size == 24
                       : option.code == 11 || option.code == 15 ? size == 2
                       : option.code == 19                      ? size == 6
                                                                : false;
    if (!right) return "option " + std::to_string(option.code) + " that we do not know, or of wrong size";
    if (!seen.insert(option.code).second) return "option " + std::to_string(option.code) + " twice";
  }
  return "";
}

}  // namespace

std::string judge(Octets query, Octets reply_octets, std::size_t limit) {
  const auto word = [query](std::size_t at) {
    return static_cast<unsigned>(query[at]) << 8 | static_cast<unsigned>(query[at + 1]);
  };
  const bool silent = query.size() < 12 || (word(2) & 0x8000u) != 0;
  if (silent) return reply_octets.empty() ? "" : "a reply where silence is right";
  if (reply_octets.empty()) return "silence where a reply is right";
  if (reply_octets.size() > limit) return "larger than allowed";
  const auto reply = read_reply(reply_octets);
  if (!reply) return reply.error();
  if (reply->id != word(0)) return "another id";
  if (!reply->has(0x8000)) return "QR is clear";
  for (const auto* section : {&reply->answer, &reply->authority, &reply->additional}) {
    if (has_a_record_twice(*section)) return "a record twice in one section";
  }
  if (reply->opcode() != (word(2) >> 11 & 0xfu)) return "another opcode";
  if ((reply->flags & 0x0100u) != (word(2) & 0x0100u)) return "RD is not copied";
  if (reply->has(0x00f0)) return "RA, Z, AD or CD is set";
  if (!reply->question.empty()) {
    const std::string sent(reinterpret_cast<const char*>(query.data()), query.size());
    if (sent.compare(12, reply->question.size(), reply->question) != 0) return "another question";
  }
  const bool opcode_known = reply->opcode() == 0 || reply->opcode() == 4;
  const unsigned rcode = reply->rcode();
  if (!opcode_known && rcode != 4) return "an unknown opcode without NOTIMP";
  const bool cookie_only = opcode_known && word(4) == 0 && reply->option(10) && (rcode == 0 || rcode == 23);
  if (opcode_known && word(4) != 1 && rcode != 1 && rcode != 16 && !cookie_only) {
    return "not one question, but no FORMERR";
  }
  const bool answers = rcode == 0 || rcode == 3 || rcode == 6;
  if (!answers && !(reply->answer.empty() && reply->authority.empty() && reply->additional.empty())) {
    return "records beside an error";
  }
  if (!answers && reply->has(0x0400)) return "AA beside an error";
  if (answers && reply->questions != 1 && !cookie_only) return "an answer without its question";
  if (reply->has_opt && reply->opt_version != 0) return "an EDNS version above 0";
  if (reply->has_opt && (reply->opt_flags & 0x7fffu) != 0) return "unknown EDNS flags";
  if (!reply->has_opt && word(10) == 0 && reply->extended_rcode != 0) return "an extended rcode without OPT";
  if (reply->has_opt && word(6) == 0 && word(8) == 0 && word(10) == 0) return "OPT that nobody sent";
  return judge_options(*reply);
}

}  // namespace doors
