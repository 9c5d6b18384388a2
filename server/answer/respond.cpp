#include "server/answer/respond.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <type_traits>

#include "server/answer/additional.h"
#include "server/answer/chaos.h"
#include "server/answer/look_ahead.h"
#include "server/answer/options.h"
#include "server/answer/plan.h"
#include "server/answer/referral.h"
#include "server/answer/resolve.h"
#include "server/message/query_view.h"
#include "server/message/response_writer.h"
#include "zones/base/unset.h"
#include "zones/image/damage.h"

namespace doors {

namespace {

constexpr std::size_t udp_without_edns =
    512;  ///< octets (RFC 1035 §2.3.4); also the least an OPT can say (RFC 6891 §6.2.3)
constexpr std::size_t tcp_octets = 65535;  ///< RFC 1035 §4.2.2
constexpr std::size_t group = 8;           ///< queries whose memory is on its way at the same time

/// One query between the stages. Nothing is written before prepare(): a batch of one pays for one.
struct Work {
  Work() noexcept {}  // NOLINT(modernize-use-equals-default): leaves the members unset
  union {
    QueryView query;
  };
  const ZoneImage* zone;
  bool asks_zone;
  bool damaged;          // of the zone not all can be read that the answer needs
  bool searches_denial;  // `denial` is set
  Lookup found;          // what the name is in the zone, if there is one
  HashedName name;       // of the question, if asks_zone
  DenialSearch denial;
};
static_assert(std::is_trivially_destructible_v<QueryView>);

/// What became of a query, apart from its records.
struct Outcome {
  std::uint16_t flags = 0;  ///< AA and TC
  Rcode rcode = Rcode::noerror;
  ExtendedError why = ExtendedError::none;
};

/// Questions that no zone is asked for; nothing for all others.
std::optional<Outcome> refusal_of(const QueryView& query, Transport transport) noexcept {
  if (query.depends_on_asker) [[unlikely]] {  // the answer for strangers, who have no key of ours
    if (query.tsig_offset != 0) return Outcome{0, Rcode::notauth};
    if (query.header.opcode() == Opcode::notify) return Outcome{0, Rcode::refused, ExtendedError::prohibited};
  }
  if (query.rr_class != RRClass::in && query.rr_class != RRClass::any) {
    return Outcome{0, Rcode::refused, ExtendedError::not_supported};
  }
  switch (query.type) {
    case RRType::axfr:
      if (transport == Transport::udp) return Outcome{0, Rcode::notimp};  // RFC 5936 §4.2
      return Outcome{0, Rcode::refused, ExtendedError::prohibited};
    case RRType::ixfr:
      if (query.header.nscount == 0) return Outcome{0, Rcode::formerr};  // RFC 1995 §3: the SOA they have
      return Outcome{0, Rcode::refused, ExtendedError::prohibited};
    case RRType::maila:
    case RRType::mailb:
      return Outcome{0, Rcode::notimp, ExtendedError::not_supported};
    case RRType::nxname:  // RFC 9824 §3.5; the others, too, stand in no zone and are asked for in other ways
    case RRType::opt:
    case RRType::tkey:
    case RRType::tsig:
      return Outcome{0, Rcode::formerr, ExtendedError::invalid_query_type};
    default:
      return std::nullopt;
  }
}

/// Whether the zone that has to answer belongs here, but has no data that can be served; `found` is what
/// zone_for() gave.
bool is_withheld(const ZoneSet& zones, const HashedName& name, RRType type, const ZoneImage* found) noexcept {
  const std::size_t labels = name.label_count();
  // DS is the parent's side's (RFC 4035 §3.1.4.1).
  return zones.withholds(name, labels - (type == RRType::ds && labels > 0), found);
}

void decide(const ZoneSet& zones, const Work& work, AnswerPlan& plan) noexcept {
  if (work.searches_denial) plan.set_searched_ahead(&work.denial);
  Step step = resolve(*work.zone, work.found, plan);
  while (step == Step::follow) {  // AnswerPlan::follow() ends it
    const ZoneImage* const zone = zone_for(zones, plan.sname(), plan.type());
    // A withheld zone is as if the chain led out.
    if (zone == nullptr || is_withheld(zones, plan.sname(), plan.type(), zone)) return;
    step = resolve(*zone, zone->lookup(plan.sname()), plan);
  }
}

/// Writes what was decided, section after section. True if something that had to be there did not fit: TC.
bool encode(const AnswerPlan& plan, bool ipv6, ResponseWriter& writer) noexcept {
  const auto write = [&](MessageSection section, bool optional) noexcept {
    for (const PlannedRRset& planned : plan.rrsets()) {
      if (planned.section != section || planned.optional != optional) continue;
      const ImageRRset& rrset = planned.rrset;
      Owner owner = planned.owner;
      if (!writer.rrset(section, owner, rrset.type, rrset.records, rrset.signatures)) return false;
    }
    return true;
  };
  if (!write(MessageSection::answer, false) || !write(MessageSection::authority, false)) return true;
  if (!write(MessageSection::authority, true) || !write(MessageSection::additional, true)) return false;
  return !plan.addresses().empty() && !write_addresses(plan, ipv6, writer);
}

std::size_t size_limit(const QueryView& query, const Limits& limits, Transport transport) noexcept {
  if (transport == Transport::tcp) return tcp_octets;
  if (!query.edns.present) return udp_without_edns;
  return std::max(udp_without_edns, std::size_t{std::min(query.edns.payload, limits.max_udp)});
}

void prepare(const BatchItem& item, Work& work, const Snapshot& snapshot) noexcept {
  std::construct_at(&work.query, QueryView::parse(item.query));
  work.zone = nullptr;
  work.damaged = false;
  work.searches_denial = false;
  work.asks_zone = work.query.verdict == QueryVerdict::ask && !refusal_of(work.query, item.client.transport);
  if (!work.asks_zone) return;
  work.name.assign(work.query.name, snapshot.zones->deepest_labels());
  snapshot.zones->prefetch(work.name);
}

/// Answers from the zone that was found, if any.
Outcome answer_from_zone(const Work& work, const Snapshot& snapshot, bool ipv6,
                         ResponseWriter& writer) noexcept {
  if (work.damaged || is_withheld(*snapshot.zones, work.name, work.query.type, work.zone)) {
    return {0, Rcode::servfail, ExtendedError::invalid_data};
  }
  if (work.zone == nullptr) {
    const bool none_yet = snapshot.zones->size() == 0;
    return {0, Rcode::refused, none_yet ? ExtendedError::not_ready : ExtendedError::not_authoritative};
  }
  const QueryView& query = work.query;
  tell_of_zone(query.edns, *work.zone,
               [&](EdnsOption code, Octets data) noexcept { writer.option(code, data); });
  DOORS_UNSET AnswerPlan plan(work.name, query.type, query.edns.dnssec_ok, snapshot.zones->deepest_labels());
  decide(*snapshot.zones, work, plan);
  const bool truncated = encode(plan, ipv6, writer);
  add_report_channel(*work.zone, snapshot.report_agent, writer);
  // RFC 1034 §3.7.1: an answer to class ANY is not authoritative.
  const bool authoritative = plan.authoritative && query.rr_class == RRClass::in;
  const unsigned flags = (authoritative ? header_bit::aa : 0u) | (truncated ? header_bit::tc : 0u);
  Outcome outcome{static_cast<std::uint16_t>(flags), plan.rcode};
  if (plan.rcode == Rcode::servfail) outcome.why = ExtendedError::invalid_data;
  return outcome;
}

/// RFC 9567 §6.3: whoever reports an error over UDP without a good cookie may be anyone, and is sent to TCP.
bool must_report_over_tcp(const Work& work, const Snapshot& snapshot, CookieVerdict cookie) noexcept {
  const NameView agent = snapshot.report_agent;
  return !agent.is_root() && cookie != CookieVerdict::good && work.query.type == RRType::txt &&
         text_of(work.name.view().first_label()) == "_er" && work.name.view().is_at_or_below(agent);
}

/// RFC 7873 §5.2.3 and §5.2.4: only who sent a COOKIE option can be asked for a good one.
bool must_show_cookie(const Snapshot& snapshot, Now now, CookieVerdict cookie) noexcept {
  if (cookie == CookieVerdict::none || cookie == CookieVerdict::good) return false;
  switch (snapshot.cookies.demand) {
    case Cookies::Demand::never:
      return false;
    case Cookies::Demand::under_load:
      return now.overloaded;
    case Cookies::Demand::always:
      return true;
  }
  __builtin_unreachable();
}

Outcome outcome_of(const Work& work, const Snapshot& snapshot, const Client& client, Now now,
                   CookieVerdict cookie, ResponseWriter& writer) noexcept {
  const QueryView& query = work.query;
  switch (query.verdict) {
    case QueryVerdict::silence:  // answer() is done with it
    case QueryVerdict::format_error:
      return {0, Rcode::formerr};
    case QueryVerdict::not_implemented:
      return {0, Rcode::notimp, ExtendedError::not_supported};
    case QueryVerdict::bad_version:
      return {0, Rcode::badvers};
    case QueryVerdict::no_question:  // RFC 7873 §5.4: it asks for a cookie, or whether its own is good
      if (cookie == CookieVerdict::none) return {0, Rcode::formerr};
      return {0, cookie == CookieVerdict::bad ? Rcode::badcookie : Rcode::noerror};
    case QueryVerdict::ask:
      break;
  }
  if (client.transport == Transport::udp && must_show_cookie(snapshot, now, cookie)) {
    return {0, Rcode::badcookie};
  }
  if (work.asks_zone) {
    if (client.transport == Transport::udp && must_report_over_tcp(work, snapshot, cookie)) {
      return {header_bit::tc, Rcode::noerror};
    }
    return answer_from_zone(work, snapshot, client.ipv6, writer);
  }
  // A NOTIFY of class CH asks nothing.
  if (query.rr_class == RRClass::ch && query.header.opcode() == Opcode::query) {
    if (const auto flags = answer_chaos(query, snapshot.identity, writer)) return {*flags};
  }
  return *refusal_of(query, client.transport);
}

void write_response(BatchItem& item, const Work& work, const Snapshot& snapshot, Now now) noexcept {
  const QueryView& query = work.query;
  item.size = 0;
  item.depends_on_asker = query.depends_on_asker;
  if (query.verdict == QueryVerdict::silence) return;

  item.limit = std::min(size_limit(query, snapshot.limits, item.client.transport), item.out.size());
  DOORS_UNSET ResponseWriter writer(item.out, item.limit);
  writer.question(query.question, work.asks_zone ? &work.name : nullptr);
  CookieVerdict cookie = CookieVerdict::none;
  if (query.edns.present) cookie = begin_options(query, snapshot, item.client, now, writer);
  const Outcome outcome = outcome_of(work, snapshot, item.client, now, cookie, writer);
  if (outcome.why != ExtendedError::none) add_extended_error(outcome.why, writer);
  // RD is copied (RFC 1035 §4.1.1); RA, Z, AD and CD stay clear (RFC 4035 §3.1.6).
  const unsigned flags =
      header_bit::qr | (query.header.flags & (opcode_mask | header_bit::rd)) | outcome.flags;
  item.size = writer.finish(query.header.id, static_cast<std::uint16_t>(flags), outcome.rcode);
  item.rcode = outcome.rcode;
}

void find_zone(Work& work, const Snapshot& snapshot) noexcept {
  const unsigned damage = ImageDamage::met();
  work.zone = zone_for(*snapshot.zones, work.name, work.query.type);
  work.damaged = ImageDamage::met() != damage;
}

void look_up(Work& work) noexcept {
  const unsigned damage = ImageDamage::met();
  work.found = work.zone->lookup(work.name);
  if (ImageDamage::met() != damage) [[unlikely]]
    work.damaged = true;
}

void answer(BatchItem& item, Work& work, const Snapshot& snapshot, Now now) noexcept {
  const unsigned damage = ImageDamage::met();
  write_response(item, work, snapshot, now);
  if (ImageDamage::met() == damage) [[likely]]
    return;
  work.damaged = true;  // what was written may lack something
  write_response(item, work, snapshot, now);
}

/// Asks for what the answers will be made of, and looks up what denies names: one step for each query after
/// another, so that what one waits for comes while the others are worked on.
void look_ahead(std::span<Work> works) noexcept {
  std::size_t searching = 0;
  for (Work& work : works) {
    if (work.zone == nullptr || work.damaged) continue;
    const bool dnssec_ok = work.query.edns.dnssec_ok;
    prefetch_records(work.found, work.query.type, dnssec_ok);
    if (!dnssec_ok) continue;
    work.searches_denial = start_denial(*work.zone, work.found, work.name, work.denial);
    searching += work.searches_denial ? 1 : 0;
  }
  while (searching > 0) {  // at most as often as the longest search has steps
    searching = 0;
    for (Work& work : works) searching += work.searches_denial && work.denial.step() ? 1 : 0;
  }
  for (const Work& work : works) {
    if (work.zone != nullptr && !work.damaged) prefetch_servers(*work.zone, work.found);
  }
}

/// Answers so many that their memory can be on its way at the same time: each stage for all of them.
void respond_group(std::span<BatchItem> items, const Snapshot& snapshot, Now now) noexcept {
  DOORS_UNSET std::array<Work, group> storage;
  const std::span<Work> works = std::span(storage).first(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) prepare(items[i], works[i], snapshot);
  if (works.size() > 1 && snapshot.zones->has_packs()) {
    for (const Work& work : works) {
      if (work.asks_zone) snapshot.zones->prefetch_image(work.name);
    }
  }
  for (Work& work : works) {
    if (!work.asks_zone) continue;
    find_zone(work, snapshot);
    if (work.zone != nullptr) work.zone->prefetch(work.name);
  }
  if (works.size() > 1) {
    for (const Work& work : works) {
      if (work.zone != nullptr) work.zone->prefetch_node(work.name);
    }
  }
  for (Work& work : works) {
    if (work.zone != nullptr) look_up(work);
  }
  if (works.size() > 1) look_ahead(works);
  for (std::size_t i = 0; i < items.size(); ++i) answer(items[i], works[i], snapshot, now);
}

}  // namespace

void respond_batch(std::span<BatchItem> batch, const Snapshot& snapshot, Now now) noexcept {
  while (!batch.empty()) {
    const std::size_t count = std::min(batch.size(), group);
    respond_group(batch.first(count), snapshot, now);
    batch = batch.subspan(count);
  }
}

std::size_t respond(Octets query, const Snapshot& snapshot, const Client& client, Now now,
                    MutableOctets out) noexcept {
  BatchItem item{query, client, out};
  respond_batch({&item, 1}, snapshot, now);
  return item.size;
}

}  // namespace doors
