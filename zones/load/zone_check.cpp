#include "zones/load/zone_check.h"

#include <algorithm>
#include <deque>
#include <numeric>
#include <string>
#include <utility>

#include "zones/dns/rdata.h"
#include "zones/load/check_notes.h"
#include "zones/load/node_walk.h"
#include "zones/load/target_check.h"
#include "zones/load/type_bitmaps.h"

namespace doors {

namespace {

constexpr std::uint16_t most_nsec3_iterations = 50;  // resolvers may refuse more (RFC 9276 §3.2)

bool may_stand_beside_cname(RRType type) noexcept {
  switch (type) {
    case RRType::cname:
    case RRType::rrsig:
    case RRType::nsec:
    case RRType::nsec3:
    case RRType::sig:
    case RRType::key:
    case RRType::nxt:
      return true;
    default:
      return false;
  }
}

/// Whether records of this type mean something at the apex only (RFC 4034 §2, 5155 §4, 7344 §4.1, 7477 §2,
/// 8976 §2).
bool belongs_to_apex(RRType type) noexcept {
  constexpr RRType csync{62};
  return type == RRType::dnskey || type == RRType::nsec3param || type == RRType::cds ||
         type == RRType::cdnskey || type == csync || type == RRType::zonemd;
}

constexpr std::size_t message_octets = 65'535;
/// What a record has to leave free of a message: the header, and a TSIG record where it is transferred.
constexpr std::size_t beside_a_record = 12 + 400;

/// The message that answers a question for the RRset: header, question, records with their owner compressed.
std::size_t answer_octets(const RRsetView& rrset) noexcept {
  return 12 + rrset.owner.size() + 4 + 10 * rrset.rdatas.size() + rrset.rdatas.octets().size();
}

class Checker {
 public:
  Checker(const Content& content, const LineIndex* lines)
      : content_(content), notes_(lines), targets_(content, notes_), origin_(content.origin()) {
    const auto soa = content.find(origin_, RRType::soa);  // there is one in every content
    negative_ttl_ = Ttl(std::min(soa->ttl.raw(), parse_soa(soa->rdatas.front())->minimum));
  }

  /// Checks the RRsets [begin, end), the first of which begins with that record, as NodeWalk has them.
  void check(std::size_t begin, std::size_t end, std::size_t first_record) {
    NodeWalk walk(content_, begin, end, first_record);
    for (ContentNode node; walk.next(node);) check_node(node);
  }
  /// Takes over what was found in the part behind this one.
  void append(Checker&& next) {
    notes_.append(std::move(next.notes_));
    if (denial_ttls_ == 0) {
      denial_owner_ = next.denial_owner_;
      denial_record_ = next.denial_record_;
    }
    denial_ttls_ += next.denial_ttls_;
  }
  std::vector<Problem> finish() {
    if (denial_ttls_ > 0) {
      notes_.warn(denial_owner_, denial_record_,
                  "TTL of NSEC or NSEC3 is not the lower one of the SOA's TTL and minimum, " +
                      std::to_string(negative_ttl_.raw()) + " (" + std::to_string(denial_ttls_) + " in all)");
    }
    return notes_.take();
  }

 private:
  /// An RRset of the node, and its first record's number.
  struct Found {
    RRsetView rrset;
    std::size_t record = 0;
  };
  /// Reads the RRsets of the node, which all checks of it look at.
  void read(const ContentNode& node) {
    here_.clear();
    std::size_t record = node.first_record;
    for (std::size_t i = node.begin; i < node.end; ++i) {
      here_.push_back({content_.rrset(i), record});
      record += here_.back().rrset.rdatas.size();
    }
  }
  /// The RRset of that type at the node that was read; null if there is none.
  [[nodiscard]] const Found* find(RRType type) const {
    const std::size_t at = find_kind(0, here_.size(), type, RRType{}, [this](std::size_t i) {
      return std::pair(here_[i].rrset.type, here_[i].rrset.covered);
    });
    return at == here_.size() ? nullptr : &here_[at];
  }

  void check_node(const ContentNode& node) {
    read(node);
    if (node.dname && !is_only_nsec3(content_, node)) {
      notes_.error(node.owner, node.first_record, "data below the DNAME at " + node.dname->to_string());
    }
    if (node.cut) return check_below_cut(node);
    if (node.owner == origin_ && find(RRType::ns) == nullptr) {
      notes_.error(node.owner, find(RRType::soa)->record, "no NS at the apex");
    }
    check_cname(node);
    check_dname(node);
    for (const Found& found : here_) {
      targets_.check(found.rrset, found.record, node.begin);
      check_place(node, found);
      check_denial(found);
      if (found.rrset.type == RRType::rrsig) check_signature(found);
      check_size(found);
    }
  }

