#include "server/doord.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <sched.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/handover/control_server.h"
#include "server/handover/image_keeper.h"
#include "server/listeners.h"
#include "server/transfer/notify_box.h"
#include "server/transport/worker.h"
#include "server/xdp/service.h"
#include "zones/base/service_manager.h"
#include "zones/image/bus_error.h"

namespace doors {

namespace {

/// Descriptors kept back from TCP clients: sockets, control clients, images on their way.
constexpr rlim_t reserved_descriptors = 512;

std::size_t usable_cpus() noexcept {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&cpus), 1));
}

/// Raises the number of descriptors to what is allowed; gives it.
rlim_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

/// The idle timeout in units of 100 ms, as edns-tcp-keepalive tells it (RFC 7828 §3.1).
std::uint16_t keepalive_of(const TcpLimits& limits) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(limits.idle_timeout.count() / 100, 0, 65535));
}

/// One worker's share of what the whole process may.
TcpLimits share_of(TcpLimits limits, std::size_t workers, rlim_t descriptors) {
  const rlim_t room =
      descriptors > 2 * reserved_descriptors ? descriptors - reserved_descriptors : descriptors / 2;
  if (limits.clients > room) {
    log::warn("fewer tcp clients than configured, for want of descriptors",
              {{"clients", limits.clients}, {"possible", room}});
    limits.clients = static_cast<std::uint32_t>(std::max<rlim_t>(room, 1));
  }
  const auto share = [&](std::uint32_t all) {
    return static_cast<std::uint32_t>((all + workers - 1) / workers);
  };
  limits.clients = share(limits.clients);
  limits.clients_per_source = share(limits.clients_per_source);
  limits.transfers = share(limits.transfers);
  return limits;
}

}  // namespace

class Doord::Impl final : public ControlHost {
 public:
  Impl(std::filesystem::path path, DoordConfig loaded)
      : config_path(std::move(path)), config(std::move(loaded)), control(io, *this) {}

  ~Impl() override {
    control.close();
    xdp.reset();
    workers.clear();  // no thread answers from a snapshot any more
    background.join();
  }

  Result<void> start(std::optional<int> control_fd);
  void run();

  ZoneShelf& shelf() override { return zones; }
  void publish(std::function<void(std::uint64_t)> done) override;
  void in_background(std::function<void()> work, std::function<void()> after) override;
  std::shared_ptr<const ZoneSet> served() const override { return served_zones; }
  ServerStatus status() const override;
  ListeningAddresses listening() const override {
    return {listeners.addresses(Protocol::udp), listeners.addresses(Protocol::tcp)};
  }
  void set_draining(bool wanted) override;
  void await_notified(std::function<bool(const std::vector<Name>&)> ready) override {
    notify_box->wait(std::move(ready));
  }
  void reload(std::function<void(Result<void>)> done) override;

  std::shared_ptr<const Snapshot> snapshot_of(std::shared_ptr<const ZoneSet> set) const;
  void install(const std::shared_ptr<const ZoneSet>& set, const std::function<void(std::uint64_t)>& done);
  Result<void> take_config(DoordConfig next);
  void await_signal();
  /// Tells the service manager's watchdog that all is well, as long as every worker beats; `interval` is a
  /// third of its patience.
  void feed_watchdog(std::chrono::microseconds interval);
  std::uint64_t ms_since(Monotonic then) const;
  /// Lets go of what may be large where nobody waits for it.
  template <class T>
  void drop(std::shared_ptr<const T> old) {
    boost::asio::post(background, [old = std::move(old)]() mutable { old.reset(); });
  }

  const std::filesystem::path config_path;
  DoordConfig config;
  RealClock clock;
  const Monotonic started = clock.monotonic();
  rlim_t descriptors = 0;
  CookieSecret own_cookie_secret{};  // for where the config has none

  boost::asio::io_context io{1};  // the control thread's
  boost::asio::signal_set signals{io};
  boost::asio::steady_timer watchdog{io};
  boost::asio::thread_pool background{1};
  ControlServer control;
  ZoneShelf zones;
  const std::shared_ptr<NotifyBox> notify_box =
      std::make_shared<NotifyBox>([this] { boost::asio::post(io, [this] { notify_box->hand_over(); }); });
  std::shared_ptr<const ZoneSet> served_zones;  // what all workers run
  std::uint64_t next_generation = 1;
  std::uint64_t served_generation = 0;
  bool draining = false;
  Listeners listeners;
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<XdpService> xdp;  // null if built without it
  ImageKeeper images{io, *this};
};

