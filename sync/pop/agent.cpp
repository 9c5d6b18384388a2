#include "sync/pop/agent.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sync/pop/archive.h"
#include "sync/pop/auditor.h"
#include "sync/pop/background.h"
#include "sync/pop/builder.h"
#include "sync/pop/control.h"
#include "sync/pop/delivery.h"
#include "sync/pop/disks.h"
#include "sync/pop/engine.h"
#include "sync/pop/fleet.h"
#include "sync/pop/following.h"
#include "sync/pop/fresh_content.h"
#include "sync/pop/holdback.h"
#include "sync/pop/incoming_blobs.h"
#include "sync/pop/notify_in.h"
#include "sync/pop/reporter.h"
#include "sync/pop/requests.h"
#include "sync/pop/responder_guard.h"
#include "sync/pop/rollout_keeper.h"
#include "sync/pop/watcher.h"
#include "sync/store/backoff.h"
#include "sync/xfr/notifier.h"
#include "zones/base/log.h"

namespace doors {
namespace {

constexpr std::chrono::milliseconds prove_again{5000};
constexpr std::chrono::milliseconds disk_retry{5000};
/// What is held back is looked at again by the calendar, which may jump.
constexpr std::chrono::milliseconds delay_tick_least{100};
constexpr std::chrono::milliseconds delay_tick_most{60'000};
/// An audit that found something is made again after this; what is still found then is an alarm.
constexpr std::chrono::seconds audit_again{5};
constexpr std::chrono::seconds audit_after_alarm{30};
constexpr std::chrono::milliseconds least_wait{10};

/// A large push leaves free memory behind that malloc keeps for the next one, which may never come.
void give_memory_back() {
  constexpr std::size_t worth_it = std::size_t{32} << 20;
  if (::mallinfo2().fordblks > worth_it) ::malloc_trim(0);
}

/// Who may sign what: those that the config names, and this node what it takes by transfer.
std::shared_ptr<const Policy> policy_of(const DoorsyncSettings& settings,
                                        const std::optional<PublicKey>& node) {
  std::vector<Publisher> publishers = settings.publishers;
  if (node) publishers.push_back(node_publisher(*node, settings.transfers));
  return std::make_shared<const Policy>(std::move(publishers));
}

/// Lets this thread run where nobody else wants to; others of the process are not concerned.
void yield_to_others() noexcept {
  constexpr int least = 19;
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), least);
}

}  // namespace

class Agent::Impl {
 public:
  Impl(boost::asio::io_context& context, const Clock& clock, const DoorsyncSettings& given, Disks opened)
      : io_(context),
        settings_(given),
        disks_(std::move(opened)),
        archive_(*disks_.store, *disks_.blobs, given.store.history),
        wide_archive_(*disks_.store, disks_.all_blobs(), given.store.history),
        policy_(policy_of(given, std::nullopt)),
        incoming_(disks_, [this] { pull_soon(); }),
        builder_(archive_, *disks_.journal, *disks_.images, stopping_, &fresh_, {}, incoming_.arrivals()),
        watcher_(*disks_.store, [this] { pull_soon(); }),
        holdback_(archive_, node_of(given), given.node.delay),
        auditor_(archive_, *disks_.journal, [this] { pull_soon(); }),
        notifier_(context, clock),
        notify_in_(context, given.doord_socket,
                   [this](const Name& zone) {
                     if (xfr::Secondaries* all = following_.secondaries()) (void)all->refresh(zone);
                   }),
        delivery_(context, clock, given.doord_socket, given.service_addresses,
                  {[this](const Name& zone) { rebuild(zone); },
                   [this](const std::vector<Name>& zones) { tidy(zones); },
                   [this](const std::vector<Name>& zones) { notifier_.changed(zones); }}),
        requests_({context, clock, wide_archive_, *disks_.journal, delivery_, publishing_, reading_, fresh_,
                   [this] { return policy_; }, [this] { end_waits(); },
                   [this] { return following_.secondaries(); }, given.images, given.node.pop, given.node.name,
                   [this] { return fleet_.get(); }, [this] { return notifier_.rows(); },
                   [this] { keeper_->look_soon(); }}),
        clock_(clock),
        following_(
            {{context, clock, wide_archive_, publishing_, reading_, fresh_, [this] { return policy_; },
              [this](const ZoneVerdict& made, Monotonic since) {
                delivery_.announce(made.zone, made.number, made.serial, made.kind, since);
              }},
             *disks_.journal,
             given.store.path,
             {[this](const std::map<Name, std::string>& zones) { delivery_.withhold(zones); },
              [this](const std::vector<std::string>& alarms) { requests_.set_transfer_alarms(alarms); }}}),
        prove_timer_(context),
        wait_timer_(context) {}

