#include "sync/pop/reporter.h"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sync/pop/background.h"
#include "sync/pop/node_record.h"
#include "sync/store/backoff.h"

namespace doors {

class Reporter::Impl {
 public:
  Impl(boost::asio::io_context& io, const Clock& clock, Store& store, Delivery& delivery,
       const FleetNode& self, std::chrono::milliseconds delay, std::chrono::milliseconds lease)
      : io_(io), store_(store), delivery_(delivery), lease_time_(lease), timer_(io), retry_(io) {
    record_.pop = self.pop;
    record_.node = self.node;
    record_.groups = self.groups;
    record_.labels = self.labels;
    record_.delay = delay;
    record_.started = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(clock.wall().time_since_epoch()).count());
    delivery_.board().on_change([this](const Name& zone, const StatusRow& row) { changed(zone, row); });
    tick();
  }

  ~Impl() {
    delivery_.board().on_change({});
    putting_.stop();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void given(std::uint64_t seen, const std::vector<BuildOutcome>& outcomes) {
    std::vector<Name> pending;
    for (const BuildOutcome& outcome : outcomes) {
      const StatusRow* row = delivery_.board().find(outcome.zone);
      if (row != nullptr && row->state == ServiceState::pending) pending.push_back(outcome.zone);
    }
    settled_.given(seen, pending);
    report();
  }

  void set_held(std::size_t zones) { record_.held = zones; }

  void speak_against(std::uint32_t rollout, const std::string& reason) {
    record_.against = rollout;
    record_.why_against = reason;
    report();
  }

 private:
  void changed(const Name& zone, const StatusRow& row) {
    if (row.state == ServiceState::failed)
      failed_.insert(zone);
    else
      failed_.erase(zone);
    if (row.state == ServiceState::pending) return;
    settled_.settled(zone);
    report();
  }

  std::vector<std::byte> encode() {
    record_.lost = delivery_.lost_reason();
    record_.revision = settled_.revision();
    record_.zones = delivery_.board().rows().size();
    record_.failed = failed_.size();
    record_.bad.clear();
    for (const Name& zone : failed_) {
      if (record_.bad.size() == NodeRecord::most_bad) break;
      const StatusRow& row = *delivery_.board().find(zone);
      record_.bad.push_back({zone, row.number, row.reason});
    }
    return record_.encode();
  }

  void report() {
    if (putting_now_) {
      again_ = true;
      return;
    }
    auto octets = encode();
    if (octets == said_) return;
    putting_now_ = true;
    putting_.post([this, octets = std::move(octets)]() mutable {
      const bool done = put(octets);
      boost::asio::post(io_, [this, done, octets = std::move(octets)]() mutable {
        putting_now_ = false;
        said_ = done ? std::move(octets) : std::vector<std::byte>();
        if (!done) return report_after(backoff_.next());
        backoff_.reset();
        if (std::exchange(again_, false)) report();
      });
    });
  }

  void report_after(std::chrono::milliseconds pause) {
    retry_.expires_after(pause);
    retry_.async_wait([this](const boost::system::error_code& error) {
      if (!error) report();
    });
  }

  /// On the thread that puts.
  bool put(const std::vector<std::byte>& octets) {
    if (lease_ == 0) {
      const auto granted = store_.grant(lease_time_);
      if (!granted) return false;
      lease_ = *granted;
    }
    const auto outcome = store_.txn({}, {{record_key(), octets, lease_}});
    if (!outcome) lease_ = 0;  // it may have ended
    return outcome && outcome->committed;
  }

  [[nodiscard]] std::string record_key() const {
    return std::string(NodeRecord::prefix) + record_.pop + "/" + record_.node;
  }

  void tick() {
    timer_.expires_after(lease_time_ / 3);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      putting_.post([this] {
        if (lease_ == 0 || store_.keep_alive(lease_)) return;
        lease_ = 0;
        boost::asio::post(io_, [this] { said_.clear(); });
      });
      report();
      tick();
    });
  }

  boost::asio::io_context& io_;
  Store& store_;
  Delivery& delivery_;
  const std::chrono::milliseconds lease_time_;
  NodeRecord record_;  // pop and node never change, so the other thread may read them
  SettledRevision settled_;
  std::set<Name> failed_;
  std::vector<std::byte> said_;  ///< what lies in the store
  bool putting_now_ = false;
  bool again_ = false;
  LeaseId lease_ = 0;  // the other thread's
  Backoff backoff_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer retry_;
  Background putting_;
};

Reporter::Reporter(boost::asio::io_context& io, const Clock& clock, Store& store, Delivery& delivery,
                   const FleetNode& self, std::chrono::milliseconds delay, std::chrono::milliseconds lease)
    : impl_(std::make_shared<Impl>(io, clock, store, delivery, self, delay, lease)) {}

Reporter::~Reporter() = default;

void Reporter::given(std::uint64_t seen, const std::vector<BuildOutcome>& outcomes) {
  impl_->given(seen, outcomes);
}

void Reporter::set_held(std::size_t zones) { impl_->set_held(zones); }

void Reporter::speak_against(std::uint32_t rollout, const std::string& reason) {
  impl_->speak_against(rollout, reason);
}

}  // namespace doors
