#include "zones/load/zone_check.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "zones/dns/rdata.h"
#include "zones/load/node_walk.h"

namespace doors {

namespace {

constexpr std::size_t max_errors = 20;
constexpr std::size_t max_warnings = 100;
constexpr std::uint16_t max_nsec3_iterations = 50;

class Checker {
 public:
  Checker(const Content& content, const LineIndex* lines) noexcept
      : content_(content), lines_(lines), origin_(content.origin()) {}

  std::vector<Problem> check() {
    NodeWalk walk(content_);
    for (ContentNode node; walk.next(node);) check_node(node);
    if (errors_ > max_errors) note({}, true, "and " + std::to_string(errors_ - max_errors) + " more errors");
    if (warnings_ > max_warnings)
      note({}, false, "and " + std::to_string(warnings_ - max_warnings) + " more warnings");
    return std::move(problems_);
  }

 private:
  /// An RRset of the node, and its first record's number.
  struct Found {
    RRsetView rrset;
    std::size_t record = 0;
  };
  [[nodiscard]] std::optional<Found> find(const ContentNode& node, RRType type) const noexcept {
    std::size_t record = node.first_record;
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const RRsetView rrset = content_.rrset(i);
      if (rrset.type == type) return Found{rrset, record};
      record += rrset.rdatas.size();
    }
    return std::nullopt;
  }

  void check_node(const ContentNode& node) {
    const bool at_apex = node.owner == origin_;
    if (node.dname && !is_only_nsec3(content_, node)) {
      error(node.owner, node.first_record, "data below the DNAME at " + node.dname->to_string());
    }
    if (node.cut) {
      check_below_cut(node);
      return;
    }
    const auto ns = find(node, RRType::ns);
    if (at_apex && !ns) error(node.owner, find(node, RRType::soa)->record, "no NS at the apex");
    check_singletons(node);
    if (ns) check_name_servers(*ns, at_apex);
    check_targets(node, RRType::mx);
    check_targets(node, RRType::srv);
    check_ds(node, ns.has_value(), at_apex);
    check_nsec3(node);
    check_signature_ttls(node);
    if (node.is_cut) check_at_cut(node);
  }

  /// CNAME and DNAME (RFC 1034 §3.6.2, RFC 2181 §10.1, RFC 6672 §2.3 and §2.4).
  void check_singletons(const ContentNode& node) {
    if (const auto cname = find(node, RRType::cname)) {
      if (cname->rrset.rdatas.size() > 1) error(node.owner, last_line(*cname), "several CNAME records");
      std::size_t record = node.first_record;
      for (std::size_t i = node.begin; i < node.end; ++i) {
        const RRsetView rrset = content_.rrset(i);
        if (!may_stand_beside_cname(rrset.type)) {
          // Whoever reads from the top meets the contradiction at the later of the two.
          const std::size_t later = tag(record) > tag(cname->record) ? record : cname->record;
          error(node.owner, later, "CNAME beside other data (" + to_string(rrset.type) + ")");
          break;
        }
        record += rrset.rdatas.size();
      }
    }
    if (const auto dname = find(node, RRType::dname)) {
      if (dname->rrset.rdatas.size() > 1) error(node.owner, last_line(*dname), "several DNAME records");
      if (node.is_cut) error(node.owner, dname->record, "DNAME beside NS below the apex");
    }
  }
  static bool may_stand_beside_cname(RRType type) noexcept {
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

  void check_name_servers(const Found& ns, bool at_apex) {
    std::size_t record = ns.record;
    for (const Octets rdata : ns.rrset.rdatas) check_name_server(ns.rrset.owner, record++, rdata, at_apex);
  }
  void check_name_server(NameView owner, std::size_t record, Octets rdata, bool at_apex) {
    const NameView target = NameView::trusted(rdata);
    if (!target.is_at_or_below(origin_)) return;
    switch (look_up(target, owner)) {
      case Target::address:
      case Target::unknown:
        return;
      case Target::alias:
        return warn(owner, record, "NS leads to the alias " + target.to_string());
      case Target::none:
        if (!at_apex && target.is_at_or_below(owner)) {
          return warn(owner, record, "missing glue: no address for " + target.to_string());
        }
        return warn(owner, record, "no address for the name server " + target.to_string());
    }
  }

  void check_targets(const ContentNode& node, RRType type) {
    const auto found = find(node, type);
    if (!found) return;
    std::size_t record = found->record;
    for (const Octets rdata : found->rrset.rdatas) {
      const NameView target = trusted_rdata_names(type, rdata).at[0].name;
      if (!target.is_root() && target.is_at_or_below(origin_) &&
          look_up(target, node.owner) == Target::alias) {
        warn(node.owner, record, to_string(type) + " leads to the alias " + target.to_string());
      }
      ++record;
    }
  }

  void check_ds(const ContentNode& node, bool has_ns, bool at_apex) {
    const auto ds = find(node, RRType::ds);
    if (!ds) return;
    if (at_apex)
      warn(node.owner, ds->record, "DS at the apex: it belongs to the parent zone");
    else if (!has_ns)
      warn(node.owner, ds->record, "DS without NS");
  }

  void check_nsec3(const ContentNode& node) {
    for (const RRType type : {RRType::nsec3param, RRType::nsec3}) {
      const auto found = find(node, type);
      if (!found) continue;
      for (const Octets rdata : found->rrset.rdatas) {
        const std::uint16_t iterations = load_u16(rdata.data() + 2);
        if (iterations <= max_nsec3_iterations) continue;
        error(node.owner, found->record,
              to_string(type) + " with " + std::to_string(iterations) + " iterations; the most allowed are " +
                  std::to_string(max_nsec3_iterations));
      }
    }
  }

  void check_signature_ttls(const ContentNode& node) {
    std::size_t record = node.first_record;
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const RRsetView rrset = content_.rrset(i);
      if (rrset.type == RRType::rrsig) {
        if (const auto covered = find(node, rrset.covered); covered && covered->rrset.ttl != rrset.ttl) {
          warn(node.owner, record,
               "RRSIG of " + to_string(rrset.covered) + " with another TTL than the RRset");
        }
      }
      record += rrset.rdatas.size();
    }
  }

