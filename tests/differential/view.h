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
///   - the additional section of a referral
///   - of a truncated reply rcode and AA alone, since the sections are not to be used (RFC 2181 §9)
///   - of ANY and RRSIG the answer's owners alone: one RRset of several will do (RFC 8482 §4.1)
///
/// What stands in the additional section of other answers is extra (RFC 1034 §4.3.2 step 6), and has to be
/// the same only where all peers give the same.
struct View {
  unsigned rcode = 0;
  bool aa = false, tc = false;
  RecordSet answer, authority, additional;
  RecordSet extra;  ///< of no referral: the additional section; not compared here
  friend bool operator==(const View& a, const View& b) {
    return a.rcode == b.rcode && a.aa == b.aa && a.tc == b.tc && a.answer == b.answer &&
           a.authority == b.authority && a.additional == b.additional;
  }
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
