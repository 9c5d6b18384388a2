#include "server/handover/control_requests.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <utility>

#include <sys/stat.h>

#include "zones/base/text_encoding.h"

namespace doors {

namespace {

/// Opening an image checks all of it. A larger one is checked beside the control thread, so that `status`
/// goes on.
constexpr off_t open_here_octets = 1 << 20;
/// Workers that `status` lists one by one, so that it fits into a message; the sums count all.
constexpr std::size_t listed_workers = 128;

ControlMessage describe(const ZoneImage& image) {
  const ImageVersion& version = image.version();
  return ControlMessage("zone")
      .with("zone", image.origin().to_string())
      .with("epoch", std::uint64_t{version.epoch})
      .with("seq", version.seq)
      .with("serial", std::uint64_t{version.serial})
      .with("digest", to_hex(version.content_digest))
      .with("records", image.record_count())
      .with("octets", std::uint64_t{image.octets()});
}

/// Why an image is not what its offer says; nothing when it is.
std::optional<std::string> mismatch(const ControlMessage& request, const ZoneImage& image) {
  const auto origin = Name::parse(request.text("zone"));
  if (!origin) return "bad zone name: " + origin.error().message;
  if (image.origin() != origin->view()) return "the image is of " + image.origin().to_string();
  const ImageVersion& version = image.version();
  if (request.number("epoch") != version.epoch || request.number("seq") != version.seq) {
    return "the image is of version " + std::to_string(version.epoch) + "/" + std::to_string(version.seq);
  }
  return std::nullopt;
}

/// All zones of a set, one after the other.
class ServedZones {
 public:
  explicit ServedZones(std::shared_ptr<const ZoneSet> set) : set_(std::move(set)) {}
  /// Null behind the last one.
  const ZoneImage* next() {
    if (image_ < set_->images().size()) return set_->images()[image_++].get();
    for (; pack_ < set_->packs().size(); ++pack_, place_ = 0) {
      const ImagePack& pack = *set_->packs()[pack_];
      while (place_ < pack.places()) {
        const ZoneImage* image = pack.image_at(place_++);
        if (image != nullptr && set_->serves(*image)) return image;
      }
    }
    return nullptr;
  }

 private:
  std::shared_ptr<const ZoneSet> set_;
  std::size_t image_ = 0;
  std::size_t pack_ = 0;
  std::size_t place_ = 0;
};

}  // namespace

ControlRequests::ControlRequests(ControlHost& host, Replies replies)
    : host_(host), replies_(std::move(replies)) {}

void ControlRequests::handle(Packet request) {
  const std::string& verb = request.message.verb();
  if (verb == "offer") return offer(std::move(request));
  if (verb == "offer_pack") return offer_pack(std::move(request));
  if (verb == "remove") return remove(request.message, false);
  if (verb == "withhold") return remove(request.message, true);
  if (verb == "swap") return swap();
  if (verb == "status") return status(request.message);
  if (verb == "zones") return zones(request.message);
  if (verb == "listening") return listening();
  if (verb == "reload") return reload();
  if (verb == "await_notify") return await_notify();
  fail("unknown verb");
}

/// The image that an overlay lies on, if the zone has it here: doord maps no base twice.
std::shared_ptr<const ZoneImage> ControlRequests::held_base(const ControlMessage& request,
                                                            const layout::BaseId& id) const {
  const auto origin = Name::parse(request.text("zone"));
  if (!origin) return nullptr;
  const ZoneShelf::Zone* served = host_.shelf().find(*origin);
  if (served == nullptr) return nullptr;
  auto base = served->image->base() ? served->image->base() : served->image;
  return base->id() == id ? base : nullptr;
}

void ControlRequests::offer(Packet request) {
  struct Opening {
    Packet request;
    std::shared_ptr<const ZoneImage> base;  // of an overlay, where it is here already
    std::optional<Result<std::shared_ptr<const ZoneImage>>> image;
  };
  auto opening = std::make_shared<Opening>(Opening{std::move(request), nullptr, std::nullopt});
  if (opening->request.fds.empty())
    return stage(opening->request.message, failure("an offer comes with a descriptor"));
  const int fd = opening->request.fds.front().get();
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return stage(opening->request.message, failure("the descriptor is no file"));
  }
  const auto base_id = ZoneImage::base_of(fd);
  const std::size_t count = opening->request.fds.size();
  if (count > (base_id ? 2 : 1))
    return stage(opening->request.message,
                 failure("an offer comes with one descriptor, or its overlay's base"));
  if (base_id) {
    opening->base = held_base(opening->request.message, *base_id);
    if (!opening->base && count != 2) {
      return stage(opening->request.message, failure("the image below the overlay is not here"));
    }
  }
  const auto work = [opening, fd, is_overlay = base_id.has_value()] {
    if (is_overlay && !opening->base) {
      auto base = ZoneImage::open(opening->request.fds.back().get());
      if (base)
        opening->base = *std::move(base);
      else
        opening->image = failure("the image below: " + base.error().message);
    }
    if (!opening->image)
      opening->image =
          is_overlay ? ZoneImage::open_overlay(fd, std::move(opening->base)) : ZoneImage::open(fd);
    opening->request.fds.clear();
  };
  if (info.st_size <= open_here_octets && (!base_id || opening->base)) {
    work();
    return stage(opening->request.message, *std::move(opening->image));
  }
  host_.in_background(work, [this, opening, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) stage(opening->request.message, *std::move(opening->image));
  });
}

