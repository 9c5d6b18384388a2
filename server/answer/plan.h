#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "server/answer/fixed_list.h"
#include "server/message/header.h"
#include "server/message/response_writer.h"
#include "zones/base/octets.h"
#include "zones/dns/hashed_name.h"
#include "zones/dns/name.h"
#include "zones/dns/ttl.h"
#include "zones/dns/types.h"
#include "zones/image/denial_search.h"
#include "zones/image/image.h"
#include "zones/image/lookup.h"

namespace doors {

/// What one name's step leaves to do.
enum class Step : std::uint8_t {
  done,    ///< the response is decided
  follow,  ///< an alias: the plan has a new current name, which may be in another zone
};

/// One RRset of the response.
struct PlannedRRset {
  MessageSection section = MessageSection::answer;
  bool optional = false;  ///< left out where it does not fit, instead of TC
  Owner owner;
  ImageRRset rrset;  ///< borrowed from the image, or from the plan for a synthesized CNAME
};

/// The addresses of the names an RRset points to: for the additional section.
struct PlannedAddresses {
  const ZoneImage* zone = nullptr;
  std::span<const std::uint32_t> targets;  ///< nodes of `zone`
  NodeView cut;  ///< of a referral: the delegated name, whose in-domain glue is needed (RFC 9471 §3.1)
  bool with_glue = false;  ///< of NS: addresses that are no authoritative data too
};

/// A response, decided but not yet written: which RRset in which section, rcode and AA. What decides fills it
/// name after name along a chain of aliases; what encodes only reads it. Fixed storage; borrows the question
/// and the images.
///
/// It also keeps the state of the walk: the current name (SNAME of RFC 1034 §4.3.2) and how far it has come.
class AnswerPlan {
 public:
  /// DESIGN §6: at most so many CNAMEs and DNAMEs are followed.
  static constexpr std::size_t max_redirections = 8;
  /// So many are followed whatever their names: as many as NSD, Knot and BIND all follow.
  static constexpr std::size_t least_redirections = 5;
  /// Of further ones the names followed have at most so many octets together: what makes eight steps of deep
  /// names cost no more than twenty ordinary answers (bench/worst.cpp).
  static constexpr std::size_t max_followed_octets = 900;
  /// At most so many targets of SVCB or HTTPS records are looked at.
  static constexpr std::size_t max_service_targets = 8;

  /// `question` is the question's name made ready; borrowed. Of names that are followed, as of it, the
  /// suffixes of at most `deepest_labels` labels are hashed.
  AnswerPlan(const HashedName& question, RRType type, bool with_dnssec, std::size_t deepest_labels) noexcept
      : question_(&question), type_(type), with_dnssec_(with_dnssec), deepest_labels_(deepest_labels) {
    visited_.push({question.view(), question.hash()});
  }
  AnswerPlan(const AnswerPlan&) = delete;
  AnswerPlan& operator=(const AnswerPlan&) = delete;

  // The question.
  [[nodiscard]] RRType type() const noexcept { return type_; }
  [[nodiscard]] bool with_dnssec() const noexcept { return with_dnssec_; }  ///< DO was set

  /// What a batch has searched ahead for the question's name, borrowed; null where nothing was, and for names
  /// that were followed.
  [[nodiscard]] const DenialSearch* searched_ahead() const noexcept {
    return at_question() ? searched_ahead_ : nullptr;
  }
  void set_searched_ahead(const DenialSearch* search) noexcept { searched_ahead_ = search; }

  // The walk.
  [[nodiscard]] const HashedName& sname() const noexcept { return at_question() ? *question_ : sname_; }
  /// Nothing was followed yet.
  [[nodiscard]] bool at_question() const noexcept { return visited_.size() == 1; }
  /// The current name as an owner name.
  [[nodiscard]] Owner sname_owner() const noexcept { return owner_above(visited_.back().name); }
  /// As an owner name, one that is the current name or an ancestor of it.
  [[nodiscard]] Owner owner_above(NameView name) const noexcept {
    if (!at_question() || name.is_root()) return {name, 0};
    return {name, static_cast<std::uint16_t>(header_octets + question_->view().size() - name.size())};
  }
  /// Makes `target`, which must outlive the plan, the current name; `done` if the chain ends here instead,
  /// because it is too long or was at that name before. The asker goes on from where it ends.
  [[nodiscard]] Step follow(NameView target) noexcept {
    followed_octets_ += target.size();
    if (followed_octets_ > max_followed_octets && visited_.size() > least_redirections) return Step::done;
    sname_.assign(target, deepest_labels_);
    for (const Visited& before : visited_.view()) {
      if (before.hash == sname_.hash() && before.name == target) return Step::done;
    }
    return visited_.push({target, sname_.hash()}) ? Step::follow : Step::done;
  }

