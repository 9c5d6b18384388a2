#include "server/xdp/interface.h"

#include <algorithm>

#include "server/xdp/program.h"
#include "zones/base/log.h"

namespace doors {

namespace {

/// Looks at a queue that has not turned before it counts as hung: it turns every 100 ms at least.
constexpr unsigned hung_after = 3;
/// Between two tries of what failed.
constexpr unsigned ticks_between_tries = 5;
/// A response of 512 octets has to fit.
constexpr std::uint32_t least_mtu = 576;

}  // namespace

XdpInterface::XdpInterface(std::string name, const XdpSettings& settings, Post to_control, const Clock& clock)
    : name_(std::move(name)), settings_(settings), to_control_(std::move(to_control)), clock_(clock) {}

XdpInterface::~XdpInterface() {
  for (std::uint32_t queue = 0; queue < places_.size(); ++queue) program_->remove_socket(queue);
  program_.reset();
}

void XdpInterface::tick() {
  collect_hung();
  const auto link = look_at_link(name_);
  if (program_ != nullptr) {
    if (const auto why = fault(link)) close(*why);
  }
  if (program_ == nullptr && hung_.empty() && snapshot_ != nullptr) {
    if (!link)
      why_off_ = "no such interface";
    else if (!link->running)
      why_off_ = "the interface is down";
    else
      take_up(*link);
  }
}

std::optional<std::string> XdpInterface::fault(const std::optional<LinkState>& link) {
  if (!link || link->index != link_.index) return "the interface is gone";
  if (!link->running) return "the interface is down";
  if (link->mtu != link_.mtu || link->queues != link_.queues) return "the interface was changed";
  for (Place& place : places_) {
    if (place.queue->failed()) return "a socket of the interface failed";
    const std::uint64_t turns = place.queue->turns();
    place.same = turns == place.turns ? place.same + 1 : 0;
    place.turns = turns;
    if (place.same >= hung_after) return "a queue's thread hangs";
  }
  return std::nullopt;
}

void XdpInterface::take_up(const LinkState& link) {
  if (ticks_to_wait_ > 0) {
    --ticks_to_wait_;
    return;
  }
  auto opened = open(link);
  if (!opened) {
    program_.reset();
    places_.clear();
    ticks_to_wait_ = ticks_between_tries;
    if (why_off_ == opened.error().message) return;  // told already
    why_off_ = opened.error().message;
    log::error("no xdp, the kernel has the queries", {{"interface", name_}, {"reason", why_off_}});
    return;
  }
  why_off_.clear();
  log::info("xdp on", {{"interface", name_},
                       {"mode", program_->native() ? "native" : "generic"},
                       {"zero_copy", places_.front().queue->socket().zero_copy()},
                       {"queues", places_.size()},
                       {"addresses", addresses_.size()}});
  if (link.takes_tags_off) {
    log::info(
        "queries with a VLAN tag need it in the frame: `ethtool -K INTERFACE rxvlan off`, where there are "
        "any",
        {{"interface", name_}});
  }
}

Result<void> XdpInterface::open(const LinkState& link) {
  if (link.mtu < least_mtu) return failure("the MTU of " + name_ + " is below " + std::to_string(least_mtu));
  if (addresses_.empty())
    return failure(
        "no address to take queries for: [udp] listen has to name the service addresses, as XDP takes no "
        "wildcards");
  if (settings_.queues > link.queues) {
    return failure(name_ + " has " + std::to_string(link.queues) + " queues, not " +
                   std::to_string(settings_.queues));
  }
  auto program = XdpProgram::attach(link.index, name_, settings_.mode);
  if (!program) return Unexpected(program.error());
  program_ = *std::move(program);
  const std::uint32_t all = std::min<std::uint32_t>(link.queues, DOORS_XDP_MAX_QUEUES);
  const std::uint32_t queues = settings_.queues != 0 ? settings_.queues : all;
  for (std::uint32_t queue = 0; queue < queues; ++queue) {
    auto socket = XdpSocket::open({name_, queue, link.mtu, settings_.ring, program_->native()});
    if (!socket) return Unexpected(socket.error());
    places_.push_back(
        {std::make_unique<XdpQueue>(*std::move(socket), link.mtu, snapshot_, to_control_, clock_), 0, 0});
  }
  // The threads first, then the sockets' places in the program's map, then what it takes.
  for (std::uint32_t queue = 0; queue < queues; ++queue) {
    places_[queue].queue->start("xdp-" + std::to_string(queue));
    if (auto set = program_->set_socket(queue, places_[queue].queue->socket().fd()); !set) return set;
  }
  link_ = link;
  return program_->set_addresses(addresses_);
}

void XdpInterface::close(const std::string& reason) {
  if (program_ == nullptr) return;
  for (std::uint32_t queue = 0; queue < places_.size(); ++queue) program_->remove_socket(queue);
  program_.reset();
  for (Place& place : std::exchange(places_, {})) {
    if (place.same < hung_after) {
      retire(std::move(place));
    } else {
      place.queue->abandon();
      hung_.push_back(std::move(place));
    }
  }
  own_.add(Counter::xdp_fallbacks);
  why_off_ = reason;
  ticks_to_wait_ = 0;
  log::warn("xdp off, the kernel has the queries", {{"interface", name_}, {"reason", reason}});
}

void XdpInterface::retire(Place place) {
  XdpQueue& queue = *place.queue;
  retired_ += queue.counters();
  place.queue.reset();
}

void XdpInterface::collect_hung() {
  for (auto place = hung_.begin(); place != hung_.end();) {
    if (place->queue->turns() == place->turns) {
      ++place;
      continue;
    }
    retire(std::move(*place));
    place = hung_.erase(place);
  }
}

void XdpInterface::set_addresses(const std::vector<Endpoint>& addresses) {
  addresses_ = addresses;
  if (program_ == nullptr) return;
  if (addresses_.empty()) return close("no address to take queries for");
  if (auto set = program_->set_addresses(addresses_); !set) close(set.error().message);
}

void XdpInterface::publish(const std::shared_ptr<const Snapshot>& snapshot,
                           const std::function<void(std::shared_ptr<const Snapshot> old)>& done) {
  snapshot_ = snapshot;
  for (const Place& place : places_) place.queue->publish(snapshot, done);
}

CounterValues XdpInterface::counters() const {
  CounterValues sum = own_.read();
  sum += retired_;
  for (const Place& place : places_) sum += place.queue->counters();
  for (const Place& place : hung_) sum += place.queue->counters();
  return sum;
}

void XdpInterface::describe(std::vector<std::pair<std::string, std::string>>& fields) const {
  const std::string key = "xdp." + name_;
  if (program_ == nullptr) {
    fields.emplace_back(key, "off: " + why_off_);
    return;
  }
  const char* copies = places_.front().queue->socket().zero_copy() ? "zero-copy" : "copy";
  fields.emplace_back(key, std::string("on: ") + (program_->native() ? "native" : "generic") + ", " + copies);
  fields.emplace_back(key + ".queues", std::to_string(places_.size()));
  XdpLosses sum;
  for (const Place& place : places_) {
    const XdpLosses losses = place.queue->socket().losses();
    sum.dropped += losses.dropped;
    sum.ring_full += losses.ring_full;
    sum.no_frame += losses.no_frame;
  }
  fields.emplace_back(key + ".lost_unfit", std::to_string(sum.dropped));
  fields.emplace_back(key + ".lost_ring_full", std::to_string(sum.ring_full));
  fields.emplace_back(key + ".lost_no_frame", std::to_string(sum.no_frame));
}

}  // namespace doors
