#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/differential/question.h"
#include "tests/support/reply.h"

namespace doors::test {

inline constexpr std::uint16_t aa_bit = 0x0400;
inline constexpr std::uint16_t tc_bit = 0x0200;

std::string lowered(std::string text);

/// A section as a set: owner, type, class, TTL, RDATA, whatever the order and the case of names.
using RecordSet = std::multiset<std::string>;
RecordSet set_of(const std::vector<Record>& records);

/// The zones' apexes, names in wire form, lower case.
using Origins = std::set<std::string>;

/// What of a reply has to be the same, whoever gives it:
///
///   - rcode, AA, TC, the answer and the authority section
///   - but not the apex's NS in the authority section of a positive answer, which nobody needs (RFC 2181 §6.1
///     wants it nowhere; NSD and BIND add it, Knot does not)
///   - the additional section of a referral; in other answers it is extra (RFC 1034 §4.3.2 step 6)
///   - of a truncated reply rcode and AA alone, since the sections are not to be used (RFC 2181 §9)
///   - of ANY and RRSIG the answer's owners alone: one RRset of several will do (RFC 8482 §4.1)
struct View {
  unsigned rcode = 0;
  bool aa = false, tc = false;
  RecordSet answer, authority, additional;
  friend bool operator==(const View&, const View&) = default;
};
View view_of(const Question& question, const Reply& reply, const Origins& origins);

/// Which parts differ.
struct Difference {
  bool rcode = false, aa = false, tc = false, answer = false, authority = false, additional = false;
  explicit operator bool() const { return rcode || aa || tc || answer || authority || additional; }
  /// Nothing differs but, perhaps, these.
  [[nodiscard]] bool only(bool Difference::*a, bool Difference::*b = nullptr) const;
};
Difference difference_of(const View& a, const View& b);
/// "rcode AA answer".
std::string to_string(const Difference& difference);

/// Whether it leads further down: NS of no apex in the authority section.
bool is_referral(const Reply& reply, const Origins& origins);

}  // namespace doors::test
