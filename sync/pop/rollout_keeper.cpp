#include "sync/pop/rollout_keeper.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sync/fleet/rollout_watch.h"
#include "sync/pop/background.h"
#include "sync/pop/kept_plan.h"
#include "zones/base/log.h"

namespace doors {

class RolloutKeeper::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, const Clock& clock, Archive& archive, Fleet& fleet)
      : io_(io), clock_(clock), archive_(archive), fleet_(fleet), timer_(io) {}

  void look() {
    if (looking_) {
      again_ = true;
      return;
    }
    if (!fleet_.board().is_listed()) return look_after(tick_while_going);
    looking_ = true;
    timer_.cancel();
    std::vector<NodeRecord> nodes;
    for (const auto& [key, record] : fleet_.board().nodes()) nodes.push_back(record);
    keeping_.post([this, self = weak_from_this(), nodes = std::move(nodes)] {
      const bool going = keep(nodes);
      boost::asio::post(io_, [self, going] {
        if (const auto here = self.lock()) here->looked(going);
      });
    });
  }

  void end() {
    timer_.cancel();
    keeping_.stop();
  }

 private:
  void looked(bool going) {
    looking_ = false;
    if (std::exchange(again_, false)) return look();
    look_after(going ? tick_while_going : tick_at_rest);
  }

  void look_after(std::chrono::milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
      const auto here = self.lock();
      if (!error && here) here->look();
    });
  }

  // On the thread that keeps.

  /// One look at plan and nodes, and a step if it is time; false: no rollout is going on.
  bool keep(const std::vector<NodeRecord>& records) {
    auto kept = read_plan(archive_);
    if (!kept || kept->plan.rollout.state != Rollout::State::going) return false;
    const Rollout seen = kept->plan.rollout;
    std::vector<RolloutNode> nodes;
    for (const NodeRecord& record : records) nodes.push_back(node_of(record, *kept));
    const auto decision = watch_.look(seen, kept->revision, nodes, clock_.monotonic());
    if (decision.step == RolloutWatch::Step::wait) return true;
    const auto done = edit_plan(archive_, [&](FleetPlan& plan) -> std::string {
      Rollout& now = plan.rollout;
      if (now.id != seen.id || now.open != seen.open || now.state != seen.state)
        return "it went on meanwhile";
      if (decision.step == RolloutWatch::Step::stop)
        plan.stop(decision.reason);
      else if (decision.step == RolloutWatch::Step::done)
        now.state = Rollout::State::done;
      else
        ++now.open;
      return {};
    });
    if (!done) {
      log::warn("rollout not brought on", {{"rollout", seen.id}, {"reason", done.error().message}});
      return true;
    }
    switch (decision.step) {
      case RolloutWatch::Step::stop:
        log::error("rollout stopped",
                   {{"rollout", seen.id}, {"wave", seen.open}, {"reason", decision.reason}});
        return false;
      case RolloutWatch::Step::done:
        log::info("rollout done", {{"rollout", seen.id}});
        return false;
      default:
        log::info("wave opened",
                  {{"rollout", seen.id}, {"wave", seen.open + 1}, {"nodes", seen.waves[seen.open]}});
        return true;
    }
  }

  RolloutNode node_of(const NodeRecord& record, const KeptPlan& kept) const {
    RolloutNode node{record.who(), record.lost.empty() ? record.revision : 0, record.delay.count() > 0, {}};
    if (record.against == kept.plan.rollout.id) node.bad = record.why_against;
    // What it does not serve may have nothing to do with this rollout.
    for (const NodeRecord::Bad& bad : record.bad) {
      if (!node.bad.empty()) break;
      const auto head = archive_.head(bad.zone);
      if (head && *head && (*head)->stored.version.stage == kept.plan.rollout.id &&
          (*head)->stored.version.number == bad.number)
        node.bad = bad.zone.to_string() + ": " + (bad.reason.empty() ? "not served" : bad.reason);
    }
    return node;
  }

  boost::asio::io_context& io_;
  const Clock& clock_;
  Archive& archive_;
  Fleet& fleet_;
  boost::asio::steady_timer timer_;
  bool looking_ = false;
  bool again_ = false;
  RolloutWatch watch_;  // the other thread's
  Background keeping_;
};

RolloutKeeper::RolloutKeeper(boost::asio::io_context& io, const Clock& clock, Archive& archive, Fleet& fleet)
    : impl_(std::make_shared<Impl>(io, clock, archive, fleet)) {
  impl_->look();
}

RolloutKeeper::~RolloutKeeper() { impl_->end(); }

void RolloutKeeper::look_soon() { impl_->look(); }

}  // namespace doors
