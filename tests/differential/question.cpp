#include "tests/differential/question.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace doors::test {

namespace {

using namespace std::string_view_literals;

constexpr RRType types[] = {
    RRType::a,     RRType::ns,  RRType::cname,      RRType::soa,  RRType::ptr,   RRType::mx,   RRType::txt,
    RRType::aaaa,  RRType::srv, RRType::dname,      RRType::ds,   RRType::rrsig, RRType::nsec, RRType::dnskey,
    RRType::nsec3, RRType::any, RRType::nsec3param, RRType::svcb, RRType::https, RRType::cds,  RRType(65280)};

void put_u16(Message& message, unsigned value) {
  message.push_back(static_cast<std::byte>(value >> 8));
  message.push_back(static_cast<std::byte>(value & 0xff));
}

Name in_mixed_case(const Name& name, Random& random) {
  Message wire(name.wire().begin(), name.wire().end());
  for (std::size_t at = 0; wire[at] != std::byte{0};) {
    const std::size_t end = at + 1 + std::to_integer<std::size_t>(wire[at]);
    for (++at; at < end; ++at) {
      const auto letter = std::to_integer<unsigned>(wire[at]);
      if (letter >= 'a' && letter <= 'z' && below(2, random) == 0) wire[at] = std::byte(letter - 32);
    }
  }
  return Name(NameView::trusted(wire));
}

/// The name with another last octet of its first label; nothing for the root and where there is no such
/// octet.
void add_sibling(NameView name, int step, std::set<Name>& names) {
  if (name.is_root()) return;
  Message wire(name.wire().begin(), name.wire().end());
  std::byte& last = wire[std::to_integer<std::size_t>(wire[0])];
  const int octet = std::to_integer<int>(last) + step;
  if (octet < 0 || octet > 255) return;
  last = static_cast<std::byte>(octet);
  names.insert(Name(NameView::trusted(wire)));
}

Question question_of(const Name& name, RRType type, bool dnssec, Random& random) {
  constexpr std::uint16_t sizes[] = {0, 100, 512, 700, 1232, 1232, 4096, 65535};
  Question question;
  question.name = below(8, random) == 0 ? in_mixed_case(name, random) : name;
  question.type = type;
  question.dnssec = dnssec;
  if (below(3, random) == 0) question.edns_size = one_of(sizes, random);
  if (dnssec && question.edns_size == 0) question.edns_size = 512;
  if (below(16, random) == 0) question.transport = Transport::tcp;
  return question;
}

}  // namespace

std::size_t below(std::size_t bound, Random& random) { return random() % bound; }

std::string Question::text() const {
  std::string text = name.to_string() + " " + to_string(type);
  if (dnssec) text += " +do";
  if (edns_size != 1232) text += edns_size == 0 ? " +noedns" : " +size=" + std::to_string(edns_size);
  return text + (transport == Transport::tcp ? " +tcp" : "");
}

Message Question::message() const {
  Message query;
  for (const unsigned field : {0u, 0u, 1u, 0u, 0u, edns_size == 0 ? 0u : 1u}) put_u16(query, field);
  query.insert(query.end(), name.wire().begin(), name.wire().end());
  put_u16(query, raw(type));
  put_u16(query, raw(RRClass::in));
  if (edns_size == 0) return query;
  query.push_back(std::byte{0});
  for (const unsigned field :
       {unsigned{raw(RRType::opt)}, unsigned{edns_size}, 0u, dnssec ? 0x8000u : 0u, 0u})
    put_u16(query, field);
  return query;
}

std::size_t Question::limit() const {
  if (transport == Transport::tcp) return 65'535;
  return edns_size == 0 ? 512 : std::clamp<std::size_t>(edns_size, 512, 1232);
}

std::vector<Name> names_around(const Images& zones) {
  std::set<Name> names;
  for (const auto& zone : zones) {
    for (std::size_t i = 0; i < zone->node_count(); ++i) {
      const NameView name = zone->node_in_order(i).name();
      names.insert(Name(name));
      names.insert(Name(name.parent()));
      if (zone->node_in_order(i).has(RRType::nsec3)) {  // hashed owners are many, and all alike
        if (i % 8 == 0) {
          if (const auto child = Name::join(octets_of("\1a"sv), name)) names.insert(*child);
        }
        continue;
      }
      for (const std::string_view labels :
           {"\1*"sv, "\1a"sv, "\3zzz"sv, "\1b\1c"sv, "\1*\1*"sv, "\1x\1*"sv, "\4\0. \xff"sv}) {
        if (const auto child = Name::join(octets_of(labels), name)) names.insert(*child);
      }
      add_sibling(name, -1, names);
      add_sibling(name, +1, names);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<Question> questions_about(const Images& zones, std::size_t most, Random& random) {
  const std::vector<Name> names = names_around(zones);
  const std::size_t all = names.size() * std::size(types) * 2;
  std::vector<Question> questions;
  for (std::size_t i = 0; i < all; ++i) {
    // So far i of all were looked at: one more is due when its share of `most` is.
    if (all > most && (i + 1) * most / all == i * most / all) continue;
    const std::size_t place = all > most ? below(all, random) : i;
    questions.push_back(question_of(names[place / 2 / std::size(types)], types[place / 2 % std::size(types)],
                                    place % 2 == 1, random));
  }
  return questions;
}

}  // namespace doors::test
