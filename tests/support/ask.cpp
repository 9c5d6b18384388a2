#include "tests/support/ask.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>

#include "zones/base/text_encoding.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"
#include "zones/load/presentation.h"

namespace doors {

namespace {

unsigned number_of(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument(std::string(text));
  return value;
}

Octets octets_in(const std::string& text) { return octets_of(text); }

std::string name_text(const std::string& wire) { return NameView::trusted(octets_in(wire)).to_string(); }

void put_u16(std::vector<std::byte>& out, unsigned value) {
  out.push_back(static_cast<std::byte>(value >> 8));
  out.push_back(static_cast<std::byte>(value & 0xff));
}

/// "CODE" or "CODE:HEX".
void put_option(std::vector<std::byte>& out, std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto data = from_hex(text.substr(std::min(colon + 1, text.size())));
  if (!data) throw std::invalid_argument(std::string(text));
  put_u16(out, number_of(text.substr(0, colon)));
  put_u16(out, static_cast<unsigned>(data->size()));
  out.insert(out.end(), data->begin(), data->end());
}

std::string join(const std::vector<Record>& records, bool sorted) {
  std::vector<std::string> texts;
  for (const Record& record : records) texts.push_back(to_text(record));
  if (sorted) std::sort(texts.begin(), texts.end());
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : "; ") + text;
  return joined;
}

bool has_type(const std::vector<Record>& records, RRType type) {
  return std::any_of(records.begin(), records.end(), [type](const Record& r) { return r.type == raw(type); });
}

std::string word_of(const Reply& reply) {
  if (reply.rcode() == 16) return "BADVERS";  // also BADSIG, which is never in a header
  if (reply.rcode() != 0) return to_string(static_cast<Rcode>(reply.rcode()));
  if (!reply.answer.empty()) return "NOERROR";
  if (has_type(reply.authority, RRType::soa)) return "NODATA";
  if (has_type(reply.authority, RRType::ns) && !reply.has(0x0400)) {
    for (const Record& record : reply.authority) {
      if (record.type == raw(RRType::ns)) return "REFERRAL " + name_text(record.owner);
    }
  }
  return "NOERROR";
}

}  // namespace

AskedMessage message_of(std::string_view question) {
  std::istringstream words{std::string(question)};
  std::string name_word, type_word, word;
  words >> name_word >> type_word;
  AskedMessage asked;
  unsigned flags = 0, rr_class = 1, size = 1232, version = 0;
  bool edns = false, dnssec = false, keep_case = false, with_question = true;
  std::vector<std::byte> options;
  while (words >> word) {
    const auto value_of = [&word](std::string_view key) { return std::string_view(word).substr(key.size()); };
    const auto starts = [&word](std::string_view key) { return word.rfind(key, 0) == 0; };
    if (word == "+do")
      edns = dnssec = true;
    else if (word == "+edns")
      edns = true;
    else if (word == "+nsid")
      edns = true, put_option(options, "3");
    else if (starts("+opt="))
      edns = true, put_option(options, value_of("+opt="));
    else if (word == "+no_question")
      with_question = false;
    else if (starts("+size="))
      edns = true, size = number_of(value_of("+size="));
    else if (starts("+version="))
      edns = true, version = number_of(value_of("+version="));
    else if (word == "+tcp")
      asked.client.transport = Transport::tcp;
    else if (word == "+ipv6")
      asked.client.ipv6 = true;
    else if (word == "+rd")
      flags |= 0x0100;
    else if (word == "+z")
      flags |= 0x0040;
    else if (word == "+ad")
      flags |= 0x0020;
    else if (word == "+cd")
      flags |= 0x0010;
    else if (word == "+class=CH")
      rr_class = 3;
    else if (word == "+class=HS")
      rr_class = 4;
    else if (word == "+class=ANY")
      rr_class = 255;
    else if (starts("+class="))
      rr_class = number_of(value_of("+class="));
    else if (starts("+opcode="))
      flags |= number_of(value_of("+opcode=")) << 11;
    else if (word == "+keep_case")
      keep_case = true;
    else
      throw std::invalid_argument("what is " + word);
  }
  const auto type = parse_type(type_word);
  auto name = Name::parse(name_word);
  if (!type || !name) throw std::invalid_argument(std::string(question));
  if (!keep_case) name->make_canonical();

  for (const unsigned field : {0x1234u, flags, with_question ? 1u : 0u, 0u, 0u, edns ? 1u : 0u})
    put_u16(asked.octets, field);
  if (with_question) {
    asked.octets.insert(asked.octets.end(), name->wire().begin(), name->wire().end());
    put_u16(asked.octets, raw(*type));
    put_u16(asked.octets, rr_class);
  }
  if (edns) {
    asked.octets.push_back(std::byte{0});
    const auto options_size = static_cast<unsigned>(options.size());
    for (const unsigned field : {41u, size, version, dnssec ? 0x8000u : 0u, options_size})
      put_u16(asked.octets, field);
    asked.octets.insert(asked.octets.end(), options.begin(), options.end());
  }
  asked.limit = asked.client.transport == Transport::tcp ? 65535 : edns ? std::clamp(size, 512u, 1232u) : 512;
  return asked;
}

Reply reply_to(const Snapshot& snapshot, Octets query, const Client& client, std::size_t limit, Now now) {
  std::vector<std::byte> out(65535);
  const std::size_t size = respond(query, snapshot, client, now, out);
  const Octets response(out.data(), size);
  if (const std::string wrong = judge(query, response, limit); !wrong.empty())
    throw std::runtime_error(wrong);
  return *read_reply(response);
}

Reply reply_to(const Snapshot& snapshot, std::string_view question, Now now) {
  const AskedMessage asked = message_of(question);
  return reply_to(snapshot, asked.octets, asked.client, asked.limit, now);
}

std::string to_text(const Record& record) {
  const auto type = static_cast<RRType>(record.type);
  const std::string head = name_text(record.owner) + " " + to_string(type);
  const Octets rdata = octets_in(record.rdata);
  switch (type) {
    case RRType::rrsig:
      return head + " " + to_string(RRType(load_u16(rdata.data())));
    case RRType::nsec:
      return head + " " + NameView::trusted_at(rdata.data()).to_string();
    case RRType::nsec3:
      return head;
    case RRType::txt: {
      std::string text = rdata_to_presentation(type, rdata);
      text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
      return head + " " + text;
    }
    case RRType::soa:
      return head + " ttl " + std::to_string(record.ttl);
    default:
      return head + " " + rdata_to_presentation(type, rdata);
  }
}

std::string ask(const Snapshot& snapshot, std::string_view question) {
  const Reply reply = reply_to(snapshot, question);
  const std::string records = join(reply.answer, false);
  return (reply.has(0x0200) ? "TC " : "") + word_of(reply) + (records.empty() ? "" : " ") + records;
}

std::string ask_section(const Snapshot& snapshot, std::string_view section, std::string_view question) {
  const Reply reply = reply_to(snapshot, question);
  return join(section == "answer"      ? reply.answer
              : section == "authority" ? reply.authority
                                       : reply.additional,
              true);
}

std::string ask_all(const Snapshot& snapshot, std::string_view question) {
  const Reply reply = reply_to(snapshot, question);
  std::string text = word_of(reply);
  if (reply.has(0x0400)) text += " aa";
  if (reply.has(0x0200)) text += " tc";
  if (!reply.answer.empty()) text += " | answer " + join(reply.answer, true);
  if (!reply.authority.empty()) text += " | authority " + join(reply.authority, true);
  if (!reply.additional.empty()) text += " | additional " + join(reply.additional, true);
  return text;
}

}  // namespace doors