void ControlRequests::offer_pack(Packet request) {
  struct Opening {
    Packet request;
    std::optional<Result<ZoneShelf::Pack>> pack;
  };
  auto opening = std::make_shared<Opening>(Opening{std::move(request), std::nullopt});
  if (opening->request.fds.size() != 1) {
    return reply(ControlMessage("refused").with("reason", "an offer comes with one descriptor"));
  }
  const auto work = [opening] {
    opening->pack = ImagePack::open(opening->request.fds.front().get());
    opening->request.fds.clear();
    if (!*opening->pack) return;
    if (auto right = (**opening->pack)->finish_check(std::atomic<bool>{false}); !right)
      opening->pack = Unexpected(std::move(right).error());
  };
  host_.in_background(work, [this, opening, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    if (!*opening->pack)
      return reply(ControlMessage("refused").with("reason", opening->pack->error().message));
    const ZoneShelf::Pack& pack = **opening->pack;
    auto staged =
        ControlMessage("staged").with("pack", pack->number()).with("zones", std::uint64_t{pack->size()});
    staged_packs_.push_back(pack);
    reply(staged);
  });
}

void ControlRequests::stage(const ControlMessage& request, Result<std::shared_ptr<const ZoneImage>> image) {
  std::string reason;
  if (!image)
    reason = image.error().message;
  else if (auto wrong = mismatch(request, **image))
    reason = *std::move(wrong);
  if (!reason.empty()) {
    return reply(
        ControlMessage("refused").with("zone", std::string(request.text("zone"))).with("reason", reason));
  }
  const ImageVersion& version = (*image)->version();
  auto staged = ControlMessage("staged")
                    .with("zone", (*image)->origin().to_string())
                    .with("epoch", std::uint64_t{version.epoch})
                    .with("seq", version.seq)
                    .with("serial", std::uint64_t{version.serial});
  std::string key = ZoneShelf::key_of((*image)->origin());
  staged_.insert_or_assign(std::move(key),
                           ZoneShelf::Zone{*std::move(image), ZoneShelf::Origin::handed_over});
  reply(staged);
}

void ControlRequests::remove(const ControlMessage& request, bool withhold) {
  const auto origin = Name::parse(request.text("zone"));
  if (!origin) {
    return reply(ControlMessage("refused")
                     .with("zone", std::string(request.text("zone")))
                     .with("reason", "bad zone name: " + origin.error().message));
  }
  ZoneShelf::Zone none;
  none.withheld = withhold;
  staged_.insert_or_assign(ZoneShelf::key_of(*origin), std::move(none));
  reply(ControlMessage("staged").with("zone", origin->to_string()));
}

void ControlRequests::swap() {
  host_.shelf().add_packs(std::exchange(staged_packs_, {}));
  host_.shelf().apply(std::exchange(staged_, {}));
  host_.publish([this, alive = std::weak_ptr(alive_)](std::uint64_t generation) {
    if (alive.expired()) return;
    const std::uint64_t zones = host_.served()->size();
    reply(ControlMessage("swapped").with("zones", zones).with("generation", generation));
  });
}

