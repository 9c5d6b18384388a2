#include "server/transfer/exchange.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "server/answer/options.h"
#include "server/message/query_view.h"
#include "server/message/response_writer.h"
#include "server/transfer/notify_box.h"
#include "server/transfer/response_parts.h"
#include "server/transfer/transfer_log.h"
#include "zones/base/unset.h"
#include "zones/dns/serial.h"
#include "zones/dns/tsig.h"
#include "zones/dns/wire_reader.h"
#include "zones/tsig/signer.h"
#include "zones/tsig/verify.h"

namespace doors {

namespace {

/// The client's SOA serial in an IXFR's authority section (RFC 1995 §3); nothing if it is not there.
std::optional<Serial> serial_of_ixfr(Octets message, const QueryView& query) noexcept {
  if (query.header.ancount != 0 || query.header.nscount != 1) return std::nullopt;
  WireReader reader(message, header_octets + query.question.size());
  const auto owner = Name::read(reader);
  const auto type = RRType(reader.u16());
  (void)reader.octets(2 + 4 + 2);  // class, TTL, RDLENGTH
  const auto primary = Name::read(reader);
  const auto mailbox = Name::read(reader);
  const Serial serial(reader.u32());
  if (!owner || !primary || !mailbox || !reader.ok() || type != RRType::soa || *owner != query.name)
    return std::nullopt;
  return serial;
}

/// The response in `item` without records, with this rcode; AA with NOERROR.
void say(BatchItem& item, Rcode rcode) noexcept {
  const unsigned flags = rcode == Rcode::noerror ? unsigned{header_bit::aa} : 0u;
  item.size = keep_question_and_opt(item.out, item.size, flags, rcode);
  item.rcode = rcode;
}

/// What a response to `query` needs at least: question and OPT. respond() cannot do with less.
std::size_t least_octets(const QueryView& query) noexcept {
  return header_octets + query.question.size() + opt_octets;
}

/// RFC 8945 §5.3: where what has to be there does not fit beside the signature, only the question is left
/// (and OPT), with TC.
void truncate(BatchItem& item) noexcept {
  item.size = keep_question_and_opt(item.out, item.size, header_bit::tc, Rcode::noerror);
  item.rcode = Rcode::noerror;
}

/// Makes room for a TSIG record. False if there is none even beside the bare header, which is then left, with
/// TC.
bool make_room(BatchItem& item, std::size_t octets) noexcept {
  if (item.size + octets <= item.limit) return true;
  if (item.rcode != Rcode::notauth) {  // that has no more already
    truncate(item);
    if (item.size + octets <= item.limit) return true;
  }
  Header header = load_header(item.out.data());
  header.qdcount = header.arcount = 0;  // names so long that not even they fit
  item.size = header_octets;
  const bool fits = item.size + octets <= item.limit;
  if (!fits) header.flags |= header_bit::tc;
  store_header(item.out.data(), header);
  return fits;
}

void sign(BatchItem& item, TsigSigner& signer, std::uint64_t now, Rcode error = Rcode::noerror) noexcept {
  if (make_room(item, signer.octets())) item.size = signer.sign(item.out, item.size, now, error);
}

/// Says under the response what is wrong with the request's signature (RFC 8945 §5.3.2).
void add_error(BatchItem& item, const TsigRecord& request, const TsigVerdict& verdict,
               std::uint64_t now) noexcept {
  if (verdict.key == nullptr) {
    if (make_room(item, unsigned_tsig_octets(request)))
      item.size = append_unsigned_tsig(item.out, item.size, request, verdict.error);
    return;
  }
  TsigSigner signer(*verdict.key, request);
  sign(item, signer, now, verdict.error);
}

/// The response that says it all in one message: the differences between the SOA and the SOA. Gives its
/// octets; 0 if they do not fit.
std::size_t write_differences(const ZoneStream::Terms& terms, MutableOctets out, std::size_t limit) noexcept {
  const std::size_t besides = terms.opt.size() + (terms.signer ? terms.signer->octets() : 0);
  if (limit < besides + header_octets + terms.question.size() + opt_octets) return 0;
  DOORS_UNSET ResponseWriter writer(out, limit - besides);
  writer.question(terms.question, nullptr);
  const Differences& differences = *terms.differences;
  const bool fits = write_soa(*terms.zone, writer) && differences.write(writer, 0) == differences.records() &&
                    write_soa(*terms.zone, writer);
  return fits ? append_opt(out, writer.finish(terms.id, terms.flags, Rcode::noerror), terms.opt) : 0;
}

/// The response that has the zone's SOA as its one answer. Gives its octets.
std::size_t write_soa_alone(const ZoneStream::Terms& terms, MutableOctets out, std::size_t limit) noexcept {
  DOORS_UNSET ResponseWriter writer(out, limit - terms.opt.size());
  writer.question(terms.question, nullptr);
  const bool fits = write_soa(*terms.zone, writer);
  const unsigned flags = terms.flags | (fits ? 0u : unsigned{header_bit::tc});
  const std::size_t size = writer.finish(terms.id, static_cast<std::uint16_t>(flags), Rcode::noerror);
  return append_opt(out, size, terms.opt);
}

/// The keys and rules of a server that allows nobody anything.
const Access& access_of(const Snapshot& snapshot) noexcept {
  static const Access nothing;
  return snapshot.access ? *snapshot.access : nothing;
}

}  // namespace

/// One request on its way.
struct Exchange::Asked {
  BatchItem& item;
  const std::shared_ptr<const Snapshot>& snapshot;
  Octets message;  // without TSIG
  QueryView query;
  const TsigKey* key = nullptr;      // of the verified signature
  std::optional<TsigSigner> signer;  // for the response

