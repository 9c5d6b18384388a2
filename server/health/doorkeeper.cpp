#include "server/health/doorkeeper.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/health/control_server.h"
#include "server/health/held_leases.h"
#include "server/health/keeper.h"
#include "server/health/keeper_replies.h"
#include "server/health/prober.h"
#include "server/health/speakers.h"
#include "server/health/state_file.h"
#include "server/routes/local_poller.h"
#include "zones/base/clock.h"
#include "zones/base/log.h"

namespace doors {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds tick_time{100};
constexpr milliseconds progress_time{1000};
constexpr milliseconds serial_time{1000};
constexpr std::size_t most_heads = 8;  // doorsync says of one zone, with the end

}  // namespace

class Doorkeeper::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, KeeperConfig config) : io_(io), config_(std::move(config)), tick_(io) {}

  Result<void> open() {
    auto leases = HeldLeases::open(config_);
    if (!leases) return Unexpected(leases.error());
    leases_ = std::move(*leases);
    leases_->look_after_interfaces(clock_.monotonic(), config_.lease.create);
    KeeperMemory memory = load_memory(config_.control.state, clock_.wall());
    const std::vector<bool> inherited = leases_->take_over(memory.drain.has_value());
    keeper_ = std::make_unique<Keeper>(clock_, config_.keeper(), std::move(memory), inherited);

    auto control = ControlServer::listen(
        io_, config_.control.socket,
        [this](const ControlMessage& request, const std::shared_ptr<ControlClient>& client) {
          handle(request, client);
        });
    if (!control) return Unexpected(control.error());
    control_ = std::move(*control);
    if (!config_.control.state.empty()) {
      writer_ = std::make_unique<StateWriter>(config_.control.state, [](const std::string& error) {
        log::error("state file not written", {{"reason", error}});
      });
    }
    return {};
  }

  /// Begins to watch; from here on events come.
  void begin() {
    log::info("doorkeeper started", {{"state", keeper_->state()}, {"services", config_.services.size()}});
    speakers_ = std::make_unique<Speakers>(io_, config_, [this](const SpeakerReport& report) {
      KeeperActions actions;
      keeper_->note(actions, report.is.connected ? "bgp speaker answers" : "bgp speaker lost", report.name,
                    report.is.words);
      finish(actions);
    });
    speakers_->want(keeper_->announcements());
    watch_doord();
    watch_doorsync();
    prober_ = std::make_unique<Prober>(io_, clock_, config_.services, config_.probe,
                                       [this](const Probed& probed) { feed(probed); });
    tick();
  }

  void stop() {
    stopped_ = true;
    tick_.cancel();
    prober_.reset();
    doord_.reset();
    doorsync_.reset();
    speakers_.reset();
    control_.reset();
    writer_.reset();  // writes what waits
  }

  Result<void> reload(KeeperConfig config) {
    const bool same =
        config.services == config_.services && config.lease.up == config_.lease.up &&
        config.lease.far == config_.lease.far && config.lease.drain == config_.lease.drain &&
        config.bird.socket == config_.bird.socket && config.bird.protocols == config_.bird.protocols &&
        config.exabgp.socket == config_.exabgp.socket && config.frr.socket == config_.frr.socket &&
        config.command == config_.command && config.doord.socket == config_.doord.socket &&
        config.doord.interval == config_.doord.interval &&
        config.doorsync.socket == config_.doorsync.socket && config.probe.zone == config_.probe.zone &&
        config.probe.zones == config_.probe.zones && config.control.socket == config_.control.socket &&
        config.control.state == config_.control.state;
    if (!same) {
      return failure(
          "services, leases, the probed zone, sockets and the state directory change only with a restart "
          "of doorkeeper, which within a lease's time is no flap");
    }
    config_ = std::move(config);
    prober_->configure(config_.probe);
    keeper_->configure(config_.keeper());
    return {};
  }

 private:
  struct Waiting {  ///< a client of drain with wait=yes
    std::shared_ptr<ControlClient> client;
    Monotonic next{};
  };

  // ---- the state machine's turn ----

  /// Feeds one event and carries out what follows, and what follows from that.
  void feed(const KeeperEvent& event) {
    KeeperActions actions = keeper_->step(event);
    for (std::size_t i = 0; i < actions.leases.size(); ++i) {  // grows while it is worked off
      const LeaseAction action = actions.leases[i];
      if (action.verb == LeaseAction::Verb::drop) {
        leases_->drop(action.prefix, action.lane);
        continue;
      }
      auto renewed = leases_->renew(action.prefix, action.lane, config_.lease.seconds);
      KeeperActions more =
          keeper_->step(LeaseSet{action.prefix, action.lane, renewed ? "" : renewed.error().message});
      std::ranges::copy(more.leases, std::back_inserter(actions.leases));
      std::ranges::move(more.changes, std::back_inserter(actions.changes));
      actions.save = actions.save || more.save;
    }
    finish(actions);
    for (const std::size_t service : actions.ask_tcp) prober_->ask_tcp(service);
  }

  void finish(const KeeperActions& actions) {
    for (const Change& change : actions.changes) {
      log::write(change.is_trouble ? log::Level::warn : log::Level::info, change.event,
                 {{"subject", change.subject}, {"reason", change.reason}});
    }
    if (const auto state = keeper_->state(); state != logged_state_) {
      logged_state_ = state;
      log::info("state", {{"state", state}});
    }
    if (actions.save && writer_) writer_->save(write_memory(keeper_->memory()));
    if (speakers_) speakers_->want(keeper_->announcements());
  }

  void tick() {
    feed(Tick{});
    const Monotonic now = clock_.monotonic();
    leases_->look_after_interfaces(now, config_.lease.create);
    tell_progress(now);
    tick_.expires_after(tick_time);
    tick_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error && !self->stopped_) self->tick();
    });
  }

  // ---- what is watched ----

  void watch_doord() {
    if (config_.doord.socket.empty()) return;
    doord_ = std::make_unique<LocalPoller>(
        io_,
        LocalPoller::Settings{config_.doord.socket,
                              config_.doord.interval,
                              [this] {
                                const bool leaving =
                                    keeper_->state() == "draining" || keeper_->state() == "drained";
                                return ControlMessage("status").with("draining", leaving ? "yes" : "no");
                              },
                              {"status"}},
        [this](const std::vector<ControlMessage>& answer) {
          const ControlMessage& status = answer.back();
          if (status.verb() != "status")
            return feed(DoordSilent{"it refuses `status`: " + std::string(status.text("reason"))});
          DoordSaid said;
          if (const auto age = status.number("beat_age_ms")) said.beat_age = milliseconds(*age);
          said.queries = status.number("udp_queries").value_or(0) + status.number("tcp_queries").value_or(0);
          said.udp_responses = status.number("udp_responses").value_or(0);
          feed(said);
        },
        [this](const std::string& words) { feed(DoordSilent{words}); });
  }

  void watch_doorsync() {
    if (config_.doorsync.socket.empty()) return;
    doorsync_ = std::make_unique<LocalPoller>(
        io_,
        LocalPoller::Settings{config_.doorsync.socket,
                              config_.probe.zones.empty() ? serial_time : serial_time / 4,
                              [this] {
                                // The zone that all probes ask for every second time, the others by turns.
                                asked_zone_ = 0;
                                const auto& zones = config_.probe.zones;
                                if (!zones.empty() && serial_turn_ % 2 == 1)
                                  asked_zone_ = 1 + serial_turn_ / 2 % zones.size();
                                ++serial_turn_;
                                const Name& zone =
                                    asked_zone_ == 0 ? config_.probe.zone : zones[asked_zone_ - 1];
                                return ControlMessage("heads").with("zone", zone.to_string());
                              },
                              {"end"},
                              most_heads},
        [this](const std::vector<ControlMessage>& answer) {
          serials_known_ = true;
          SerialExpected expected{{}, asked_zone_};
          for (const ControlMessage& head : answer) {
            const auto serial = head.number("serial");
            if (head.verb() == "head" && serial && *serial <= 0xffff'ffffu) {
              expected.serial = static_cast<std::uint32_t>(*serial);
            }
          }
          feed(expected);
        },
        [this](const std::string&) {
          if (!std::exchange(serials_known_, false)) return;
          for (std::size_t zone = 0; zone <= config_.probe.zones.size(); ++zone)
            feed(SerialExpected{{}, zone});
        });
  }

  // ---- the control socket ----

  void handle(const ControlMessage& request, const std::shared_ptr<ControlClient>& client) {
    if (request.verb() == "status" || request.verb() == "why") return tell(request, client);
    if (request.verb() == "history") {
      for (ControlMessage& reply : history_replies(keeper_->memory())) client->send(std::move(reply));
      return;
    }
    if (request.verb() == "drain") return drain(request, client);
    if (request.verb() == "undrain") {
      feed(UndrainAsked{asker(request, *client)});
      return reply_when_saved(client);
    }
    if (request.verb() == "weight") return weigh(request, client);
    client->send(ControlMessage("error").with(
        "reason", "doorkeeper knows status, why, history, drain, undrain, weight"));
  }

  static std::string asker(const ControlMessage& request, const ControlClient& client) {
    const std::string_view by = request.text("by");
    return by.empty() ? client.who() : std::string(by.substr(0, 200));
  }

  void drain(const ControlMessage& request, const std::shared_ptr<ControlClient>& client) {
    feed(DrainAsked{std::string(request.text("reason").substr(0, 1000)), asker(request, *client)});
    if (request.text("wait") == "yes")
      waiting_.push_back({client, clock_.monotonic()});
    else
      reply_when_saved(client);
  }

  void weigh(const ControlMessage& request, const std::shared_ptr<ControlClient>& client) {
    const std::string_view lane = request.text("lane");
    if (lane != "up" && lane != "far")
      return client->send(ControlMessage("error").with("reason", "lane is up or far"));
    if (lane == "far" && !config_.keeper().has_far_lane)
      return client->send(ControlMessage("error").with("reason", "[lease] far names no interface"));
    feed(WeightAsked{lane == "far", asker(request, *client)});
    reply_when_saved(client);
  }

  /// `ok` once the order is on disk; it holds already, so a disk that fails is only told.
  void reply_when_saved(const std::shared_ptr<ControlClient>& client) {
    if (!writer_) return client->send(ControlMessage("ok").with("state", std::string(keeper_->state())));
    writer_->save(write_memory(keeper_->memory()),
                  [self = shared_from_this(), client](const std::string& error) {
                    asio::post(self->io_, [self, client, error] {
                      if (self->stopped_) return;
                      ControlMessage ok("ok");
                      ok.with("state", std::string(self->keeper_->state()));
                      if (!error.empty()) ok.with("warning", "will not survive a restart: " + error);
                      client->send(std::move(ok));
                    });
                  });
  }

  void tell_progress(Monotonic now) {
    std::erase_if(waiting_, [&](Waiting& waiting) {
      if (!waiting.client->is_open()) return true;
      const bool over = keeper_->drain().phase() != Drain::Phase::marked;
      if (!over && now < waiting.next) return false;
      waiting.next = now + progress_time;
      waiting.client->send(drain_reply(*keeper_, now));
      return over;
    });
  }

  void tell(const ControlMessage& request, const std::shared_ptr<ControlClient>& client) {
    const KeeperView view{config_, *keeper_, speakers_->reports()};
    if (request.verb() == "status") {
      client->send(status_reply(view, clock_.monotonic()));
    } else {
      client->send(why_reply(view, leases_->words()));
    }
  }

  asio::io_context& io_;
  KeeperConfig config_;
  RealClock clock_;
  std::unique_ptr<Keeper> keeper_;
  std::optional<HeldLeases> leases_;  ///< set by open()
  std::unique_ptr<Speakers> speakers_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<StateWriter> writer_;
  std::unique_ptr<LocalPoller> doord_;
  std::unique_ptr<LocalPoller> doorsync_;
  std::unique_ptr<Prober> prober_;
  asio::steady_timer tick_;
  std::vector<Waiting> waiting_;
  std::string logged_state_;
  std::size_t serial_turn_ = 0;  ///< questions to doorsync so far
  std::size_t asked_zone_ = 0;   ///< of the one that is under way
  bool serials_known_ = false;   ///< doorsync answered last
  bool stopped_ = false;
};

Result<std::unique_ptr<Doorkeeper>> Doorkeeper::start(asio::io_context& io, KeeperConfig config) {
  auto impl = std::make_shared<Impl>(io, std::move(config));
  if (auto opened = impl->open(); !opened) return Unexpected(opened.error());
  impl->begin();
  return std::unique_ptr<Doorkeeper>(new Doorkeeper(std::move(impl)));
}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
Doorkeeper::~Doorkeeper() { impl_->stop(); }

Result<void> Doorkeeper::reload(KeeperConfig config) { return impl_->reload(std::move(config)); }

}  // namespace doors