  void check_size(const Found& found) {
    if (answer_octets(found.rrset) <= message_octets - beside_a_record) return;
    const std::string type = to_string(found.rrset.type);
    std::size_t record = found.record;
    for (const Octets rdata : found.rrset.rdatas) {
      if (found.rrset.owner.size() + 10 + rdata.size() > message_octets - beside_a_record)
        return notes_.error(found.rrset.owner, record, type + ": the record fits no message");
      ++record;
    }
    if (answer_octets(found.rrset) > message_octets) warn(found, type + ": the RRset fits no message");
  }

  void check_cname(const ContentNode& node) {  // RFC 1034 §3.6.2, RFC 2181 §10.1
    const Found* const cname = find(RRType::cname);
    if (cname == nullptr) return;
    if (cname->rrset.rdatas.size() > 1) notes_.error(node.owner, last_line(*cname), "several CNAME records");
    for (const Found& found : here_) {
      if (may_stand_beside_cname(found.rrset.type)) continue;
      // Whoever reads from the top meets the contradiction at the later of the two.
      return notes_.error(node.owner,
                          notes_.is_later(found.record, cname->record) ? found.record : cname->record,
                          "CNAME beside other data (" + to_string(found.rrset.type) + ")");
    }
  }

  void check_dname(const ContentNode& node) {  // RFC 6672 §2.4
    const Found* const dname = find(RRType::dname);
    if (dname == nullptr) return;
    if (dname->rrset.rdatas.size() > 1) notes_.error(node.owner, last_line(*dname), "several DNAME records");
  }

  /// Whether the type means something at this node.
  void check_place(const ContentNode& node, const Found& found) {
    const RRType type = found.rrset.type;
    const bool at_apex = node.owner == origin_;
    if (type == RRType::ds && at_apex) {
      warn(found, "DS at the apex: it belongs to the parent zone");
    } else if (type == RRType::ds && !node.is_cut) {
      warn(found, "DS without NS");
    } else if (belongs_to_apex(type) && !at_apex) {
      warn(found, to_string(type) + " below the apex has no effect");
    } else if ((type == RRType::ns || type == RRType::dname) && node.owner.is_wildcard()) {
      warn(found, to_string(type) + " at a wildcard");
    } else if (node.is_cut && !may_stand_at_cut(type)) {
      warn(found, to_string(type) + " is hidden by the delegation here");
    }
  }
  /// NS, DS and denial are the parent's; addresses may be glue.
  static bool may_stand_at_cut(RRType type) noexcept {
    switch (type) {
      case RRType::ns:
      case RRType::ds:
      case RRType::nsec:
      case RRType::rrsig:
      case RRType::a:
      case RRType::aaaa:
        return true;
      default:
        return false;
    }
  }

  void check_below_cut(const ContentNode& node) {
    for (const Found& found : here_) {
      if (found.rrset.type == RRType::a || found.rrset.type == RRType::aaaa) continue;
      return warn(found,
                  to_string(found.rrset.type) + " is hidden by the delegation of " + node.cut->to_string());
    }
  }

  void check_denial(const Found& found) {
    const RRType type = found.rrset.type;
    if ((type == RRType::nsec || type == RRType::nsec3) && found.rrset.ttl != negative_ttl_ &&
        denial_ttls_++ == 0) {
      denial_owner_ = found.rrset.owner;
      denial_record_ = found.record;
    }
    for (const Octets rdata : found.rrset.rdatas) {
      if (type == RRType::nsec || type == RRType::nsec3) check_listed_types(found, rdata);
      if (type == RRType::nsec3 || type == RRType::nsec3param)
        check_iterations(found, load_u16(rdata.data() + 2));
      if (type == RRType::nsec3param && rdata[0] != std::byte{1})
        warn(found, "NSEC3PARAM of an unknown algorithm");
    }
  }

  void check_listed_types(const Found& found, Octets rdata) {
    bool none = true;
    for_each_type(denial_bitmaps(found.rrset.type, rdata), [&](RRType listed) {
      none = false;
      if (is_meta(listed) && listed != RRType::nxname)  // RFC 9824 §3.2
        warn(found,
             to_string(found.rrset.type) + " lists " + to_string(listed) + ", which is no data of a zone");
    });
    if (none && found.rrset.type == RRType::nsec) warn(found, "NSEC lists no type, not even itself");
  }