  [[nodiscard]] std::string peer() const {
    std::string text = address_of(item.client).to_string();
    if (key != nullptr) text += " key " + key->name.to_string();
    return text;
  }
};

Exchange::Exchange(const Clock& clock, Counters& counters, Later later)
    : clock_(clock), counters_(counters), later_(std::move(later)) {}

void Exchange::end(std::shared_ptr<ZoneStream> stream) noexcept {
  --transfers_;
  try {
    later_([stream = std::move(stream)] { stream->log_end(); });
  } catch (const std::bad_alloc&) {  // it goes here and now, without a line
  }
}

std::shared_ptr<ZoneStream> Exchange::complete(BatchItem& item,
                                               const std::shared_ptr<const Snapshot>& snapshot) noexcept {
  try {
    Asked asked{item, snapshot, item.query, QueryView::parse(item.query), nullptr, std::nullopt};
    if (asked.query.tsig_offset != 0) return answer_signed(asked);
    return decide(asked);
  } catch (const std::bad_alloc&) {
    say(item, Rcode::servfail);
    return nullptr;
  }
}

std::shared_ptr<ZoneStream> Exchange::answer_signed(Asked& asked) {
  BatchItem& item = asked.item;
  const std::size_t offset = asked.query.tsig_offset;
  const auto record = TsigRecord::read(asked.message, offset);
  const std::uint64_t now = tsig_time(clock_.wall());
  TsigVerdict verdict{Rcode::formerr, Rcode::noerror, nullptr};
  if (record) verdict = verify_request(asked.message, offset, *record, access_of(*asked.snapshot).keys, now);
  if (verdict.rcode != Rcode::noerror) {
    counters_.add(Counter::tsig_refused);
    say(item, verdict.rcode);
    if (verdict.rcode == Rcode::notauth) add_error(item, *record, verdict, now);
    return nullptr;
  }

  counters_.add(Counter::tsig_verified);
  unsigned_.assign(asked.message.begin(), asked.message.begin() + static_cast<std::ptrdiff_t>(offset));
  store_u16(&unsigned_[arcount_offset], static_cast<std::uint16_t>(asked.query.header.arcount - 1));
  asked.signer.emplace(*verdict.key, *record);
  const std::size_t room = item.limit - std::min(item.limit, asked.signer->octets());
  BatchItem plain{unsigned_, item.client, item.out.first(std::max(room, least_octets(asked.query)))};
  respond_batch({&plain, 1}, *asked.snapshot, Now::of(clock_.wall()));
  item.size = plain.size;
  item.rcode = plain.rcode;
  asked.message = unsigned_;
  asked.query = QueryView::parse(unsigned_);
  asked.key = verdict.key;
  if (plain.depends_on_asker) {
    if (auto stream = decide(asked)) return stream;
  }
  if ((load_header(item.out.data()).flags & header_bit::tc) != 0) truncate(item);
  sign(item, *asked.signer, now);
  return nullptr;
}

std::shared_ptr<ZoneStream> Exchange::decide(Asked& asked) {
  const QueryView& query = asked.query;
  if (query.verdict != QueryVerdict::ask || query.rr_class != RRClass::in) return nullptr;
  if (asked.item.rcode == Rcode::badcookie) return nullptr;  // whoever it is has to show that first
  const HashedName name(query.name);
  const ZoneSet& zones = *asked.snapshot->zones;
  const ZoneImage* const nearest = zones.find(name);
  const ZoneImage* const zone = nearest != nullptr && nearest->origin() == query.name ? nearest : nullptr;
  const bool withheld = zone == nullptr && zones.withholds(name, name.label_count(), nearest);
  if (query.header.opcode() == Opcode::notify) {
    notified(asked, zone, withheld);
    return nullptr;
  }
  // RFC 5936 §4.2: there is no AXFR over UDP, whoever asks.
  if (query.type == RRType::axfr && asked.item.client.transport == Transport::udp) return nullptr;
  if (zone == nullptr) {
    say(asked.item, withheld ? Rcode::servfail : Rcode::notauth);  // RFC 5936 §2.2.1
    return nullptr;
  }
  if (!access_of(*asked.snapshot).may_transfer(zone->origin(), address_of(asked.item.client), asked.key)) {
    counters_.add(Counter::transfers_refused);
    return nullptr;
  }
  return transfer(asked, *zone);
}

void Exchange::notified(Asked& asked, const ZoneImage* zone, bool withheld) {
  const QueryView& query = asked.query;
  const Access& access = access_of(*asked.snapshot);
  if (!access.may_notify(query.name, address_of(asked.item.client), asked.key)) {
    counters_.add(Counter::notifies_refused);
    return;
  }
  if (query.type != RRType::soa) return say(asked.item, Rcode::formerr);  // RFC 1996 §3.7: of SOA alone
  if (zone == nullptr && !withheld && !access.expects(query.name))
    return say(asked.item, Rcode::notauth);  // §3.10
  counters_.add(Counter::notifies);
  if (const auto untold = notify_lines_.take(clock_.monotonic())) {
    const auto serial = zone != nullptr ? std::optional(zone->version().serial) : std::nullopt;
    later_([origin = Name(query.name), serial, by = asked.peer(), untold = *untold] {
      log_notify(origin, serial, by, untold);
    });
  }
  // Where there is no room for it the primary shall say it again.
  NotifyBox* const box = asked.snapshot->notify_box.get();
  say(asked.item, box == nullptr || box->put(query.name) ? Rcode::noerror : Rcode::servfail);
}

std::shared_ptr<ZoneStream> Exchange::transfer(Asked& asked, const ZoneImage& zone) {
  BatchItem& item = asked.item;
  const bool udp = item.client.transport == Transport::udp;
  const bool incremental = asked.query.type == RRType::ixfr;
  std::optional<Serial> theirs;
  if (incremental) {
    theirs = serial_of_ixfr(asked.message, asked.query);
    if (!theirs) {
      say(item, Rcode::formerr);
      return nullptr;
    }
  }

  say(item, Rcode::noerror);
  const ResponseParts parts = ResponseParts::of(Octets(item.out).first(item.size));
  ZoneStream::Terms terms{.snapshot = asked.snapshot,
                          .zone = &zone,
                          .id = asked.query.header.id,
                          .flags = static_cast<std::uint16_t>(load_header(item.out.data()).flags),
                          .question = {parts.question.begin(), parts.question.end()},
                          .opt = {parts.opt.begin(), parts.opt.end()},
                          .signer = asked.signer,
                          .by = incremental ? "IXFR, whole zone" : "AXFR",
                          .peer = asked.peer()};
  tell_of_zone(asked.query.edns, zone, [&](EdnsOption code, Octets data) {
    const std::size_t octets =
        header_octets + terms.question.size() + terms.opt.size() + option_header_octets;
    if (octets + data.size() <= item.limit) add_option(terms.opt, code, data);
  });
  const bool behind = !theirs || *theirs < Serial(zone.version().serial);
  if (theirs && behind) terms.differences = differences_since(asked, zone, *theirs);
  if (udp && terms.differences) {
    if (const std::size_t size = write_differences(terms, item.out, item.limit); size != 0) {
      counters_.add(Counter::transfers_incremental);
      item.size = size;
      return nullptr;
    }
  }
  // RFC 1995 §2: who is up to date hears just that; and over UDP, that it has to come again by TCP.
  if (udp || !behind) {
    item.size = write_soa_alone(terms, item.out, item.limit);
    return nullptr;
  }
  return begin_stream(asked, std::move(terms));
}

std::shared_ptr<const Differences> Exchange::differences_since(const Asked& asked, const ZoneImage& zone,
                                                               Serial serial) {
  const bool udp = asked.item.client.transport == Transport::udp;
  if (!udp && transfers_ >= most_transfers_) return nullptr;  // it is refused all the same
  if (!(udp ? logs_read_ : logs_read_tcp_).take(clock_.monotonic())) return nullptr;
  auto found = find_differences(access_of(*asked.snapshot).change_logs, zone, serial);
  return found ? std::make_shared<const Differences>(*std::move(found)) : nullptr;
}

std::shared_ptr<ZoneStream> Exchange::begin_stream(Asked& asked, ZoneStream::Terms terms) {
  BatchItem& item = asked.item;
  if (transfers_ >= most_transfers_) {
    counters_.add(Counter::transfers_refused);
    say(item, Rcode::servfail);
    return nullptr;
  }
  counters_.add(terms.differences ? Counter::transfers_incremental : Counter::transfers);
  if (terms.differences) terms.by = "IXFR";
  auto stream = std::make_shared<ZoneStream>(std::move(terms), clock_);
  ++transfers_;
  item.size = stream->next(item.out).value_or(0);
  return stream;
}

}  // namespace doors