  ~Impl() {
    stopping_ = true;
    if (disks_.remote) disks_.remote->stop();
    control_.reset();
    keeper_.reset();
    fleet_.reset();
    guard_.reset();
    reporter_.reset();
    following_.stop();
    publishing_.stop();
    merging_.stop();
    making_.stop();
    reading_.stop();
    building_.stop();
  }

  Result<void> start() {
    if (is_embedded(settings_)) {
      if (auto mended = mend_store(archive_, *disks_.journal); !mended) return mended;
      publishing_.post([this] { sweep(); });
    }
    auto listening = Control::listen(io_, settings_.control_socket,
                                     [this](const std::shared_ptr<ControlSession>& session, Packet packet) {
                                       requests_.handle(session, std::move(packet));
                                     });
    if (!listening) return Unexpected(std::move(listening).error());
    control_ = std::move(*listening);
    following_.start();
    notifier_.set_rules(settings_.transfers.notifies);
    follow_primaries();
    if (settings_.node.hub) {
      fleet_ = std::make_unique<Fleet>(io_, clock_, *disks_.store);
      keeper_ = std::make_unique<RolloutKeeper>(io_, clock_, archive_, *fleet_);
    } else {
      if (!is_embedded(settings_)) {
        reporter_ = std::make_unique<Reporter>(io_, clock_, *disks_.store, delivery_, node_of(settings_),
                                               settings_.node.delay, settings_.store.lease);
        guard_ = std::make_unique<ResponderGuard>(io_, settings_.doord_socket, node_of(settings_),
                                                  [this](std::uint32_t rollout, const std::string& reason) {
                                                    reporter_->speak_against(rollout, reason);
                                                  });
      }
      building_.post([this] { load(); });
      pull_soon();
    }
    tick_proofs();
    return {};
  }

  void reload(const DoorsyncSettings& fresh) {
    const bool other_addresses = fresh.service_addresses != settings_.service_addresses;
    if (needs_restart(settings_, fresh)) log::warn("a restart is needed for a part of the config", {});
    if (!is_embedded(settings_) && !is_embedded(fresh)) {
      // Also when nothing changed: the files may have, as certificates do.
      if (const auto done = reconfigure_engine(*disks_.store, fresh.store.etcd); !done)
        log::error("store not reconfigured", {{"reason", done.error().message}});
    }
    settings_.publishers = fresh.publishers;
    settings_.service_addresses = fresh.service_addresses;
    settings_.transfers = fresh.transfers;
    notifier_.set_rules(settings_.transfers.notifies);
    follow_primaries();
    if (other_addresses) delivery_.set_addresses(fresh.service_addresses);
    // What the old policy refused may be welcome now.
    building_.post([this] {
      watcher_.restart();
      auditor_.again();
    });
    pull_soon();
  }

 private:
  /// Any thread: lets the building thread look for news, unless it is about to anyway.
  void pull_soon() {
    if (settings_.node.hub) return;
    if (!pull_queued_.exchange(true)) {
      boost::asio::post(io_, [this] { building_.post([this, now = policy_] { pull(*now); }); });
    }
  }

  void follow_primaries() {
    policy_ = policy_of(settings_, following_.signer(settings_.transfers));
    following_.follow(settings_.transfers);
  }

  // On the building thread.

  void load() {
    std::vector<BuildOutcome> outcomes;
    const auto damaged = builder_.load([&](BuildOutcome outcome) { outcomes.push_back(std::move(outcome)); });
    if (!damaged)
      log::error("journal cannot be read", {{"reason", damaged.error().message}});
    else if (*damaged > 0)
      log::error("journal entries damaged", {{"count", *damaged}});
    give(std::move(outcomes));
  }