  /// At a zone cut only NS, DS and the records of denial are the parent's; addresses may be glue.
  void check_at_cut(const ContentNode& node) {
    std::size_t record = node.first_record;
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const RRsetView rrset = content_.rrset(i);
      switch (rrset.type) {
        case RRType::ns:
        case RRType::ds:
        case RRType::nsec:
        case RRType::rrsig:
        case RRType::a:
        case RRType::aaaa:
          break;
        default:
          warn(node.owner, record, to_string(rrset.type) + " is hidden by the delegation here");
      }
      record += rrset.rdatas.size();
    }
  }
  void check_below_cut(const ContentNode& node) {
    std::size_t record = node.first_record;
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const RRsetView rrset = content_.rrset(i);
      if (rrset.type != RRType::a && rrset.type != RRType::aaaa) {
        return warn(node.owner, record,
                    to_string(rrset.type) + " is hidden by the delegation of " + node.cut->to_string());
      }
      record += rrset.rdatas.size();
    }
  }

  enum class Target : std::uint8_t { address, alias, none, unknown };
  /// What this zone knows of the addresses of a name in it; unknown below a zone cut other than `asking`,
  /// where they may be at the child only.
  [[nodiscard]] Target look_up(NameView target, NameView asking) const {
    std::size_t i = content_.lower_bound(target);
    bool alias = false;
    for (; i < content_.rrset_count(); ++i) {
      const RRsetView rrset = content_.rrset(i);
      if (rrset.owner != target) break;
      if (rrset.type == RRType::a || rrset.type == RRType::aaaa) return Target::address;
      alias = alias || rrset.type == RRType::cname;
    }
    if (alias) return Target::alias;
    for (NameView above = target; above.size() > origin_.size(); above = above.parent()) {
      if (above != asking && content_.find(above, RRType::ns)) return Target::unknown;
      if (content_.find(above, RRType::dname)) return Target::unknown;
      if (const auto wildcard = Name::join(octets_of(std::string_view("\1*", 2)), above.parent());
          wildcard && (content_.find(*wildcard, RRType::a) || content_.find(*wildcard, RRType::aaaa))) {
        return Target::address;
      }
    }
    return Target::none;
  }

  [[nodiscard]] std::uint32_t tag(std::size_t record) const noexcept {
    return lines_ != nullptr ? lines_->record_tag(record) : 0;
  }
  /// Of an RRset that should have one record: the record that came last in the text.
  [[nodiscard]] std::size_t last_line(const Found& found) const noexcept {
    std::size_t last = found.record;
    for (std::size_t i = 1; i < found.rrset.rdatas.size(); ++i) {
      if (tag(found.record + i) > tag(last)) last = found.record + i;
    }
    return last;
  }

  void error(NameView owner, std::size_t record, std::string message) {
    if (++errors_ <= max_errors) note(place(owner, record), true, std::move(message));
  }
  void warn(NameView owner, std::size_t record, std::string message) {
    if (++warnings_ <= max_warnings) note(place(owner, record), false, std::move(message));
  }
  [[nodiscard]] Problem place(NameView owner, std::size_t record) const {
    Problem problem;
    if (const std::uint32_t known = tag(record); known != 0) {
      LineIndex::Place where = lines_->place_of_tag(known);
      problem.file = std::move(where.file);
      problem.line = where.line;
    }
    problem.owner = owner.to_string();
    return problem;
  }
  void note(Problem problem, bool is_error, std::string message) {
    problem.error = is_error;
    problem.message = std::move(message);
    problems_.push_back(std::move(problem));
  }

  const Content& content_;
  const LineIndex* lines_;
  NameView origin_;
  std::vector<Problem> problems_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace

std::vector<Problem> check_zone(const Content& content, const LineIndex* lines) {
  return Checker(content, lines).check();
}

}  // namespace doors
