#include "server/answer/respond.h"

#include <algorithm>
#include <memory>
#include <type_traits>

#include "server/answer/additional.h"
#include "server/answer/chaos.h"
#include "server/answer/plan.h"
#include "server/answer/referral.h"
#include "server/answer/resolve.h"
#include "server/message/query_view.h"
#include "server/message/response_writer.h"
#include "zones/base/unset.h"

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
  HashedName name;  // of the question, if asks_zone
};
static_assert(std::is_trivially_destructible_v<QueryView>);

/// What kinds of question no zone answers, or nothing.
Rcode refusal_of(const QueryView& query, Transport transport) noexcept {
  if (query.rr_class != RRClass::in && query.rr_class != RRClass::any) return Rcode::refused;
  if (query.type == RRType{}) return Rcode::formerr;
  switch (query.type) {
    case RRType::axfr:
      return transport == Transport::udp ? Rcode::notimp : Rcode::refused;  // RFC 5936 §4.2
    case RRType::ixfr:
      return Rcode::refused;
    case RRType::maila:
    case RRType::mailb:
    case RRType::tkey:
      return Rcode::notimp;
    case RRType::opt:
    case RRType::tsig:
    case RRType::nxname:
      return Rcode::formerr;  // RFC 9824 §3.4; the others too stand in no zone
    default:
      return Rcode::noerror;
  }
}

void decide(const ZoneSet& zones, const ZoneImage* zone, AnswerPlan& plan) noexcept {
  while (zone != nullptr && resolve(*zone, plan) == Step::follow) {  // AnswerPlan::follow() ends it
    zone = zone_for(zones, plan.sname(), plan.type());
  }
}

/// Writes what was decided, section after section. True if something that had to be there did not fit: TC.
bool encode(const AnswerPlan& plan, bool ipv6, ResponseWriter& writer) noexcept {
  const auto write = [&](Section section, bool optional) noexcept {
    for (const PlannedRRset& planned : plan.rrsets()) {
      if (planned.section != section || planned.optional != optional) continue;
      const ImageRRset& rrset = planned.rrset;
      Owner owner = planned.owner;
      if (!writer.rrset(section, owner, rrset.type, rrset.records, rrset.signatures)) return false;
    }
    return true;
  };
  if (!write(Section::answer, false) || !write(Section::authority, false)) return true;
  if (!write(Section::authority, true)) return false;
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
  work.asks_zone = work.query.verdict == QueryVerdict::ask &&
                   refusal_of(work.query, item.client.transport) == Rcode::noerror;
  if (!work.asks_zone) return;
  work.name.assign(work.query.name);
  snapshot.zones->prefetch(work.name);
}

/// Answers from a zone. Gives flags and rcode.
struct Answered {
  std::uint16_t flags = 0;
  Rcode rcode = Rcode::noerror;
};
Answered answer_from_zone(const Work& work, const Snapshot& snapshot, bool ipv6,
                          ResponseWriter& writer) noexcept {
  if (work.zone == nullptr) return {0, Rcode::refused};
  DOORS_UNSET AnswerPlan plan(work.name, work.query.type, work.query.edns.dnssec_ok, snapshot.limits.minimal);
  decide(*snapshot.zones, work.zone, plan);
  const bool truncated = encode(plan, ipv6, writer);
  // RFC 1034 §3.7.1: an answer to class ANY is not authoritative.
  const bool authoritative = plan.authoritative && work.query.rr_class == RRClass::in;
  const unsigned flags = (authoritative ? header_bit::aa : 0u) | (truncated ? header_bit::tc : 0u);
  return {static_cast<std::uint16_t>(flags), plan.rcode};
}

void answer(BatchItem& item, const Work& work, const Snapshot& snapshot, Now now) noexcept {
  static_cast<void>(now);
  const QueryView& query = work.query;
  item.size = 0;
  if (query.verdict == QueryVerdict::silence) return;

  DOORS_UNSET ResponseWriter writer(item.out, size_limit(query, snapshot.limits, item.client.transport));
  writer.question(query.question, work.asks_zone ? &work.name : nullptr);
  if (query.edns.present) {
    EdnsReply edns;
    edns.payload = snapshot.limits.max_udp;
    edns.dnssec_ok = query.edns.dnssec_ok;
    if (query.edns.wants_nsid) edns.nsid = octets_of(snapshot.identity.nsid);
    writer.reserve(edns);
  }

  Answered answered;
  switch (query.verdict) {
    case QueryVerdict::silence:
      break;
    case QueryVerdict::not_implemented:
      answered.rcode = Rcode::notimp;
      break;
    case QueryVerdict::format_error:
      answered.rcode = Rcode::formerr;
      break;
    case QueryVerdict::bad_version:
      answered.rcode = Rcode::badvers;
      break;
    case QueryVerdict::ask:
      if (work.asks_zone) {
        answered = answer_from_zone(work, snapshot, item.client.ipv6, writer);
      } else if (query.rr_class == RRClass::ch) {
        answered.rcode = answer_chaos(query, snapshot.identity, writer);
      } else {
        answered.rcode = refusal_of(query, item.client.transport);
      }
  }
  // RD is copied (RFC 1035 §4.1.1); RA, Z, AD and CD stay clear (RFC 4035 §3.1.6).
  const unsigned flags =
      header_bit::qr | (query.header.flags & (opcode_mask | header_bit::rd)) | answered.flags;
  item.size = writer.finish(query.header.id, static_cast<std::uint16_t>(flags), answered.rcode);
  item.rcode = answered.rcode;
}

}  // namespace

void respond_batch(std::span<BatchItem> batch, const Snapshot& snapshot, Now now) noexcept {
  while (!batch.empty()) {
    const std::span<BatchItem> items = batch.first(std::min(batch.size(), group));
    batch = batch.subspan(items.size());
    DOORS_UNSET std::array<Work, group> works;
    for (std::size_t i = 0; i < items.size(); ++i) prepare(items[i], works[i], snapshot);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!works[i].asks_zone) continue;
      works[i].zone = zone_for(*snapshot.zones, works[i].name, works[i].query.type);
      if (works[i].zone != nullptr) works[i].zone->prefetch(works[i].name);
    }
    if (items.size() > 1) {
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (works[i].zone != nullptr) works[i].zone->prefetch_node(works[i].name);
      }
    }
    for (std::size_t i = 0; i < items.size(); ++i) answer(items[i], works[i], snapshot, now);
  }
}

std::size_t respond(Octets query, const Snapshot& snapshot, const Client& client, Now now,
                    MutableOctets out) noexcept {
  BatchItem item{query, client, out};
  respond_batch({&item, 1}, snapshot, now);
  return item.size;
}

}  // namespace doors