  void pull(const Policy& by) {
    pull_queued_ = false;
    auto news = watcher_.take();
    if (!news) {
      // That the store is lost it says itself, once.
      if (disks_.store->state().reachable)
        log::error("store cannot be read", {{"reason", news.error().message}});
      boost::asio::post(io_, [this, pause = pull_backoff_.next()] { pull_after(retry_timer_, pause); });
      return;
    }
    pull_backoff_.reset();
    const WallTime now = clock_.wall();
    if (auto plan = watcher_.take_plan()) {
      boost::asio::post(io_, [this, rollout = plan->rollout] {
        if (guard_) guard_->follow(rollout);
      });
      holdback_.set_plan(*std::move(plan));
    }
    auto due =
        holdback_.release(*std::move(news), now, [this](NameView zone) { return builder_.known(zone); });
    if (const auto next = holdback_.next()) {
      const auto pause = std::chrono::ceil<std::chrono::milliseconds>(*next - now);
      boost::asio::post(io_, [this, pause] {
        pull_after(delay_timer_, std::clamp(pause, delay_tick_least, delay_tick_most));
      });
    }
    std::vector<StoredVersion> arrived;
    if (auto told = incoming_.join(arrived); !told.empty()) give(std::move(told));
    for (StoredVersion& stored : holdback_.still_due(std::move(arrived), now))
      due.push_back(std::move(stored));
    boost::asio::post(io_, [this, held = holdback_.held()] { set_held(held); });
    if (!due.empty() || watcher_.seen() != told_seen_) {
      told_seen_ = watcher_.seen();  // what is held back on purpose is settled: its wave is asked for apart
      const Checkpoints checkpoints(*disks_.store);
      Vouchers vouchers(checkpoints, by);
      give(builder_.take(std::move(due), by, [&](const Version& version, const VersionHash& hash) {
        return vouchers.vouch_for(version, hash);
      }));
    }
    if (watcher_.has_more())
      pull_soon();
    else
      audit(by);
    make_beside();
    try_again_if_disk_failed();
  }

  /// Whether the store has what the publishers say there is; only if there is reason to look.
  void audit(const Policy& by) {
    auto found = auditor_.take(by, [this](NameView zone) { return builder_.known(zone); });
    if (!found) return;
    boost::asio::post(io_, [this, found = *std::move(found)] { audited(found); });
  }

  /// Lets whole images be made while changes go on: at leisure where an overlay shows the version meanwhile.
  void make_beside() {
    for (WholeImageJob& each : builder_.take_jobs()) {
      auto job = std::make_shared<const WholeImageJob>(std::move(each));
      (job->taken ? merging_ : making_).post([this, job] {
        if (job->taken) yield_to_others();
        auto image = std::make_shared<const Result<std::vector<std::byte>>>(job->make(archive_));
        building_.post([this, job, image] { adopt(*job, *image); });
      });
    }
  }

  void adopt(const WholeImageJob& job, const Result<std::vector<std::byte>>& image) {
    const std::string zone = job.stored.version.zone.to_string();
    auto outcomes = builder_.adopt(job, image);
    if (job.taken && !image)
      log::warn("changes not merged", {{"zone", zone}, {"reason", image.error().message}});
    else if (job.taken && !outcomes.empty())
      log::info("changes merged", {{"zone", zone}, {"version", job.stored.version.number.to_string()}});
    give(std::move(outcomes));
    make_beside();
    try_again_if_disk_failed();
  }

  void try_again_if_disk_failed() {
    if (!builder_.take_again()) return;
    watcher_.restart();
    boost::asio::post(io_, [this] { pull_after(retry_timer_, disk_retry); });
  }

  void give(std::vector<BuildOutcome> outcomes) {
    auto shared = std::make_shared<const std::vector<BuildOutcome>>(std::move(outcomes));
    boost::asio::post(io_, [this, shared, seen = told_seen_] {
      delivery_.deliver(*shared);
      if (reporter_) reporter_->given(seen, *shared);
    });
    if (const auto synced = builder_.sync(); !synced)
      log::warn("images not synced", {{"reason", synced.error().message}});
  }

  // On the publishing thread.

  void sweep() {
    const auto removed = archive_.sweep(*disks_.blobs);
    if (!removed)
      log::warn("blobs not swept", {{"reason", removed.error().message}});
    else if (*removed > 0)
      log::info("blobs swept", {{"count", *removed}});
  }

  // On the loop.

  void set_held(std::size_t zones) {
    requests_.set_held(zones);
    if (reporter_) reporter_->set_held(zones);
  }

  void rebuild(const Name& zone) {
    building_.post([this, zone] {
      give({builder_.rebuild(zone)});
      try_again_if_disk_failed();
    });
  }

  void tidy(const std::vector<Name>& zones) {
    building_.post([this, zones] {
      for (const Name& zone : zones) builder_.tidy(zone);
      give_memory_back();
    });
  }

