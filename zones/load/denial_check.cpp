#include "zones/load/denial_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "zones/base/text_encoding.h"
#include "zones/dns/nsec3_hash.h"
#include "zones/load/finding.h"
#include "zones/load/node_walk.h"
#include "zones/load/type_bitmaps.h"

namespace doors {

namespace {

/// A set of types as NSEC and NSEC3 list them, RRSIG left out.
class Types {
 public:
  void add(RRType type) {
    if (type != RRType::rrsig) types_.push_back(raw(type));
  }
  /// Reads type bit maps that valid_rdata() has passed; they ascend.
  void read(Octets bitmaps) {
    for_each_type(bitmaps, [this](RRType type) { add(type); });
  }
  void clear() noexcept { types_.clear(); }
  void sort() { std::sort(types_.begin(), types_.end()); }
  friend bool operator==(const Types&, const Types&) = default;

 private:
  std::vector<std::uint16_t> types_;
};

/// The types of a node that its NSEC or NSEC3 has to list: at a cut only the parent's (RFC 4035 §2.3, RFC
/// 5155 §7.1).
void collect_types(const Content& content, const ContentNode& node, Types& types) {
  types.clear();
  for (std::size_t i = node.begin; i < node.end; ++i) {
    const RRType type = content.rrset(i).type;
    const bool of_parent = type == RRType::ns || type == RRType::ds || type == RRType::nsec;
    if ((!node.is_cut || of_parent) && type != RRType::nsec3) types.add(type);
  }
  types.sort();
}

/// NSEC: each authoritative name leads to the next, the last one to the apex.
void check_nsec_chain(const Content& content, std::vector<Problem>& problems) {
  Finding missing;
  Finding broken;
  Finding lying;
  std::optional<NameView> promised;  // where the NSEC before leads
  NameView before;
  Types there;
  Types listed;
  const auto check_link = [&](NameView from, NameView to) {
    if (promised && *promised != to) {
      broken.note(from,
                  [&] { return "NSEC leads to " + promised->to_string() + ", not to " + to.to_string(); });
    }
  };
  NodeWalk walk(content);
  for (ContentNode node; walk.next(node);) {
    if (!node.is_authoritative() || is_only_nsec3(content, node)) continue;
    check_link(before, node.owner);
    before = node.owner;
    promised.reset();
    const auto nsec = find_rrset(content, node, RRType::nsec);
    if (!nsec) {
      missing.note(node.owner, [] { return "no NSEC"; });
      continue;
    }
    const Octets rdata = nsec->rdatas.front();
    promised = NameView::trusted_at(rdata.data());
    collect_types(content, node, there);
    listed.clear();
    listed.read(denial_bitmaps(RRType::nsec, rdata));
    if (nsec->rdatas.size() > 1) broken.note(node.owner, [] { return "several NSEC records"; });
    if (there != listed) lying.note(node.owner, [] { return "NSEC lists other types than are here"; });
  }
  check_link(before, content.origin());
  missing.tell(Gate::signatures, "names", problems);
  broken.tell(Gate::signatures, "links", problems);
  lying.tell(Gate::signatures, "names", problems);
}

/// The NSEC3 records of one parameter set, in the order of their hashes.
struct Nsec3Entry {
  Nsec3Hash hash;
  std::size_t rrset = 0;
  Octets rdata;
  bool used = false;

  [[nodiscard]] bool opt_out() const noexcept { return (rdata[1] & std::byte{1}) != std::byte{0}; }
  /// Behind flags and iterations come salt, next hash and bit maps, each of the first two with its length.
  [[nodiscard]] Octets salt() const noexcept {
    return rdata.subspan(5, std::to_integer<std::size_t>(rdata[4]));
  }
  [[nodiscard]] Octets next_hash() const noexcept {
    const std::size_t at = 5 + salt().size();
    return rdata.subspan(at + 1, std::to_integer<std::size_t>(rdata[at]));
  }
  [[nodiscard]] Octets bitmaps() const noexcept { return denial_bitmaps(RRType::nsec3, rdata); }
};

class Nsec3Chain {
 public:
  /// `param` is NSEC3PARAM RDATA: algorithm, flags, iterations, salt.
  Nsec3Chain(const Content& content, Octets param)
      : content_(content), iterations_(load_u16(param.data() + 2)), salt_(param.subspan(5)) {
    for (std::size_t i = 0; i < content.rrset_count(); ++i) {
      const RRsetView rrset = content.rrset(i);
      if (rrset.type != RRType::nsec3) continue;
      for (const Octets rdata : rrset.rdatas) add(i, rrset, param, rdata);
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const Nsec3Entry& a, const Nsec3Entry& b) { return a.hash < b.hash; });
  }

  void check(std::vector<Problem>& problems) {
    check_links();
    check_names();
    for (const Nsec3Entry& entry : entries_) {
      if (!entry.used)
        stray_.note(content_.rrset(entry.rrset).owner, [] { return "NSEC3 of no name of the zone"; });
    }
    missing_.tell(Gate::signatures, "names", problems);
    broken_.tell(Gate::signatures, "links", problems);
    lying_.tell(Gate::signatures, "names", problems);
    stray_.tell(Gate::signatures, "names", problems);
  }