Result<void> Doord::Impl::start(std::optional<int> control_fd) {
  if (::getrandom(own_cookie_secret.data(), own_cookie_secret.size(), 0) !=
      static_cast<ssize_t>(own_cookie_secret.size())) {
    return failure("no random octets for a cookie secret");
  }
  descriptors = raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  survive_bus_errors();
  signals.add(SIGTERM);
  signals.add(SIGINT);
  signals.add(SIGHUP);
  await_signal();

  if (control_fd) {
    if (auto adopted = control.adopt(UniqueFd(*control_fd),
                                     [this] {
                                       log::info("the parent is gone");
                                       io.stop();
                                     });
        !adopted) {
      return adopted;
    }
  } else if (config.control_socket.empty()) {
    return failure("control.socket is empty and there is no --control-fd");
  }
  if (!config.control_socket.empty()) {
    if (auto listening = control.listen(config.control_socket); !listening) {
      if (!control_fd) return listening;
      log::warn("no control socket but the parent's", {{"reason", listening.error().message}});
    }
  }

  images.set_directory(config.images);
  images.take_first_look();
  served_zones = std::make_shared<const ZoneSet>(zones.sources());
  served_generation = next_generation++;

  const std::size_t count = config.udp.workers != 0 ? config.udp.workers : usable_cpus();
  const TcpLimits limits = share_of(config.tcp.limits, count, descriptors);
  const Post to_control = [this](std::function<void()> work) { boost::asio::post(io, std::move(work)); };
  const Post to_background = [this](std::function<void()> work) {
    boost::asio::post(background, std::move(work));
  };
  for (unsigned i = 0; i < count; ++i) {
    workers.push_back(
        std::make_unique<Worker>(i, snapshot_of(served_zones), limits, to_control, to_background, clock));
  }
  if (auto opened = listeners.change(config.udp.listen, config.tcp.listen, config.tcp.listen_as_udp, workers);
      !opened) {
    return opened;
  }
  for (const auto& worker : workers) worker->start();
  xdp = make_xdp_service(io, clock, [this](std::shared_ptr<const Snapshot> old) { drop(std::move(old)); });
  if (xdp) xdp->configure(config.xdp, listeners.endpoints(Protocol::udp));
  return {};
}

void Doord::Impl::run() {
  // Ready is who answers: once every worker has taken its sockets and its turn.
  install(served_zones, [this](std::uint64_t) {
    log::info("ready",
              {{"version", DOORS_VERSION},
               {"zones", served_zones->size()},
               {"workers", workers.size()},
               {"after_ms",
                std::chrono::duration_cast<std::chrono::milliseconds>(clock.monotonic() - started).count()}});
    tell_service_manager("READY=1");
    images.start_checks();
  });
  if (const auto patience = watchdog_patience()) feed_watchdog(*patience / 3);
  io.run();
  tell_service_manager("STOPPING=1");
  log::info("stopping");
}

void Doord::Impl::await_signal() {
  signals.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    if (number != SIGHUP) return io.stop();
    reload([](const Result<void>&) {});
    await_signal();
  });
}

std::uint64_t Doord::Impl::ms_since(Monotonic then) const {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(clock.monotonic() - then);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, age.count()));
}

void Doord::Impl::feed_watchdog(std::chrono::microseconds interval) {
  const bool all_beat = std::all_of(workers.begin(), workers.end(), [&](const auto& worker) {
    return clock.monotonic() - worker->last_beat() < 2 * interval;
  });
  if (all_beat) tell_service_manager("WATCHDOG=1");
  watchdog.expires_after(interval);
  watchdog.async_wait([this, interval](const boost::system::error_code& error) {
    if (!error) feed_watchdog(interval);
  });
}

void Doord::Impl::in_background(std::function<void()> work, std::function<void()> after) {
  boost::asio::post(background, [this, work = std::move(work), after = std::move(after)]() mutable {
    work();
    work = nullptr;
    boost::asio::post(io, std::move(after));
  });
}

void Doord::Impl::publish(std::function<void(std::uint64_t)> done) {
  struct Making {
    ZoneSources sources;
    std::shared_ptr<const ZoneSet> set;
  };
  auto making = std::make_shared<Making>(Making{zones.sources(), nullptr});
  in_background([making] { making->set = std::make_shared<const ZoneSet>(std::move(making->sources)); },
                [this, making, done = std::move(done)] { install(making->set, done); });
}