void ControlRequests::status(const ControlMessage& request) {
  if (const auto draining = request.get("draining")) host_.set_draining(*draining == "yes");
  const ServerStatus status = host_.status();
  CounterValues sum = status.beside_workers;
  std::uint64_t oldest_beat_ms = 0;
  for (const auto& worker : status.workers) {
    sum += worker.values;
    oldest_beat_ms = std::max(oldest_beat_ms, worker.beat_age_ms);
  }
  const auto queries = [](const CounterValues& values) {
    return std::array<std::uint64_t, 2>{values[Counter::udp4_queries] + values[Counter::udp6_queries],
                                        values[Counter::tcp4_queries] + values[Counter::tcp6_queries]};
  };
  const auto dropped = [](const CounterValues& values) {
    return values[Counter::dropped_silent] + values[Counter::dropped_port_zero] +
           values[Counter::dropped_oversize] + values[Counter::dropped_send] + values[Counter::dropped_frame];
  };
  ControlMessage message("status");
  message.with("version", status.version)
      .with("pid", static_cast<std::uint64_t>(status.pid))
      .with("uptime_ms", status.uptime_ms)
      .with("generation", status.generation)
      .with("zones", std::uint64_t{status.zones})
      .with("unchecked", std::uint64_t{status.unchecked})
      .with("workers", std::uint64_t{status.workers.size()})
      .with("draining", status.draining ? "yes" : "no")
      .with("beat_age_ms", oldest_beat_ms)
      .with("udp_queries", queries(sum)[0])
      .with("tcp_queries", queries(sum)[1])
      .with("dropped", dropped(sum))
      .with("tcp_clients", sum.tcp_clients);
  for (std::size_t i = 0; i < counter_count; ++i) {
    message.with(std::string(counter_name(static_cast<Counter>(i))), sum.counters[i]);
  }
  for (std::size_t i = 0; i < rcode_count; ++i) {
    message.with("rcode." + std::string(rcode_name(i)), sum.rcodes[i]);
  }
  for (std::size_t i = 0; i < std::min(status.workers.size(), listed_workers); ++i) {
    const auto& worker = status.workers[i];
    const std::string prefix = "worker." + std::to_string(i) + ".";
    message.with(prefix + "udp_queries", queries(worker.values)[0])
        .with(prefix + "tcp_queries", queries(worker.values)[1])
        .with(prefix + "udp_responses", worker.values[Counter::udp_responses])
        .with(prefix + "tcp_responses", worker.values[Counter::tcp_responses])
        .with(prefix + "dropped", dropped(worker.values))
        .with(prefix + "tcp_clients", worker.values.tcp_clients)
        .with(prefix + "beat_age_ms", worker.beat_age_ms);
  }
  for (const auto& [key, value] : status.fields) message.with(key, value);
  reply(message);
}

void ControlRequests::zones(const ControlMessage& request) {
  auto served = host_.served();
  if (const auto wanted = request.get("zone")) {
    const auto origin = Name::parse(*wanted);
    if (!origin) return fail("bad zone name: " + origin.error().message);
    const ZoneImage* image = served->find(HashedName(origin->view()));
    if (image != nullptr && image->origin() == origin->view()) replies_.send(describe(*image));
    return reply(ControlMessage("end"));
  }
  replies_.stream(
      [walk = ServedZones(std::move(served)), ended = false]() mutable -> std::optional<ControlMessage> {
        if (const ZoneImage* image = walk.next()) return describe(*image);
        return std::exchange(ended, true) ? std::nullopt : std::optional(ControlMessage("end"));
      });
  replies_.done();
}

void ControlRequests::listening() {
  ControlMessage message("listening");
  const ListeningAddresses addresses = host_.listening();
  for (const auto& address : addresses.udp) message.with("udp", address);
  for (const auto& address : addresses.tcp) message.with("tcp", address);
  reply(message);
}

void ControlRequests::reload() {
  host_.reload([this, alive = std::weak_ptr(alive_)](Result<void> reloaded) {
    if (alive.expired()) return;
    if (reloaded)
      reply(ControlMessage("ok"));
    else
      fail(reloaded.error().message);
  });
}

void ControlRequests::await_notify() {
  host_.await_notified([this, alive = std::weak_ptr(alive_)](const std::vector<Name>& zones) {
    if (alive.expired()) return false;
    // While it waits nobody reads from its socket, and so nobody would know.
    const bool there = replies_.is_there();
    if (there) {
      for (const Name& zone : zones) replies_.send(ControlMessage("notify").with("zone", zone.to_string()));
    }
    reply(ControlMessage("end"));
    return there;
  });
}

void ControlRequests::reply(const ControlMessage& message) {
  replies_.send(message);
  replies_.done();
}

void ControlRequests::fail(std::string reason) {
  reply(ControlMessage("error").with("reason", std::move(reason)));
}

}  // namespace doors