 private:
  void add(std::size_t i, const RRsetView& rrset, Octets param, Octets rdata) {
    Nsec3Entry entry{{}, i, rdata, false};
    if (rdata[0] != param[0] || load_u16(rdata.data() + 2) != iterations_ ||
        !std::ranges::equal(entry.salt(), salt_)) {
      return;  // of another chain, as while parameters change
    }
    const auto hash = from_base32hex(text_of(rrset.owner.first_label()));
    if (!hash || hash->size() != entry.hash.size() || rrset.owner.parent() != content_.origin()) {
      stray_.note(rrset.owner, [] { return "NSEC3 at a name that is no hash"; });
      return;
    }
    std::copy(hash->begin(), hash->end(), entry.hash.begin());
    entries_.push_back(entry);
  }

  void check_links() {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const Nsec3Entry& next = entries_[(i + 1) % entries_.size()];
      if (!std::ranges::equal(entries_[i].next_hash(), next.hash)) {
        broken_.note(content_.rrset(entries_[i].rrset).owner,
                     [&] { return "NSEC3 does not lead to the next one, " + to_base32hex(next.hash); });
      }
    }
  }

  void check_names() {
    Types there;
    std::optional<NameView> before;
    NodeWalk walk(content_);
    for (ContentNode node; walk.next(node);) {
      if (!node.is_authoritative() || is_only_nsec3(content_, node)) continue;
      while (!empty_.empty() && !node.owner.is_at_or_below(empty_.back().name)) check_empty();
      if (before) find_empty(*before, node.owner);
      before = node.owner;
      collect_types(content_, node, there);
      const bool may_be_left_out = node.is_cut && !find_rrset(content_, node, RRType::ds);
      if (!may_be_left_out && !empty_.empty()) empty_.back().leads_to_signed = true;
      check_name(node.owner, there, may_be_left_out);
    }
    while (!empty_.empty()) check_empty();
  }

  /// An empty non-terminal that the walk is below of.
  struct EmptyNonTerminal {
    NameView name;
    bool leads_to_signed = false;  // below it is more than insecure delegations
  };
  /// Finds those between two neighbours: every ancestor of the second that the first does not have.
  void find_empty(NameView before, NameView owner) {
    std::size_t shared = content_.origin().label_count();
    const std::size_t most = std::min(before.label_count(), owner.label_count());
    while (shared < most && before.suffix(shared + 1) == owner.suffix(shared + 1)) ++shared;
    for (std::size_t labels = shared + 1; labels < owner.label_count(); ++labels) {
      empty_.push_back({owner.suffix(labels)});
    }
  }
  /// Checks the innermost, of which all below has been seen: opt-out leaves out those that only insecure
  /// delegations make (RFC 5155 §7.1, errata 3441).
  void check_empty() {
    const EmptyNonTerminal done = empty_.back();
    empty_.pop_back();
    if (done.leads_to_signed && !empty_.empty()) empty_.back().leads_to_signed = true;
    check_name(done.name, Types{}, !done.leads_to_signed);
  }

  void check_name(NameView name, const Types& there, bool may_be_left_out) {
    const Nsec3Hash hash = nsec3_hash(name, iterations_, salt_);
    const auto at = std::lower_bound(
        entries_.begin(), entries_.end(), hash,
        [](const Nsec3Entry& entry, const Nsec3Hash& wanted) { return entry.hash < wanted; });
    if (at == entries_.end() || at->hash != hash) {
      const Nsec3Entry* cover = entries_.empty()         ? nullptr
                                : at == entries_.begin() ? &entries_.back()
                                                         : &*(at - 1);
      if (!(may_be_left_out && cover != nullptr && cover->opt_out()))
        missing_.note(name, [] { return "no NSEC3"; });
      return;
    }
    at->used = true;
    Types listed;
    listed.read(at->bitmaps());
    if (listed != there) lying_.note(name, [] { return "NSEC3 lists other types than are here"; });
  }

  const Content& content_;
  std::uint16_t iterations_;
  Octets salt_;
  std::vector<Nsec3Entry> entries_;
  std::vector<EmptyNonTerminal> empty_;  // from the outermost
  Finding missing_;
  Finding broken_;
  Finding lying_;
  Finding stray_;
};

}  // namespace

std::vector<Problem> check_denial(const Content& content) {
  std::vector<Problem> problems;
  const auto nsec = content.find(content.origin(), RRType::nsec);
  const auto params = content.find(content.origin(), RRType::nsec3param);
  if (nsec) check_nsec_chain(content, problems);
  bool usable = false;
  if (params) {
    for (const Octets param : params->rdatas) {
      // RFC 5155 §4.1.2: with flags set it is not in use; SHA-1 is the only algorithm.
      if (param[0] != std::byte{1} || param[1] != std::byte{0}) continue;
      usable = true;
      Nsec3Chain(content, param).check(problems);
    }
  }
  if (!nsec && !usable) {
    Finding none;
    none.note(content.origin(), [&] {
      return params ? "the zone is signed, but its NSEC3PARAM is of an unknown algorithm or has flags"
                    : "the zone is signed, but has neither NSEC nor NSEC3PARAM at its apex";
    });
    none.tell(Gate::signatures, "", problems);
  }
  return problems;
}

}  // namespace doors