std::shared_ptr<const Snapshot> Doord::Impl::snapshot_of(std::shared_ptr<const ZoneSet> set) const {
  Snapshot snapshot;
  snapshot.zones = std::move(set);
  snapshot.identity = config.identity;
  snapshot.limits.max_udp = config.udp.max_payload;
  snapshot.limits.tcp_keepalive = draining ? std::uint16_t{0} : keepalive_of(config.tcp.limits);
  if (config.cookies.enabled) snapshot.cookies = config.cookies.cookies;
  if (config.cookies.enabled && snapshot.cookies.count == 0)
    snapshot.cookies.secrets[snapshot.cookies.count++] = own_cookie_secret;
  snapshot.report_agent = config.report_agent;
  snapshot.access = config.access;
  snapshot.notify_box = notify_box;
  return std::make_shared<const Snapshot>(std::move(snapshot));
}

void Doord::Impl::install(const std::shared_ptr<const ZoneSet>& set,
                          const std::function<void(std::uint64_t)>& done) {
  const auto snapshot = snapshot_of(set);
  const std::uint64_t generation = next_generation++;
  const auto taken = [this, set, generation, done,
                      missing = std::make_shared<std::size_t>(workers.size() + (xdp ? 1 : 0))] {
    if (--*missing != 0) return;
    served_generation = generation;
    drop(std::exchange(served_zones, set));
    done(generation);
    images.review_new_packs();
  };
  for (const auto& worker : workers) {
    worker->publish(snapshot, [this, taken](std::shared_ptr<const Snapshot> old) {
      drop(std::move(old));
      taken();
    });
  }
  if (xdp) xdp->publish(snapshot, taken);
}

ServerStatus Doord::Impl::status() const {
  ServerStatus status{.version = DOORS_VERSION,
                      .pid = ::getpid(),
                      .uptime_ms = ms_since(started),
                      .generation = served_generation,
                      .zones = served_zones->size(),
                      .unchecked = images.unchecked(),
                      .draining = draining,
                      .workers = {},
                      .beside_workers = xdp ? xdp->counters() : CounterValues{},
                      .fields = xdp ? xdp->describe() : decltype(ServerStatus::fields){}};
  for (const auto& worker : workers)
    status.workers.push_back({worker->counters(), ms_since(worker->last_beat())});
  return status;
}

Result<void> Doord::Impl::take_config(DoordConfig next) {
  if (auto changed = listeners.change(next.udp.listen, next.tcp.listen, next.tcp.listen_as_udp, workers);
      !changed) {
    return changed;
  }
  if (next.udp.workers != config.udp.workers || next.control_socket != config.control_socket) {
    log::warn("udp.workers and control.socket change at a restart only");
    next.udp.workers = config.udp.workers;
    next.control_socket = config.control_socket;
  }
  config = std::move(next);
  if (xdp) xdp->configure(config.xdp, listeners.endpoints(Protocol::udp));
  log::init(config.log, "doord", config.pop, config.node);
  const TcpLimits limits = share_of(config.tcp.limits, workers.size(), descriptors);
  for (const auto& worker : workers) worker->set_limits(limits);
  return {};
}

void Doord::Impl::set_draining(bool wanted) {
  if (draining == wanted) return;
  draining = wanted;
  log::info(draining ? "draining" : "not draining any more");
  publish([](std::uint64_t) {});
}

void Doord::Impl::reload(std::function<void(Result<void>)> done) {
  tell_service_manager_reloading();
  Result<void> taken;
  auto read = read_doord_config(config_path);
  if (read)
    taken = take_config(*std::move(read));
  else
    taken = failure(read.error().to_string());
  if (taken)
    log::info("config reloaded", {{"config", config_path.string()}});
  else
    log::error("config refused, the old one stays", {{"reason", taken.error().message}});
  images.set_directory(config.images);
  images.look_again([this, taken = std::move(taken), done = std::move(done)] {
    publish([taken, done](std::uint64_t) {
      tell_service_manager("READY=1");
      done(taken);
    });
  });
}

Doord::Doord(std::filesystem::path config_path, DoordConfig config)
    : impl_(std::make_unique<Impl>(std::move(config_path), std::move(config))) {}

Doord::~Doord() = default;

Result<void> Doord::start(std::optional<int> control_fd) { return impl_->start(control_fd); }

void Doord::run() { impl_->run(); }

}  // namespace doors
