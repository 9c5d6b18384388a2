#include "sync/pop/doord_link.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "sync/pop/channel.h"
#include "zones/image/image_file.h"

namespace doors {
namespace {

/// Offers sent and not yet answered. The descriptors of all of them are in flight, of which the kernel allows
/// a process no more than its RLIMIT_NOFILE.
constexpr std::size_t window = 128;

}  // namespace

class DoordLink::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& context, std::filesystem::path path, Handlers given)
      : io_(context), path_(std::move(path)), handlers_(std::move(given)), timer_(context) {}

  void start() {
    boost::asio::post(io_, [self = shared_from_this()] { self->connect(); });
  }

  void stop() {
    stopped_ = true;
    handlers_ = {};
    done_ = nullptr;
    timer_.cancel();
    channel_.reset();
  }

  [[nodiscard]] bool connected() const noexcept {
    return phase_ == Phase::idle || phase_ == Phase::handing_over;
  }

  void hand_over(std::vector<Offer> offers, std::function<void(Refusals)> done) {
    phase_ = Phase::handing_over;
    offers_ = std::move(offers);
    plan();
    done_ = std::move(done);
    refusals_.clear();
    next_ = 0;
    answered_ = 0;
    unsent_.clear();
    send_offers();
  }

 private:
  enum class Phase { lost, asking, idle, handing_over };

  void connect() {
    if (stopped_) return;
    auto fd = connect_local_now(path_);
    if (!fd) return lose(fd.error().message);
    phase_ = Phase::asking;
    running_.clear();
    channel_.emplace(io_, std::move(*fd),
                     Channel::Handlers{[this](const Packet& packet) { receive(packet.message); },
                                       [this](const std::string& why) { lose(why); },
                                       {}});
    channel_->send(ControlMessage("zones"));
  }

  void lose(const std::string& why) {
    phase_ = Phase::lost;
    channel_.reset();
    offers_.clear();
    done_ = nullptr;
    timer_.expires_after(pause_);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->connect();
    });
    pause_ = std::min(pause_ * 2, last_pause);
    if (const auto lost = handlers_.lost) lost(why);
  }

  void receive(const ControlMessage& message) {
    if (phase_ == Phase::asking) return receive_zone(message);
    if (phase_ != Phase::handing_over) return lose("doord sent \"" + message.verb() + "\" unasked");
    if (message.verb() == "swapped" && answered_ == steps_.size()) {
      phase_ = Phase::idle;
      offers_.clear();
      steps_.clear();
      const auto done = std::exchange(done_, nullptr);
      done(std::exchange(refusals_, {}));
      return;
    }
    if (message.verb() == "error" || answered_ == next_) {
      return lose("doord answered \"" + message.verb() + "\": " + std::string(message.text("reason")));
    }
    skip_unsent();
    if (message.verb() == "refused")
      refuse(answered_, std::string(message.text("reason")));
    else if (message.verb() != "staged")
      return lose("doord answered \"" + message.verb() + "\" to an offer");
    ++answered_;
    send_offers();
  }

  void receive_zone(const ControlMessage& message) {
    if (message.verb() == "zone") {
      const auto zone = Name::parse(message.text("zone"));
      const auto epoch = message.number("epoch");
      const auto seq = message.number("seq");
      if (zone && epoch && seq) running_[*zone] = {static_cast<std::uint32_t>(*epoch), *seq};
      return;
    }
    if (message.verb() != "end") return lose("doord answered \"" + message.verb() + "\" to zones");
    phase_ = Phase::idle;
    pause_ = first_pause;
    if (const auto connected = handlers_.connected) connected(std::exchange(running_, {}));
  }

  /// Steps that were never sent, as their file could not be opened, count as answered when their turn comes.
  void skip_unsent() {
    while (!unsent_.empty() && unsent_.front() == answered_) {
      unsent_.pop_front();
      ++answered_;
    }
  }

  /// One step for each pack, whatever number of zones is offered from it; then one for each other zone.
  void plan() {
    steps_.clear();
    std::map<std::filesystem::path, std::vector<std::size_t>> packs;
    for (std::size_t i = 0; i < offers_.size(); ++i) {
      if (is_pack_path(offers_[i].image)) packs[offers_[i].image].push_back(i);
    }
    for (auto& [path, offers] : packs) steps_.push_back(std::move(offers));
    for (std::size_t i = 0; i < offers_.size(); ++i) {
      if (!is_pack_path(offers_[i].image)) steps_.push_back({i});
    }
  }

  void refuse(std::size_t step, const std::string& reason) {
    for (const std::size_t offer : steps_[step]) refusals_[offer] = reason;
  }

  void send_offers() {
    skip_unsent();
    while (next_ < steps_.size() && next_ - answered_ < window) {
      send_offer(offers_[steps_[next_].front()]);
      ++next_;
      skip_unsent();
    }
    if (answered_ == steps_.size()) channel_->send(ControlMessage("swap"));
  }

  void send_offer(const Offer& offer) {
    if (offer.image.empty()) {
      channel_->send(
          ControlMessage(offer.withheld ? "withhold" : "remove").with("zone", offer.zone.to_string()));
      return;
    }
    UniqueFd file(::open(offer.image.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
      refuse(next_, "cannot open " + offer.image.string() + ": " + std::strerror(errno));
      unsent_.push_back(next_);
      return;
    }
    std::vector<UniqueFd> fds;
    if (is_pack_path(offer.image)) {
      fds.push_back(std::move(file));
      channel_->send(ControlMessage("offer_pack"), std::move(fds));
      return;
    }
    // Of an overlay the image below goes with it: doord takes it if it has none.
    const auto base = ZoneImage::base_of(file.get());
    const auto below = base ? base_path(offer.image, *base) : failure("");
    fds.push_back(std::move(file));
    if (below) {
      if (UniqueFd below_file(::open(below->c_str(), O_RDONLY | O_CLOEXEC)); below_file)
        fds.push_back(std::move(below_file));
    }
    channel_->send(ControlMessage("offer")
                       .with("zone", offer.zone.to_string())
                       .with("epoch", offer.number.epoch)
                       .with("seq", offer.number.seq),
                   std::move(fds));
  }

  boost::asio::io_context& io_;
  std::filesystem::path path_;
  Handlers handlers_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds pause_ = first_pause;
  std::optional<Channel> channel_;
  Phase phase_ = Phase::lost;
  bool stopped_ = false;
  std::map<Name, VersionNumber> running_;
  std::vector<Offer> offers_;
  std::function<void(Refusals)> done_;
  Refusals refusals_;
  std::vector<std::vector<std::size_t>> steps_;  // what is sent: each the offers that it stands for
  std::size_t next_ = 0;                         // the first step not yet sent
  std::size_t answered_ = 0;                     // steps answered, in their order
  std::deque<std::size_t> unsent_;
};

DoordLink::DoordLink(boost::asio::io_context& io, std::filesystem::path socket, Handlers handlers)
    : impl_(std::make_shared<Impl>(io, std::move(socket), std::move(handlers))) {
  impl_->start();
}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
DoordLink::~DoordLink() { impl_->stop(); }

bool DoordLink::connected() const noexcept { return impl_->connected(); }

void DoordLink::hand_over(std::vector<Offer> offers, std::function<void(Refusals)> done) {
  impl_->hand_over(std::move(offers), std::move(done));
}

}  // namespace doors
