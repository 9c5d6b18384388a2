#include "tests/differential/explained.h"

#include <algorithm>
#include <array>
#include <set>

#include "tests/differential/walk.h"

namespace doors::test {

namespace {

const ZoneSet& zones_of(const Case& found) { return *found.snapshot.zones; }

bool contains(const RecordSet& whole, const RecordSet& part) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}
/// CNAME and DNAME of the answer.
RecordSet aliases_of(const Reply& reply) {
  std::vector<Record> aliases = reply.answer;
  std::erase_if(aliases, [](const Record& record) {
    return record.type != raw(RRType::cname) && record.type != raw(RRType::dname);
  });
  return set_of(aliases);
}

/// What is asked of is_…() of walk.h.
using Condition = bool(const Place&);
/// Whether that is true of a name our answer was led through.
bool meets(const Case& found, Condition* condition) {
  const Chain chain = chain_of(found.question, found.whole);
  return std::any_of(chain.names.begin(), chain.names.end(), [&](const std::string& name) {
    return condition(place_of(zones_of(found), name, found.question.type));
  });
}
/// Whether it is true of the last of them.
bool ends_at(const Case& found, Condition* condition) {
  const Chain chain = chain_of(found.question, found.whole);
  return condition(place_of(zones_of(found), chain.end(), found.question.type));
}

// --- Additional data and size

/// RFC 9471 §3.1: in-domain glue or TC. BIND and NSD leave out silently what does not fit; NSD fills up with
/// addresses of siblings too.
bool lacks_glue(const Case& found) {
  if (!found.difference.only(&Difference::tc, &Difference::additional) || found.theirs.has(tc_bit))
    return false;
  const RecordSet needed = in_domain_glue(zones_of(found), found.origins, found.theirs);
  return !contains(set_of(found.theirs.additional), needed);
}

/// RFC 9471 §3.2: other addresses of a referral are extra. NSD and Knot give what a wildcard would; BIND none
/// of a zone of its own.
bool other_addresses(const Case& found) {
  if (!found.difference.only(&Difference::additional)) return false;
  const RecordSet needed = in_domain_glue(zones_of(found), found.origins, found.ours);
  return contains(set_of(found.ours.additional), needed) && contains(set_of(found.theirs.additional), needed);
}

/// RFC 2181 §9: TC only where something needed does not fit. All of ours fits; a peer compresses less.
bool larger_message(const Case& found) {
  return found.difference.only(&Difference::tc) && found.theirs.has(tc_bit) && !found.ours.has(tc_bit);
}

/// RFC 3597 §4: no name inside the RDATA of new types takes part in compression. BIND points to such names,
/// and so gets into the datagram what needs TC from others.
bool smaller_message(const Case& found) {
  return found.peer == "BIND" && found.difference.only(&Difference::tc) && found.ours.has(tc_bit);
}

// --- Chains of aliases

/// RFC 1034 §4.3.2 step 3a: "go back to step 1" also where the new name is in another zone of this server.
/// BIND stops there; Knot goes on in the first zone.
bool across_zones(const Case& found) {
  if (found.peer == "NSD") return false;
  const Chain chain = chain_of(found.question, found.whole);
  const auto crossing = crossing_of(zones_of(found), chain, found.question.type);
  if (!crossing) return false;
  if (found.ours.has(tc_bit) || found.theirs.has(tc_bit)) return true;  // told apart over TCP
  const Chain followed = chain_of(found.question, found.theirs);
  return followed.names.size() > *crossing && followed.names[*crossing] == chain.names[*crossing];
}

/// RFC 1034 §3.6.2 wants loops signalled, §5.2.2 chains bounded; how is everyone's own. We and NSD give what
/// was met, NOERROR; BIND SERVFAIL with it; NSD follows 20 aliases, BIND 11, we 8, Knot 5.
bool loop_or_long_chain(const Case& found) {
  constexpr std::size_t shortest = 5;
  const Chain chain = chain_of(found.question, found.whole);
  if (!chain.loops && chain.names.size() <= shortest) return false;
  if (found.ours.has(tc_bit) || found.theirs.has(tc_bit)) return true;
  const RecordSet ours = aliases_of(found.ours);
  const RecordSet theirs = aliases_of(found.theirs);
  return contains(ours, theirs) || contains(theirs, ours);
}

/// RFC 6672 §3.2 step 3c: the alias that a DNAME makes is followed, whatever the type. BIND stops for ANY.
bool any_at_dname(const Case& found) {
  return found.peer == "BIND" && found.question.type == RRType::any && found.theirs.rcode() == 0 &&
         chain_of(found.question, found.theirs).names.size() == 2 &&
         chain_of(found.question, found.whole).names.size() >= 2 && !found.theirs.answer.empty() &&
         found.whole.answer.front().type == raw(RRType::dname);
}

/// RFC 4035 §3.1.4.1: DS is asked of the parent's side, of a zone an alias leads to as well. The peers stay
/// with the zone they have come to, if it is its apex.
bool ds_behind_an_alias(const Case& found) {
  const Chain chain = chain_of(found.question, found.whole);
  return found.question.type == RRType::ds && chain.names.size() > 1 && found.origins.count(chain.end()) != 0;
}

// --- What a question type or a name means

/// RFC 4035 §3.1.4.1: a zone further up that delegates the parent away cannot tell of a DS; the child says
/// NODATA. Knot refers, BIND does at times.
bool ds_below_a_cut(const Case& found) {
  return found.peer != "NSD" && found.question.type == RRType::ds &&
         found.origins.count(chain_of(found.question, found.whole).end()) != 0 &&
         is_referral(found.theirs, found.origins);
}

/// RFC 2181 §5: a record comes once. Knot gives a DNAME once more that was met on the way to it.
bool record_twice(const Case& found) {
  const std::set<std::string> ours(found.our_view.answer.begin(), found.our_view.answer.end());
  const std::set<std::string> theirs(found.their_view.answer.begin(), found.their_view.answer.end());
  return found.peer == "Knot" && found.difference.only(&Difference::answer) && ours == theirs;
}

/// RFC 1034 §4.3.2 step 3a: NSD follows no CNAME for type NSEC3.
bool nsec3_follows_no_alias(const Case& found) {
  return found.peer == "NSD" && found.question.type == RRType::nsec3 &&
         chain_of(found.question, found.theirs).names.size() <
             chain_of(found.question, found.whole).names.size();
}

/// RFC 4035 §3.1.4.1 makes an exception from referrals for DS alone; BIND answers NSEC from the parent's side
/// too.
bool nsec_at_a_cut(const Case& found) {
  return found.peer == "BIND" && found.question.type == RRType::nsec &&
         is_referral(found.ours, found.origins) && found.theirs.has(aa_bit);
}

/// RFC 1034 §4.2: what one zone has says nothing of another. NSD keeps the names of all its zones in one
/// tree.
bool names_of_another_zone(const Case& found) { return found.peer == "NSD" && is_about_another_zone(found); }

/// RFC 2181 §11: any octet may stand in a label. In a zone with labels that hold NUL, Knot finds wrong names.
bool octet_zero(const Case& found) { return found.peer == "Knot" && ends_at(found, has_octet_zero); }

/// RFC 6672 §2.2: YXDOMAIN where the substituted name is over 255 octets. Knot says NXDOMAIN where the target
/// is in the zone.
bool target_of_255(const Case& found) {
  return found.peer == "Knot" && found.backed && found.ours.rcode() == 6 && found.theirs.rcode() == 3;
}

/// RFC 4035 §2.5: NSEC and RRSIG at a CNAME are the alias's own. NSD follows it where there are none.
bool nsec_at_an_alias(const Case& found) {
  return found.peer == "NSD" &&
         (found.question.type == RRType::nsec || found.question.type == RRType::rrsig) &&
         aliases_of(found.theirs).size() > aliases_of(found.whole).size();
}

// --- DNSSEC

/// Nothing but the authority section differs, apart from signatures of the answer that a peer leaves out in a
/// zone signed in part (see below).
bool only_authority(const Case& found) {
  if (!found.difference.only(&Difference::authority, &Difference::answer)) return false;
  return !found.difference.answer ||
         (meets(found, is_signed_in_part) && contains(found.our_view.answer, found.their_view.answer));
}

/// RFC 5155 §7.2.8: hashed owner names do not exist, and what is below them has another closest encloser.
bool hashed_owner(const Case& found) { return found.peer == "NSD" && meets(found, is_at_hashed_owner); }

/// RFC 5155 §7.2.3: NODATA at a name that exists needs its NSEC3 alone, at a wildcard that is asked for
/// itself too. NSD proves more.
bool wildcard_itself(const Case& found) {
  return found.peer == "NSD" && only_authority(found) &&
         chain_of(found.question, found.whole).end().starts_with("\1*") &&
         contains(found.their_view.authority, found.our_view.authority);
}

/// RFC 5155 §7.2.5: NODATA by a wildcard needs the whole closest encloser proof too. NSD leaves out the next
/// closer name at times.
bool wildcard_without_data(const Case& found) {
  return found.peer == "NSD" && found.difference.only(&Difference::authority) &&
         ends_at(found, is_at_wildcard) && contains(found.our_view.authority, found.their_view.authority);
}

/// Erratum 3441 to RFC 5155: where opt-out left an empty non-terminal without an NSEC3, its closest provable
/// encloser is proved. NSD gives other proofs.
bool opted_out(const Case& found) {
  return found.peer == "NSD" && found.backed && found.difference.only(&Difference::authority) &&
         ends_at(found, is_opted_out);
}

/// RFC 4035 §3.1.3.2 and §3.1.3.3: behind an alias too, all that proves the denial or the wildcard; NSD gives
/// one NSEC of two, or the one before.
bool proof_behind_an_alias(const Case& found) {
  return found.peer == "NSD" && found.question.dnssec && only_authority(found) &&
         chain_of(found.question, found.whole).names.size() > 1;
}

/// RFC 4035 §3.1.3.4: a wildcard that is an empty non-terminal gives NODATA, and the proof needs the NSEC
/// that covers the wildcard, too. Knot and BIND leave that out.
bool empty_wildcard(const Case& found) {
  return found.question.dnssec && found.difference.only(&Difference::authority) &&
         ends_at(found, is_at_empty_wildcard);
}

/// RFC 4035 §3.1.3.3: also where the answer from a wildcard is its NSEC. Knot leaves the proof out.
bool nsec_of_wildcard(const Case& found) {
  return found.peer == "Knot" && found.question.type == RRType::nsec && found.backed &&
         found.difference.only(&Difference::authority) && found.their_view.authority.empty();
}

/// RFC 4592 §2.1.1, RFC 4035 §3.1.3: an asterisk in the question has no meaning of its own. Where it stands
/// first, Knot leaves out the proof that there is nothing closer; where it stands anywhere, BIND may give a
/// wrong NSEC.
bool asterisk_asked(const Case& found) {
  if (found.peer == "NSD" || !found.difference.only(&Difference::authority)) return false;
  return meets(found, [](const Place& place) { return place.name.find("\1*") != std::string::npos; }) &&
         (found.backed || contains(found.our_view.authority, found.their_view.authority));
}

/// RFC 6604 §3: the rcode is that of the last name, truncated or not. Knot has not come to it then.
bool rcode_when_truncated(const Case& found) {
  return found.peer == "Knot" && found.backed && found.difference.only(&Difference::rcode) &&
         found.ours.has(tc_bit) && found.theirs.has(tc_bit) && found.theirs.rcode() == 0;
}

/// RFC 2181 §9: a SOA that does not fit means TC. Knot leaves it out.
bool lacks_soa(const Case& found) {
  return found.peer == "Knot" && found.difference.only(&Difference::authority) &&
         found.whole.octets > found.question.limit() && found.their_view.authority.empty();
}

/// RFC 1035 §4.1.1, RFC 5155 §7.2.2: Knot gives up on some proofs: NXDOMAIN without AA and SOA.
bool nothing_but_nxdomain(const Case& found) {
  return found.peer == "Knot" && found.question.dnssec && found.theirs.rcode() == 3 &&
         !found.theirs.has(aa_bit) && found.theirs.answer.empty() && found.theirs.authority.empty();
}

/// RFC 5155 §7.2.7: where a chain of NSEC3 stands beside one of NSEC, all proofs are of one kind. BIND proves
/// insecure delegations by the other.
bool both_chains(const Case& found) {
  return found.peer == "BIND" && found.difference.only(&Difference::authority, &Difference::additional) &&
         is_referral(found.ours, found.origins) && ends_at(found, has_both_chains);
}

/// RFC 4035 §3.1: what signatures there are go along. BIND gives none of a zone without a chain, NSD none
/// where that of the DNSKEY is missing.
bool signed_in_part(const Case& found) {
  return found.peer != "Knot" && meets(found, is_signed_in_part) &&
         contains(found.our_view.answer, found.their_view.answer) &&
         contains(found.our_view.authority, found.their_view.authority);
}

constexpr std::array table{
    Explained{"lacks-glue", lacks_glue},
    Explained{"other-addresses", other_addresses},
    Explained{"larger-message", larger_message},
    Explained{"smaller-message", smaller_message},
    Explained{"across-zones", across_zones},
    Explained{"loop-or-long-chain", loop_or_long_chain},
    Explained{"any-at-dname", any_at_dname},
    Explained{"ds-behind-an-alias", ds_behind_an_alias},
    Explained{"ds-below-a-cut", ds_below_a_cut},
    Explained{"record-twice", record_twice},
    Explained{"nsec3-follows-no-alias", nsec3_follows_no_alias},
    Explained{"nsec-at-a-cut", nsec_at_a_cut},
    Explained{"names-of-another-zone", names_of_another_zone},
    Explained{"octet-zero", octet_zero},
    Explained{"hashed-owner", hashed_owner},
    Explained{"wildcard-itself", wildcard_itself},
    Explained{"wildcard-without-data", wildcard_without_data},
    Explained{"opted-out", opted_out},
    Explained{"proof-behind-an-alias", proof_behind_an_alias},
    Explained{"empty-wildcard", empty_wildcard},
    Explained{"asterisk-asked", asterisk_asked},
    Explained{"rcode-when-truncated", rcode_when_truncated},
    Explained{"lacks-soa", lacks_soa},
    Explained{"nothing-but-nxdomain", nothing_but_nxdomain},
    Explained{"nsec-of-wildcard", nsec_of_wildcard},
    Explained{"target-of-255", target_of_255},
    Explained{"nsec-at-an-alias", nsec_at_an_alias},
    Explained{"signed-in-part", signed_in_part},
    Explained{"both-chains", both_chains},
};

}  // namespace

std::span<const Explained> explained() { return table; }

bool is_about_another_zone(const Case& found) {
  const std::string end = chain_of(found.question, found.whole).end();
  const bool is_asked_of_parent = found.question.type == RRType::ds && found.origins.count(end) != 0;
  return is_asked_of_parent || meets(found, is_known_to_another_zone);
}

}  // namespace doors::test