  // The response.
  Rcode rcode = Rcode::noerror;
  bool authoritative = false;  ///< AA: of the first owner name (RFC 1035 §4.1.1)

  /// Adds an RRset. False if it is there already, under the same owner name, be it as signatures of another.
  /// Without DO its signatures stay out.
  bool add(MessageSection section, Owner owner, const ImageRRset& rrset, bool optional = false) noexcept {
    if (rcode == Rcode::servfail) return false;  // given up
    for (const PlannedRRset& other : rrsets_.view()) {
      const std::byte* const records = rrset.records.data();
      const bool has_it = other.rrset.records.data() == records || other.rrset.signatures.data() == records;
      if (has_it && other.owner.name == owner.name) return false;
    }
    PlannedRRset planned{section, optional, owner, rrset};
    if (!with_dnssec_) planned.rrset.signatures = {};
    const bool fits = rrsets_.push(planned);
    assert(fits);
    return fits;
  }
  /// Adds a CNAME that stands in no zone, at the current name (RFC 6672 §3.1). Gives its target, which the
  /// plan keeps.
  NameView add_synthesized_cname(NameView target, Ttl ttl) noexcept {
    assert(synthesized_count_ < synthesized_.size());
    auto& record = synthesized_[synthesized_count_++];
    store_u16(&record[0], raw(RRType::cname));
    store_u16(&record[2], raw(RRClass::in));
    store_u32(&record[4], ttl.raw());
    store_u16(&record[8], static_cast<std::uint16_t>(target.size()));
    std::memcpy(&record[10], target.wire().data(), target.size());
    ImageRRset rrset;
    rrset.type = RRType::cname;
    rrset.count = 1;
    rrset.ttl = ttl;
    rrset.records = {record.data(), 10 + target.size()};
    add(MessageSection::answer, sname_owner(), rrset);
    return NameView::trusted({&record[10], target.size()});
  }
  /// Notes that the addresses of these nodes of `zone` belong into the additional section, as far as they
  /// fit.
  void add_addresses(const PlannedAddresses& addresses) noexcept {
    if (!addresses.targets.empty()) addresses_.push(addresses);
  }
  /// Gives up what was decided: SERVFAIL.
  void fail() noexcept {
    rrsets_.clear();
    addresses_.clear();
    rcode = Rcode::servfail;
    authoritative = false;
  }

  [[nodiscard]] std::span<const PlannedRRset> rrsets() const noexcept { return rrsets_.view(); }
  [[nodiscard]] std::span<const PlannedAddresses> addresses() const noexcept { return addresses_.view(); }

 private:
  // Each step adds at most a DNAME and a CNAME, or a CNAME and what proves that nothing closer than its
  // wildcard exists; the last one SOA and three or four proofs, or an RRset, NS, and of each target A, AAAA
  // and the like of the answer.
  static constexpr std::size_t max_rrsets = 3 * (max_redirections + 1) + 8 + 3 * max_service_targets;
  struct Visited {
    NameView name;
    std::uint64_t hash;
  };
  using SynthesizedRecord = std::array<std::byte, 10 + max_name_octets>;

  const HashedName* question_;
  const DenialSearch* searched_ahead_ = nullptr;
  RRType type_;
  bool with_dnssec_;
  std::size_t deepest_labels_;
  std::size_t synthesized_count_ = 0;
  HashedName sname_;                                  // once something was followed
  FixedList<Visited, max_redirections + 1> visited_;  // the question's name, then what was followed
  std::size_t followed_octets_ = 0;
  FixedList<PlannedAddresses, 2> addresses_;  // of the answer, and of NS in the authority section
  FixedList<PlannedRRset, max_rrsets> rrsets_;
  std::array<SynthesizedRecord, max_redirections + 1> synthesized_;
};

}  // namespace doors
