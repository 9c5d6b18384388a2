#include "zones/load/zone_check.h"

#include <algorithm>
#include <optional>
#include <string>

#include "zones/dns/rdata.h"
#include "zones/load/check_notes.h"
#include "zones/load/node_walk.h"
#include "zones/load/target_check.h"

namespace doors {

namespace {

constexpr std::uint16_t max_nsec3_iterations = 50;

bool may_stand_beside_cname(RRType type) noexcept {
  switch (type) {
    case RRType::cname:
    case RRType::rrsig:
    case RRType::nsec:
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

/// Whether no message can carry the RRset, in answer to a question for it and with its owner compressed.
bool fits_no_message(const RRsetView& rrset) noexcept {
  std::size_t octets = 12 + rrset.owner.size() + 4;
  for (const Octets rdata : rrset.rdatas) octets += 12 + rdata.size();
  return octets > 65'535;
}

class Checker {
 public:
  Checker(const Content& content, const LineIndex* lines)
      : content_(content), notes_(lines), targets_(content, notes_), origin_(content.origin()) {
    const auto soa = content.find(origin_, RRType::soa);  // there is one in every content
    negative_ttl_ = Ttl(std::min(soa->ttl.raw(), parse_soa(soa->rdatas.front())->minimum));
  }

  std::vector<Problem> check() {
    NodeWalk walk(content_);
    for (ContentNode node; walk.next(node);) check_node(node);
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
  /// Calls `visit` with each RRset of the node and the number of its first record.
  template <class Visit>
  void for_each(const ContentNode& node, Visit visit) const {
    std::size_t record = node.first_record;
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const RRsetView rrset = content_.rrset(i);
      visit(Found{rrset, record});
      record += rrset.rdatas.size();
    }
  }
  [[nodiscard]] std::optional<Found> find(const ContentNode& node, RRType type) const {
    std::optional<Found> found;
    for_each(node, [&](const Found& each) {
      if (each.rrset.type == type && !found) found = each;
    });
    return found;
  }

  void check_node(const ContentNode& node) {
    if (node.dname && !is_only_nsec3(content_, node)) {
      notes_.error(node.owner, node.first_record, "data below the DNAME at " + node.dname->to_string());
    }
    if (node.cut) return check_below_cut(node);
    if (node.owner == origin_ && !find(node, RRType::ns)) {
      notes_.error(node.owner, find(node, RRType::soa)->record, "no NS at the apex");
    }
    check_cname(node);
    check_dname(node);
    for_each(node, [&](const Found& found) {
      targets_.check(found.rrset, found.record);
      check_place(node, found);
      check_denial(found);
      if (found.rrset.type == RRType::rrsig) check_signature(node, found);
      if (fits_no_message(found.rrset))
        warn(found, to_string(found.rrset.type) + ": the RRset fits no message");
    });
  }

  void check_cname(const ContentNode& node) {  // RFC 1034 §3.6.2, RFC 2181 §10.1
    const auto cname = find(node, RRType::cname);
    if (!cname) return;
    if (cname->rrset.rdatas.size() > 1) notes_.error(node.owner, last_line(*cname), "several CNAME records");
    bool told = false;
    for_each(node, [&](const Found& found) {
      if (told || may_stand_beside_cname(found.rrset.type)) return;
      told = true;
      // Whoever reads from the top meets the contradiction at the later of the two.
      notes_.error(node.owner, notes_.is_later(found.record, cname->record) ? found.record : cname->record,
                   "CNAME beside other data (" + to_string(found.rrset.type) + ")");
    });
  }

  void check_dname(const ContentNode& node) {  // RFC 6672 §2.3, §2.4
    const auto dname = find(node, RRType::dname);
    if (!dname) return;
    if (dname->rrset.rdatas.size() > 1) notes_.error(node.owner, last_line(*dname), "several DNAME records");
    if (node.is_cut) notes_.error(node.owner, dname->record, "DNAME beside NS below the apex");
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
    bool told = false;
    for_each(node, [&](const Found& found) {
      if (told || found.rrset.type == RRType::a || found.rrset.type == RRType::aaaa) return;
      told = true;
      warn(found, to_string(found.rrset.type) + " is hidden by the delegation of " + node.cut->to_string());
    });
  }

  void check_denial(const Found& found) {
    const RRType type = found.rrset.type;
    if ((type == RRType::nsec || type == RRType::nsec3) && found.rrset.ttl != negative_ttl_ &&
        denial_ttls_++ == 0) {
      denial_owner_ = found.rrset.owner;
      denial_record_ = found.record;
    }
    if (type != RRType::nsec3 && type != RRType::nsec3param) return;
    for (const Octets rdata : found.rrset.rdatas) {
      const std::uint16_t iterations = load_u16(rdata.data() + 2);
      if (iterations > max_nsec3_iterations) {
        notes_.error(found.rrset.owner, found.record,
                     to_string(type) + " with " + std::to_string(iterations) +
                         " iterations; the most allowed are " + std::to_string(max_nsec3_iterations));
      } else if (type == RRType::nsec3param && iterations > 0) {
        warn(found, "NSEC3PARAM with " + std::to_string(iterations) + " iterations; 0 are as safe");
      }
      if (type == RRType::nsec3param && rdata[0] != std::byte{1})
        warn(found, "NSEC3PARAM of an unknown algorithm");
    }
  }

  void check_signature(const ContentNode& node, const Found& found) {
    const std::string type = to_string(found.rrset.covered);
    const auto covered = find(node, found.rrset.covered);
    if (!covered) {
      warn(found, "RRSIG of " + type + ", and there is no " + type + " here");
    } else if (covered->rrset.ttl != found.rrset.ttl) {
      warn(found, "RRSIG of " + type + " with another TTL than the RRset");
    }
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
  Ttl negative_ttl_{0};
  std::size_t denial_ttls_ = 0;  // NSEC and NSEC3 whose TTL is another; and the first of them
  NameView denial_owner_;
  std::size_t denial_record_ = 0;
};

}  // namespace

std::vector<Problem> check_zone(const Content& content, const LineIndex* lines) {
  return Checker(content, lines).check();
}

}  // namespace doors
