#include "sync/xfr/secondaries.h"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sync/xfr/refresh_timer.h"
#include "sync/xfr/serial_asker.h"
#include "sync/xfr/worker_process.h"
#include "zones/base/log.h"

namespace doors::xfr {

namespace {

/// A question over UDP costs a socket for as long as the primary takes to answer, 3 s at most.
constexpr std::size_t most_questions = 256;
constexpr std::size_t most_questions_per_primary = 64;
/// So often a primary that answered over TCP alone is asked over UDP again: a datagram may have been lost.
constexpr double udp_again = 0.1;

}  // namespace

/// One zone on its way round. Whoever calls back later holds it weakly: it may be gone by then.
class Secondaries::Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(boost::asio::io_context& io, const Clock& clock, Places& lanes, Expiry& expiry,
           const Versions& versions, SecondaryZone zone, const Settings& settings)
      : io_(io),
        clock_(clock),
        lanes_(lanes),
        expiry_(expiry),
        versions_(versions),
        zone_(std::move(zone)),
        bounds_(settings.bounds),
        timer_(zone_.primaries.size(), clock.monotonic(), settings.refresh),
        alarm_(io) {}

  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower() { leave(); }

  void start() { set_alarm(); }

  void hurry(bool whole) {
    whole_wanted_ = whole_wanted_ || whole;
    again_ = is_busy_;  // what we are told now may be newer than what we are being sent
    timer_.hurry(clock_.monotonic());
    if (!is_busy_) set_alarm();
  }

  [[nodiscard]] SecondaryRow row() const {
    SecondaryRow row;
    row.zone = zone_.zone;
    row.primary = primary_text();
    row.asking = worker_ != nullptr || asker_ != nullptr;
    row.confirmed = expiry_.confirmed(zone_.zone);
    row.due = timer_.due();
    row.expires = expiry_.expires(zone_.zone);
    row.problem = problem_;
    return row;
  }

 private:
  [[nodiscard]] const Primary& primary() const { return zone_.primaries[timer_.primary()]; }
  [[nodiscard]] std::string primary_text() const { return primary().address.to_string(); }

  /// `step` as a callback that does nothing once this follower is gone.
  template <class... Values>
  auto later(void (Follower::*step)(Values...)) {
    return [weak = weak_from_this(), step](Values... values) {
      if (const auto self = weak.lock()) (self.get()->*step)(std::move(values)...);
    };
  }

