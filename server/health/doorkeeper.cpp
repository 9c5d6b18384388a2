#include "server/health/doorkeeper.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unistd.h>

#include "server/health/control_server.h"
#include "server/health/held_leases.h"
#include "server/health/keeper.h"
#include "server/health/local_poller.h"
#include "server/health/probe.h"
#include "server/health/state_file.h"
#include "server/routes/bird.h"
#include "zones/base/clock.h"
#include "zones/base/log.h"

namespace doors {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds tick_time{100};
constexpr milliseconds progress_time{1000};
constexpr milliseconds serial_time{1000};

milliseconds since_epoch(WallTime at) {
  return std::chrono::duration_cast<milliseconds>(at.time_since_epoch());
}

std::uint64_t count_of(milliseconds time) {
  return static_cast<std::uint64_t>(std::max<milliseconds::rep>(time.count(), 0));
}

std::string one_decimal(double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

/// The first of the counters that is there, or the sum of both parts where only they are.
std::uint64_t counter(const ControlMessage& status, const std::string& whole, const std::string& one,
                      const std::string& other) {
  if (const auto value = status.number(whole)) return *value;
  return status.number(one).value_or(0) + status.number(other).value_or(0);
}

}  // namespace

class Doorkeeper::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, KeeperConfig config)
      : io_(io),
        config_(std::move(config)),
        prefixes_(config_.keeper().prefixes),
        tick_(io),
        services_(config_.services.size()) {}

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
    if (!config_.bird.socket.empty()) {
      announcer_ = std::make_unique<Bird>(io_, Bird::Settings{config_.bird.socket, config_.bird.protocols},
                                          [this] { announcer_changed(); });
      announcer_->want(keeper_->announcements());
    }
    watch_doord();
    watch_doorsync();
    const auto now = clock_.monotonic();
    for (std::size_t i = 0; i < services_.size(); ++i) {
      // Spread over the interval, so that many addresses are not asked in one burst.
      const auto offset = config_.probe.interval * static_cast<int>(i) / static_cast<int>(services_.size());
      services_[i].udp_next = now + offset;
      services_[i].tcp_next = now + offset;
      services_[i].must_fail_next = now + offset;
      for (auto* timer : {&services_[i].udp_timer, &services_[i].tcp_timer, &services_[i].must_fail_timer}) {
        timer->emplace(io_);
      }
      schedule(i, CheckKind::udp);
      schedule(i, CheckKind::tcp);
      schedule(i, CheckKind::must_fail);
    }
    tick();
  }

  void stop() {
    stopped_ = true;
    tick_.cancel();
    for (ServiceWatch& service : services_) {
      for (auto* timer : {&service.udp_timer, &service.tcp_timer, &service.must_fail_timer}) timer->reset();
    }
    doord_.reset();
    doorsync_.reset();
    announcer_.reset();
    control_.reset();
    writer_.reset();  // writes what waits
  }

  Result<void> reload(KeeperConfig config) {
    const bool same =
        config.services == config_.services && config.lease.up == config_.lease.up &&
        config.lease.drain == config_.lease.drain && config.bird.socket == config_.bird.socket &&
        config.bird.protocols == config_.bird.protocols && config.doord.socket == config_.doord.socket &&
        config.doord.interval == config_.doord.interval &&
        config.doorsync.socket == config_.doorsync.socket && config.probe.zone == config_.probe.zone &&
        config.control.socket == config_.control.socket && config.control.state == config_.control.state;
    if (!same) {
      return failure(
          "services, leases, the probed zone, sockets and the state directory change only with a restart "
          "of doorkeeper, which within a lease's time is no flap");
    }
    config_ = std::move(config);
    keeper_->configure(config_.keeper());
    return {};
  }

 private:
  struct ServiceWatch {
    std::optional<asio::steady_timer> udp_timer, tcp_timer, must_fail_timer;
    Monotonic udp_next{}, tcp_next{}, must_fail_next{};
    bool tcp_out = false;  ///< a TCP probe is under way
  };
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
    for (const std::size_t service : actions.ask_tcp) {
      if (!services_[service].tcp_out) probe(service, CheckKind::tcp);
    }
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
    if (announcer_) announcer_->want(keeper_->announcements());
  }

  void announcer_changed() {
    const AnnouncerReport report = announcer_->report();
    KeeperActions actions;
    if (report.words != announcer_words_) {
      announcer_words_ = report.words;
      keeper_->note(actions, report.connected ? "bgp speaker answers" : "bgp speaker lost", "bird",
                    report.words);
    }
    finish(actions);
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

  std::optional<asio::steady_timer>& timer_of(ServiceWatch& service, CheckKind kind) {
    return kind == CheckKind::udp   ? service.udp_timer
           : kind == CheckKind::tcp ? service.tcp_timer
                                    : service.must_fail_timer;
  }
  static Monotonic& next_of(ServiceWatch& service, CheckKind kind) {
    return kind == CheckKind::udp   ? service.udp_next
           : kind == CheckKind::tcp ? service.tcp_next
                                    : service.must_fail_next;
  }
  milliseconds interval_of(CheckKind kind) const {
    return kind == CheckKind::udp   ? config_.probe.interval
           : kind == CheckKind::tcp ? config_.probe.tcp_interval
                                    : config_.probe.must_fail_interval;
  }

  void schedule(std::size_t index, CheckKind kind) {
    auto& timer = timer_of(services_[index], kind);
    timer->expires_at(next_of(services_[index], kind));
    timer->async_wait([self = shared_from_this(), index, kind](boost::system::error_code error) {
      if (error || self->stopped_) return;
      ServiceWatch& service = self->services_[index];
      // From the plan, not from now, so that the rate holds; but no burst to make up for a time asleep.
      Monotonic& next = next_of(service, kind);
      next += self->interval_of(kind);
      if (const auto now = self->clock_.monotonic(); next <= now) next = now + self->interval_of(kind);
      if (kind != CheckKind::tcp || !service.tcp_out) self->probe(index, kind);
      self->schedule(index, kind);
    });
  }

  void probe(std::size_t index, CheckKind kind) {
    Probe probe;
    probe.address = config_.services[index].address;
    probe.tcp = kind == CheckKind::tcp;
    probe.identity = config_.probe.identity;
    probe.timeout = probe.tcp ? config_.probe.tcp_timeout : config_.probe.timeout;
    probe.question.name = kind == CheckKind::must_fail ? config_.probe.must_fail : config_.probe.zone;
    probe.question.type = config_.probe.type;
    probe.question.ask_nsid = probe.identity.how == Identify::nsid;
    if (probe.identity.how == Identify::id_server) {
      if (kind == CheckKind::udp) {
        static const Name id_server = *Name::parse("id.server.");
        probe.question.name = id_server;
        probe.question.type = RRType::txt;
        probe.question.rr_class = RRClass::ch;
      } else {
        probe.identity.how = Identify::none;  // the zone's own answer does not say from whom it is
      }
    }
    services_[index].tcp_out = services_[index].tcp_out || probe.tcp;
    ask(io_, probe, [self = shared_from_this(), index, kind](ProbeReport report) {
      if (self->stopped_) return;
      if (kind == CheckKind::tcp) self->services_[index].tcp_out = false;
      self->feed(Probed{index, kind, std::move(report)});
    });
  }

  void watch_doord() {
    if (config_.doord.socket.empty()) return;
    doord_ = std::make_unique<LocalPoller>(
        io_,
        LocalPoller::Settings{
            config_.doord.socket, config_.doord.interval, ControlMessage("status"), {"status"}},
        [this](const std::vector<ControlMessage>& answer) {
          const ControlMessage& status = answer.back();
          if (status.verb() != "status")
            return feed(DoordSilent{"it refuses `status`: " + std::string(status.text("reason"))});
          DoordSaid said;
          if (const auto age = status.number("beat_age_ms")) said.beat_age = milliseconds(*age);
          said.queries = counter(status, "udp_queries", "udp4_queries", "udp6_queries") +
                         counter(status, "tcp_queries", "tcp4_queries", "tcp6_queries");
          said.udp_responses = status.number("udp_responses").value_or(0);
          feed(said);
        },
        [this](const std::string& words) { feed(DoordSilent{words}); });
  }

  void watch_doorsync() {
    if (config_.doorsync.socket.empty()) return;
    ControlMessage heads("heads");
    heads.with("zone", config_.probe.zone.to_string());
    doorsync_ = std::make_unique<LocalPoller>(
        io_, LocalPoller::Settings{config_.doorsync.socket, serial_time, std::move(heads), {"end"}},
        [this](const std::vector<ControlMessage>& answer) {
          SerialExpected expected;
          for (const ControlMessage& head : answer) {
            const auto serial = head.number("serial");
            if (head.verb() == "head" && serial && *serial <= 0xffff'ffffu) {
              expected.serial = static_cast<std::uint32_t>(*serial);
            }
          }
          feed(expected);
        },
        [this](const std::string&) { feed(SerialExpected{}); });
  }

  // ---- the control socket ----

  void handle(const ControlMessage& request, const std::shared_ptr<ControlClient>& client) {
    if (request.verb() == "status") return client->send(status());
    if (request.verb() == "why") return client->send(why());
    if (request.verb() == "history") return tell_history(*client);
    if (request.verb() == "drain") return drain(request, client);
    if (request.verb() == "undrain") {
      feed(UndrainAsked{asker(request, *client)});
      return reply_when_saved(client);
    }
    client->send(
        ControlMessage("error").with("reason", "doorkeeper knows status, why, history, drain, undrain"));
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
      const Drain& drain = keeper_->drain();
      if (drain.phase() != Drain::Phase::marked) {
        waiting.client->send(
            ControlMessage("end")
                .with("state", std::string(keeper_->state()))
                .with("reason", drain.phase() == Drain::Phase::done ? drain.ended_by() : "undrained"));
        return true;
      }
      if (now < waiting.next) return false;
      waiting.next = now + progress_time;
      waiting.client->send(ControlMessage("progress")
                               .with("state", std::string(keeper_->state()))
                               .with("queries_per_second", one_decimal(drain.last_rate().value_or(0)))
                               .with("goal_queries_per_second", one_decimal(drain.goal()))
                               .with("left_ms", count_of(drain.left(now))));
      return false;
    });
  }

  ControlMessage status() const {
    const Monotonic now = clock_.monotonic();
    ControlMessage status("status");
    status.with("version", DOORS_VERSION)
        .with("pid", static_cast<std::uint64_t>(::getpid()))
        .with("pop", config_.node.pop)
        .with("node", config_.node.name)
        .with("state", std::string(keeper_->state()))
        .with("since_ms", count_of(keeper_->state_age()));
    for (std::size_t i = 0; i < prefixes_.size(); ++i) {
      if (!prefixes_[i].announced) continue;
      const Lane lane = keeper_->door(i).held_on(now);
      const char* is = lane == Lane::up ? " announced" : lane == Lane::drain ? " draining" : " withdrawn";
      status.with("prefix", prefixes_[i].prefix + is);
      status.with("lease_left_ms", count_of(keeper_->door(i).lease_left(now)));
    }
    status.with("bird", announcer_ ? (announcer_->report().connected ? "connected" : "lost") : "off");
    if (const auto rate = keeper_->query_rate()) status.with("queries_per_second", one_decimal(*rate));
    if (const auto& order = keeper_->drain().standing()) {
      status.with("drain_reason", order->reason)
          .with("drain_by", order->by)
          .with("drain_since_ms", count_of(since_epoch(order->since)));
    }
    return status;
  }

  ControlMessage why() {
    ControlMessage why("why");
    why.with("pop", config_.node.pop)
        .with("node", config_.node.name)
        .with("state", std::string(keeper_->state()));
    for (std::string& line : keeper_->why()) why.with("reason", std::move(line));
    for (std::string& line : leases_->words()) why.with("reason", std::move(line));
    if (!announcer_) {
      why.with("reason", "bird: not configured, the lease alone");
      return why;
    }
    const AnnouncerReport report = announcer_->report();
    why.with("reason", "bird: " + report.words);
    for (const auto& route : report.routes) {
      why.with("reason", "bird: " + std::string(route.present ? "has " : "has not ") + route.prefix);
    }
    return why;
  }

  void tell_history(ControlClient& client) const {
    for (const Change& change : keeper_->memory().changes) {
      client.send(ControlMessage("change")
                      .with("at_ms", count_of(since_epoch(change.at)))
                      .with("event", change.event)
                      .with("subject", change.subject)
                      .with("reason", change.reason));
    }
    client.send(ControlMessage("end"));
  }

  asio::io_context& io_;
  KeeperConfig config_;
  const std::vector<Keeper::Prefix> prefixes_;
  RealClock clock_;
  std::unique_ptr<Keeper> keeper_;
  std::optional<HeldLeases> leases_;  ///< set by open()
  std::unique_ptr<Announcer> announcer_;
  std::string announcer_words_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<StateWriter> writer_;
  std::unique_ptr<LocalPoller> doord_;
  std::unique_ptr<LocalPoller> doorsync_;
  asio::steady_timer tick_;
  std::vector<ServiceWatch> services_;
  std::vector<Waiting> waiting_;
  std::string logged_state_;
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