  void check_iterations(const Found& found, std::uint16_t iterations) {
    const std::string what =
        to_string(found.rrset.type) + " with " + std::to_string(iterations) + " iterations";
    if (iterations > most_nsec3_iterations) {
      notes_.error(found.rrset.owner, found.record,
                   what + "; the most allowed are " + std::to_string(most_nsec3_iterations));
    } else if (found.rrset.type == RRType::nsec3param && iterations > 0) {
      warn(found, what + "; 0 are as safe");
    }
  }

  void check_signature(const Found& found) {
    const Found* const covered = find(found.rrset.covered);
    if (covered != nullptr && covered->rrset.ttl == found.rrset.ttl) return;
    const std::string type = to_string(found.rrset.covered);
    warn(found, covered == nullptr ? "RRSIG of " + type + ", and there is no " + type + " here"
                                   : "RRSIG of " + type + " with another TTL than the RRset");
  }

  /// Of an RRset that should have one record: the record that came last in the text.
  [[nodiscard]] std::size_t last_line(const Found& found) const noexcept {
    std::size_t last = found.record;
    for (std::size_t i = 1; i < found.rrset.rdatas.size(); ++i) {
      if (notes_.is_later(found.record + i, last)) last = found.record + i;
    }
    return last;
  }
  void warn(const Found& found, std::string message) {
    notes_.warn(found.rrset.owner, found.record, std::move(message));
  }

  const Content& content_;
  CheckNotes notes_;
  TargetCheck targets_;
  NameView origin_;
  std::vector<Found> here_;  // the RRsets of the node
  Ttl negative_ttl_{0};
  std::size_t denial_ttls_ = 0;  // NSEC and NSEC3 whose TTL is another; and the first of them
  NameView denial_owner_;
  std::size_t denial_record_ = 0;
};

constexpr std::size_t piece_rrsets = std::size_t{1} << 16;

/// Whether two names below the origin lie below different names of one label more than it has.
bool lie_apart(NameView a, NameView b, std::size_t origin_labels) noexcept {
  const auto branch = [origin_labels](NameView name) {
    for (std::size_t labels = name.label_count(); labels > origin_labels + 1; --labels) name = name.parent();
    return name;
  };
  return branch(a) != branch(b);
}

/// Cuts a content where no zone cut or DNAME reaches over: where each piece begins, and the end.
std::vector<std::size_t> piece_borders(const Content& content) {
  std::vector<std::size_t> borders{0};
  const std::size_t rrsets = content.rrset_count();
  const std::size_t origin_labels = content.origin().label_count();
  if (!content.find(content.origin(), RRType::dname)) {
    for (std::size_t at = piece_rrsets; at < rrsets; at += piece_rrsets) {
      while (at < rrsets && !lie_apart(content.rrset(at - 1).owner, content.rrset(at).owner, origin_labels))
        ++at;
      if (at < rrsets) borders.push_back(at);
    }
  }
  borders.push_back(rrsets);
  return borders;
}

/// The number of the first record of each piece.
std::vector<std::size_t> first_records(const Content& content, const std::vector<std::size_t>& borders,
                                       const RunPieces& run) {
  std::vector<std::size_t> first(borders.size());
  run(borders.size() - 2, [&](std::size_t piece) {
    std::size_t records = 0;
    for (std::size_t i = borders[piece]; i < borders[piece + 1]; ++i)
      records += content.rrset(i).rdatas.size();
    first[piece + 1] = records;
  });
  std::partial_sum(first.begin(), first.end(), first.begin());
  return first;
}

}  // namespace

std::vector<Problem> check_zone(const Content& content, const LineIndex* lines, const RunPieces& run) {
  const std::vector<std::size_t> borders = piece_borders(content);
  const std::vector<std::size_t> first = first_records(content, borders, run);
  std::deque<Checker> checkers;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) checkers.emplace_back(content, lines);
  run(checkers.size(), [&](std::size_t i) { checkers[i].check(borders[i], borders[i + 1], first[i]); });
  for (std::size_t i = 1; i < checkers.size(); ++i) checkers.front().append(std::move(checkers[i]));
  return checkers.front().finish();
}

}  // namespace doors