  void set_alarm() {
    alarm_.expires_at(timer_.due());
    alarm_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) self->queue();
    });
  }

  /// Goes on with `step` once there is room, which is then this zone's until leave().
  void enter(Lanes& lanes, void (Follower::*step)()) {
    leave();
    lane_ = primary_text();
    lanes.wait(lane_, [weak = weak_from_this(), &lanes, step] {
      const auto self = weak.lock();
      if (!self) return false;
      self->entered_ = &lanes;
      boost::asio::post(self->io_, self->later(step));
      return true;
    });
  }
  void leave() {
    if (Lanes* const lanes = std::exchange(entered_, nullptr)) lanes->end(lane_);
  }

  void queue() {
    if (is_busy_) return;  // this alarm was on its way already when the next one was set
    is_busy_ = true;
    again_ = false;
    takes_whole_ = false;
    versions_.ask_serial(zone_, later(&Follower::take_our_serial));
  }

  void take_our_serial(Result<std::optional<Serial>> serial) {
    if (!serial) return give_up(serial.error().message);
    ours_ = *serial;
    takes_whole_ = std::exchange(whole_wanted_, false);
    if (!ours_ || takes_whole_) {
      may_go_back_ = ours_.has_value();
      enter(lanes_.transfers, &Follower::take_zone);
    } else if (primary().tls || silent_over_udp_.contains(timer_.primary())) {
      enter(lanes_.transfers, &Follower::ask_over_tcp);
    } else {
      enter(lanes_.questions, &Follower::ask_over_udp);
    }
  }

  void ask_over_udp() {
    asker_ = std::make_unique<SerialAsker>(io_, zone_.zone, primary(), later(&Follower::answered_over_udp));
  }

  void answered_over_udp(std::optional<SoaFields> theirs) {
    asker_.reset();
    if (theirs) return compare(*theirs);
    silent_over_udp_.insert(timer_.primary());
    enter(lanes_.transfers, &Follower::ask_over_tcp);
  }

  void ask_over_tcp() { run(Task::ask_serial, {}); }
  void take_zone() { run(Task::take_zone, {}); }
  void take_news() { versions_.ask_content(zone_.zone, later(&Follower::take_our_content)); }

  void take_our_content(Result<UniqueFd> content) {
    run(content ? Task::take_news : Task::take_zone, content ? *std::move(content) : UniqueFd());
  }

  void run(Task task, UniqueFd before) {
    auto worker = WorkerProcess::start(io_, {zone_.zone, primary(), task, bounds_, zone_.gates}, before,
                                       [weak = weak_from_this(), task](Outcome outcome, UniqueFd stream) {
                                         const auto self = weak.lock();
                                         if (self) self->worked(task, std::move(outcome), std::move(stream));
                                       });
    if (!worker) return give_up(worker.error().message);
    worker_ = *std::move(worker);
  }

  /// Whether a worker, which has read hostile octets, may say that of this task.
  static bool fits(Task task, Outcome::Kind kind) {
    using Kind = Outcome::Kind;
    if (kind == Kind::failed) return true;
    if (task == Task::ask_serial) return kind == Kind::serial;
    return kind == Kind::zone || (task == Task::take_news && kind != Kind::serial);
  }

  void worked(Task task, Outcome outcome, UniqueFd stream) {
    const auto ended = std::exchange(worker_, nullptr);
    if (!fits(task, outcome.kind)) return give_up("the worker answers another question");
    switch (outcome.kind) {
      case Outcome::Kind::failed:
        if (!outcome.wants_axfr || task != Task::take_news) return give_up(outcome.reason);
        log::info(
            "IXFR failed, AXFR is next",
            {{"zone", zone_.zone.to_string()}, {"primary", primary_text()}, {"reason", outcome.reason}});
        return run(Task::take_zone, {});
      case Outcome::Kind::up_to_date:
        return leave_until_next_time();
      case Outcome::Kind::serial:
        return compare(outcome.soa);
      case Outcome::Kind::zone:
      case Outcome::Kind::change:
        break;
    }
    soa_ = outcome.soa;
    log::info("zone transferred", {{"zone", zone_.zone.to_string()},
                                   {"serial", outcome.soa.serial},
                                   {"primary", primary_text()},
                                   {"by", task == Task::take_news ? "IXFR" : "AXFR"},
                                   {"records", outcome.records},
                                   {"octets", outcome.octets}});
    for (const std::string& warning : outcome.warnings) {
      log::warn("zone is doubtful", {{"zone", zone_.zone.to_string()}, {"reason", warning}});
    }
    const bool is_change = outcome.kind == Outcome::Kind::change;
    versions_.publish({zone_.zone, std::move(stream), is_change, outcome.zone_octets, primary_text(),
                       zone_.from_catalog, zone_.may_shrink, std::exchange(may_go_back_, false)},
                      later(&Follower::published));
  }

  void compare(const SoaFields& theirs) {
    soa_ = theirs;
    if (Serial(theirs.serial) > *ours_)
      return entered_ == &lanes_.transfers ? take_news() : enter(lanes_.transfers, &Follower::take_news);
    if (Serial(theirs.serial) == *ours_) {
      return confirmed();
    }
    give_up("the primary has serial " + std::to_string(theirs.serial) + ", older than our " +
            std::to_string(ours_->raw()));
  }

  void published(std::string refusal) {
    if (!refusal.empty()) return give_up(refusal);
    confirmed();
  }

  /// We have what the primary has.
  void confirmed() {
    if (random_share() < udp_again) silent_over_udp_.erase(timer_.primary());
    expiry_.confirm(zone_.zone, soa_);
    timer_.confirm(clock_.monotonic(), soa_, random_share());
    end_try("");
  }

  /// IXFR says that there is nothing newer although the SOA was: this primary answers from several places.
  void leave_until_next_time() { give_up("the primary has taken its newer serial back"); }

  void give_up(const std::string& problem) {
    if (problem != problem_) {
      log::warn("zone not refreshed",
                {{"zone", zone_.zone.to_string()}, {"primary", primary_text()}, {"reason", problem}});
    }
    silent_over_udp_.erase(timer_.primary());  // it may be another thing next time
    // Of another zone of the same name nothing but all of it will do, whenever that can be had.
    whole_wanted_ = whole_wanted_ || (takes_whole_ && zone_.from_catalog);
    timer_.fail(clock_.monotonic());
    end_try(problem);
  }

  void end_try(std::string problem) {
    problem_ = std::move(problem);
    is_busy_ = false;
    may_go_back_ = false;
    if (again_) timer_.hurry(clock_.monotonic());
    set_alarm();
    leave();
  }

  static double random_share() {
    static std::minstd_rand source{std::random_device{}()};
    return std::uniform_real_distribution<>(0, 1)(source);
  }

  boost::asio::io_context& io_;
  const Clock& clock_;
  Places& lanes_;
  Expiry& expiry_;
  const Versions versions_;
  const SecondaryZone zone_;
  const Bounds bounds_;
  RefreshTimer timer_;
  boost::asio::steady_timer alarm_;
  std::unique_ptr<SerialAsker> asker_;
  std::unique_ptr<WorkerProcess> worker_;
  std::set<std::size_t> silent_over_udp_;  // primaries that answered over TCP alone last time
  std::optional<Serial> ours_;
  SoaFields soa_;
  std::string lane_;          // where it waits or runs
  Lanes* entered_ = nullptr;  // where it runs
  std::string problem_;       // of the latest try
  bool is_busy_ = false;
  bool again_ = false;
  bool whole_wanted_ = false;
  bool takes_whole_ = false;
  bool may_go_back_ = false;
};

