#include "tests/differential/view.h"

#include <algorithm>

#include "zones/dns/types.h"

namespace doors::test {

namespace {

bool is_type(const Record& record, RRType type) { return record.type == raw(type); }

/// The RRset's type, of signatures that which they cover.
std::uint16_t subject_of(const Record& record) {
  if (!is_type(record, RRType::rrsig) || record.rdata.size() < 2) return record.type;
  return load_u16(octets_of(record.rdata).data());
}

bool is_apex_ns(const Record& record, const Origins& origins) {
  return subject_of(record) == raw(RRType::ns) && origins.count(lowered(record.owner)) != 0;
}

}  // namespace

std::string lowered(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

RecordSet set_of(const std::vector<Record>& records) {
  RecordSet set;
  for (const Record& r : records) {
    set.insert(lowered(r.owner) + '|' + std::to_string(r.type) + '|' + std::to_string(r.rr_class) + '|' +
               std::to_string(r.ttl) + '|' + lowered(r.rdata));
  }
  return set;
}

bool is_referral(const Reply& reply, const Origins& origins) {
  return reply.rcode() == 0 &&
         std::any_of(reply.authority.begin(), reply.authority.end(), [&](const Record& record) {
           return is_type(record, RRType::ns) && origins.count(lowered(record.owner)) == 0;
         });
}

View view_of(const Question& question, const Reply& reply, const Origins& origins) {
  View view;
  view.rcode = reply.rcode();
  view.aa = reply.has(aa_bit);
  view.tc = reply.has(tc_bit);
  if (view.tc) return view;
  if (question.type == RRType::any || question.type == RRType::rrsig) {
    for (const Record& record : reply.answer) {
      const std::string owner = lowered(record.owner);
      if (view.answer.count(owner) == 0) view.answer.insert(owner);
    }
  } else {
    view.answer = set_of(reply.answer);
  }
  std::vector<Record> authority = reply.authority;
  if (!reply.answer.empty()) {
    std::erase_if(authority, [&](const Record& record) { return is_apex_ns(record, origins); });
  }
  view.authority = set_of(authority);
  (is_referral(reply, origins) ? view.additional : view.extra) = set_of(reply.additional);
  return view;
}

bool Difference::only(bool Difference::*a, bool Difference::*b) const {
  Difference rest = *this;
  rest.*a = false;
  if (b != nullptr) rest.*b = false;
  return !rest;
}

Difference difference_of(const View& a, const View& b) {
  return {a.rcode != b.rcode, a.aa != b.aa, a.tc != b.tc,
          // Where one is truncated, the sections say nothing.
          a.tc == b.tc && a.answer != b.answer, a.tc == b.tc && a.authority != b.authority,
          a.tc == b.tc && a.additional != b.additional};
}

std::string to_string(const Difference& difference) {
  std::string text;
  const auto note = [&text](bool differs, const char* part) {
    if (differs) text += (text.empty() ? "" : " ") + std::string(part);
  };
  note(difference.rcode, "rcode");
  note(difference.aa, "AA");
  note(difference.tc, "TC");
  note(difference.answer, "answer");
  note(difference.authority, "authority");
  note(difference.additional, "additional");
  return text;
}

}  // namespace doors::test