  void audited(const Audit& audit) {
    std::vector<std::string> alarms = audit.alarms();
    const Monotonic now = clock_.monotonic();
    if (alarms.empty()) {
      doubt_since_.reset();
    } else {
      audit_timer_.expires_after(checkpoint_alarms_.empty() ? audit_again : audit_after_alarm);
      audit_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        building_.post([this] { auditor_.again(); });
        pull_soon();
      });
      // While a checkpoint is being replaced its lists do not fit; what it names may be on its way.
      if (!doubt_since_) doubt_since_ = now;
      if (now - *doubt_since_ < audit_again) return;
    }
    if (checkpoint_alarms_ != alarms) {
      for (const std::string& alarm : alarms) log::error("checkpoint alarm", {{"reason", alarm}});
      if (alarms.empty()) log::info("checkpoint alarm is over", {});
      checkpoint_alarms_ = alarms;
    }
    requests_.set_checkpoint({std::move(alarms), audit.withheld, audit.newest});
  }

  void pull_after(boost::asio::steady_timer& timer, std::chrono::milliseconds pause) {
    timer.expires_after(pause);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) pull_soon();
    });
  }

  void tick_proofs() {
    prove_timer_.expires_after(prove_again);
    prove_timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      delivery_.prove_failed();
      tick_proofs();
    });
  }

  /// Ends waits whose time is over; sleeps until the next one's is, if there is one.
  void end_waits() {
    const Monotonic now = clock_.monotonic();
    StatusBoard& board = delivery_.board();
    if (board.next_deadline() <= now) board.expire(now, delivery_.lost_reason());
    Monotonic next = board.next_deadline();
    if (fleet_) {
      if (fleet_->board().next_deadline() <= now) fleet_->board().expire(now);
      next = std::min(next, fleet_->board().next_deadline());
    }
    if (next == Monotonic::max()) return;
    wait_timer_.expires_after(std::max<Monotonic::duration>(next - now, least_wait));
    wait_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) end_waits();
    });
  }

  boost::asio::io_context& io_;
  DoorsyncSettings settings_;
  Disks disks_;
  Archive archive_;                       // with the blobs that are here
  Archive wide_archive_;                  // with all there are: may wait for servers
  std::shared_ptr<const Policy> policy_;  // the loop's thread; tasks take it with them
  std::atomic<bool> stopping_{false};
  std::atomic<bool> pull_queued_{false};
  FreshContent fresh_;
  IncomingBlobs incoming_;
  Builder builder_;  // the building thread's, as is the watcher
  Watcher watcher_;
  Holdback holdback_;
  Auditor auditor_;
  Backoff pull_backoff_;         // the building thread's, too
  std::uint64_t told_seen_ = 0;  // likewise
  xfr::Notifier notifier_;
  NotifyIn notify_in_;
  Delivery delivery_;
  Background publishing_;
  Background building_;
  Background reading_;
  Background merging_;
  Background making_;
  Requests requests_;
  const Clock& clock_;
  Following following_;
  boost::asio::steady_timer prove_timer_;
  boost::asio::steady_timer wait_timer_;
  boost::asio::steady_timer retry_timer_{io_};
  boost::asio::steady_timer delay_timer_{io_};
  boost::asio::steady_timer audit_timer_{io_};
  std::optional<Monotonic> doubt_since_;  // since then every audit found something
  std::vector<std::string> checkpoint_alarms_;
  std::unique_ptr<Control> control_;
  std::unique_ptr<Fleet> fleet_;  // a hub's, as is the keeper
  std::unique_ptr<RolloutKeeper> keeper_;
  std::unique_ptr<Reporter> reporter_;  // of a node that etcd feeds, as is the guard
  std::unique_ptr<ResponderGuard> guard_;
};

Agent::Agent(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(boost::asio::io_context& io, const Clock& clock,
                                            const DoorsyncSettings& settings) {
  auto disks = open_disks(settings, clock);
  if (!disks) return Unexpected(std::move(disks).error());
  auto impl = std::make_unique<Impl>(io, clock, settings, std::move(*disks));
  if (auto started = impl->start(); !started) return Unexpected(std::move(started).error());
  return std::unique_ptr<Agent>(new Agent(std::move(impl)));
}

void Agent::reload(const DoorsyncSettings& settings) { impl_->reload(settings); }

}  // namespace doors