Secondaries::Secondaries(boost::asio::io_context& io, const Clock& clock, Settings settings, Expiry& expiry,
                         Versions versions)
    : io_(io),
      clock_(clock),
      settings_(std::move(settings)),
      expiry_(expiry),
      versions_(std::move(versions)),
      lanes_{Lanes(most_questions, most_questions_per_primary),
             Lanes(settings_.most, settings_.most_per_primary)} {
  for (const SecondaryZone& zone : settings_.zones) add(zone);
}

void Secondaries::add(SecondaryZone zone) {
  const Name name = zone.zone;
  auto follower =
      std::make_shared<Follower>(io_, clock_, lanes_, expiry_, versions_, std::move(zone), settings_);
  follower->start();
  followers_.insert_or_assign(name, std::move(follower));
}

void Secondaries::remove(const Name& zone) { followers_.erase(zone); }

Secondaries::~Secondaries() = default;

bool Secondaries::refresh(const Name& zone) {
  const auto found = followers_.find(zone);
  if (found == followers_.end()) return false;
  found->second->hurry(false);
  return true;
}

bool Secondaries::retransfer(const Name& zone) {
  const auto found = followers_.find(zone);
  if (found == followers_.end()) return false;
  found->second->hurry(true);
  return true;
}

std::vector<SecondaryRow> Secondaries::rows() const {
  std::vector<SecondaryRow> rows;
  rows.reserve(followers_.size());
  for (const auto& [name, follower] : followers_) rows.push_back(follower->row());
  return rows;
}

}  // namespace doors::xfr
