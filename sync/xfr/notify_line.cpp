#include "sync/xfr/notify_line.h"

#include <algorithm>
#include <utility>

#include "zones/dns/message_layout.h"
#include "zones/dns/query.h"
#include "zones/dns/wire_reader.h"
#include "zones/tsig/client.h"
#include "zones/tsig/verify.h"

namespace doors::xfr {
namespace {

constexpr std::uint16_t response = 0x8000;
constexpr std::uint16_t opcode_mask = 0x7800;
constexpr std::uint16_t notify = 4 << 11;
constexpr std::uint16_t authoritative = 0x0400;
constexpr std::uint16_t rcode_mask = 0x000f;
constexpr std::size_t flags_offset = 2;

/// RFC 1996 §3: the zone's SOA is asked about, with authority.
std::vector<std::byte> build_notify(const Name& zone, std::uint16_t id) {
  const QueryMessage query = build_query({.name = zone, .type = RRType::soa, .id = id, .edns = false});
  std::vector<std::byte> octets(query.view().begin(), query.view().end());
  store_u16(&octets[flags_offset], notify | authoritative);
  return octets;
}

/// The rcode of an answer to it; nothing if it is none.
std::optional<Rcode> read_answer(Octets datagram, const Name& zone, std::uint16_t id) {
  WireReader reader(datagram);
  const bool same_id = reader.u16() == id;
  const std::uint16_t flags = reader.u16();
  const bool one_question = reader.u16() == 1;
  (void)reader.octets(header_octets - 6);
  const auto name = Name::read(reader);
  const bool asks_for_soa = RRType(reader.u16()) == RRType::soa && RRClass(reader.u16()) == RRClass::in;
  if (!reader.ok() || !same_id || !one_question || !name || *name != zone || !asks_for_soa ||
      (flags & (response | opcode_mask)) != (response | notify)) {
    return std::nullopt;
  }
  return Rcode(static_cast<std::uint16_t>(flags & rcode_mask));
}

}  // namespace

NotifyLine::NotifyLine(std::optional<TsigKey> key, std::function<std::uint16_t()> random_id)
    : key_(std::move(key)), random_id_(std::move(random_id)) {}

void NotifyLine::add(const Zone& zone) {
  if (const auto told = told_.find(zone); told != told_.end()) told_.erase(told);
  waiting_.insert(zone);
}

std::optional<std::vector<std::byte>> NotifyLine::next(Monotonic now, WallTime wall) {
  for (auto at = told_.begin(); at != told_.end();) {
    const auto here = at++;
    if (here->second.next > now) continue;
    if (here->second.tries == most_tries) {
      give_up(here);
      at = told_.begin();  // others may have gone with it
      continue;
    }
    here->second.next = now + first_pause * (1u << here->second.tries);
    ++here->second.tries;
    if (auto made = say(here->first, here->second, wall)) return made;
  }
  if (waiting_.empty() || told_.size() >= most_at_once) return std::nullopt;
  const auto fresh = told_.emplace(std::move(waiting_.extract(waiting_.begin()).value()), Told{}).first;
  fresh->second.id = fresh_id();
  fresh->second.heard = heard_;
  fresh->second.next = now + first_pause;
  fresh->second.tries = 1;
  return say(fresh->first, fresh->second, wall);
}

Monotonic NotifyLine::due(Monotonic now) const noexcept {
  if (!waiting_.empty() && told_.size() < most_at_once) return now;
  Monotonic first = Monotonic::max();
  for (const auto& [zone, told] : told_) first = std::min(first, told.next);
  return first;
}

/// The same id at every try: where nobody signs, an answer to any of them will do.
std::optional<std::vector<std::byte>> NotifyLine::say(const Zone& zone, Told& told, WallTime wall) {
  std::vector<std::byte> octets = build_notify(*zone, told.id);
  told.said = wall;
  if (key_) {
    if (auto made = TsigClient(*key_).sign(octets, tsig_time(wall)); !made) {
      problem_ = made.error().message;
      return std::nullopt;
    }
  }
  ++counts_.sent;
  return octets;
}

void NotifyLine::receive(Octets datagram, WallTime wall) {
  if (datagram.size() < header_octets) return;
  const std::uint16_t id = load_u16(datagram.data());
  const auto at = std::ranges::find(told_, id, [](const auto& one) { return one.second.id; });
  if (at == told_.end()) return;
  const auto rcode = read_answer(datagram, *at->first, id);
  if (!rcode || (key_ && !is_proved(*at->first, at->second, datagram, wall))) return;
  ++heard_;
  if (*rcode != Rcode::noerror) {  // it may change its mind: while it loads the zone, or its config
    problem_ = "answers " + to_string(*rcode);
    return;
  }
  ++counts_.answered;
  settled_problem_.clear();
  told_.erase(at);
}

bool NotifyLine::is_proved(const Name& zone, const Told& told, Octets datagram, WallTime wall) {
  // Signed again as it was said: so what somebody forged spoils nothing for the right answer.
  TsigClient client(*key_);
  std::vector<std::byte> said = build_notify(zone, told.id);
  const auto made = client.sign(said, tsig_time(told.said));
  const auto checked = made ? client.check(datagram, tsig_time(wall)) : failure(made.error().message);
  if (checked && client.is_proved()) return true;
  problem_ = checked ? "its answer is not signed" : checked.error().message;
  return false;
}

void NotifyLine::give_up(Telling::iterator at) {
  const bool silent = at->second.heard == heard_;
  settled_problem_ = problem_.empty() ? "does not answer" : std::exchange(problem_, {});
  ++counts_.given_up;
  told_.erase(at);
  if (!silent) return;
  counts_.given_up += told_.size() + waiting_.size();
  told_.clear();
  waiting_.clear();
}

NotifyLine::Counts NotifyLine::counts() const noexcept {
  Counts counts = counts_;
  counts.waiting = waiting_.size() + told_.size();
  return counts;
}

std::uint16_t NotifyLine::fresh_id() {
  std::uint16_t id = random_id_();
  const auto is_used = [&] {
    return std::ranges::any_of(told_, [&](const auto& one) { return one.second.id == id; });
  };
  while (is_used()) ++id;  // few are
  return id;
}

}  // namespace doors::xfr
