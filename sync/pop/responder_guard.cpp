#include "sync/pop/responder_guard.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sync/fleet/canary.h"
#include "sync/pop/background.h"
#include "zones/base/local_socket.h"
#include "zones/base/log.h"

namespace doors {
namespace {

constexpr std::chrono::milliseconds between_readings{250};
constexpr std::chrono::milliseconds answers_within{2000};
/// One miss may be a moment's, as for the canary.
constexpr int most_silent = 1;

struct Reading {
  std::optional<AnswerCounts> counts;
  bool is_no_doord = false;  ///< it answers, but not with counters
};

Reading read_counts(const std::filesystem::path& socket) {
  const auto connection = connect_local_now(socket);
  if (!connection) return {};
  const auto reply = ask_local(connection->get(), ControlMessage("status"), answers_within);
  if (!reply) return {};
  const auto number = [&](std::string_view key) { return reply->message.number(key).value_or(0); };
  if (!reply->message.number("pid")) return {std::nullopt, true};
  return {AnswerCounts{number("pid"), number("udp_responses") + number("tcp_responses"),
                       number("rcode.servfail"), number("rcode.nxdomain")},
          false};
}

bool takes_part(const Rollout& rollout, const FleetNode& self) {
  if (rollout.state != Rollout::State::going) return false;
  const std::size_t open = std::min<std::size_t>(rollout.open, rollout.waves.size());
  for (std::size_t i = 0; i < open; ++i) {
    if (selects(rollout.waves[i], self)) return true;
  }
  return false;
}

}  // namespace

class ResponderGuard::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, std::filesystem::path socket, FleetNode self, Against against)
      : io_(io),
        socket_(std::move(socket)),
        self_(std::move(self)),
        against_(std::move(against)),
        timer_(io) {}

  void follow(const Rollout& rollout) {
    if (!takes_part(rollout, self_)) {
      guarded_ = 0;
      return;
    }
    if (guarded_ == rollout.id || told_ == rollout.id) return;
    guarded_ = rollout.id;
    gates_ = rollout.gates;
    canary_.reset();
    silent_ = 0;
    if (!asking_) ask();
  }

  void end() {
    timer_.cancel();
    asker_.stop();
    against_ = {};
    guarded_ = 0;
  }

 private:
  void ask() {
    asking_ = true;
    asker_.post([self = weak_from_this(), socket = socket_, &io = io_] {
      boost::asio::post(io, [self, reading = read_counts(socket)] {
        if (const auto here = self.lock()) here->read(reading);
      });
    });
  }

  void read(const Reading& reading) {
    asking_ = false;
    if (guarded_ == 0) return;
    if (!canary_ && reading.counts) canary_.emplace(*reading.counts, *reading.counts, gates_);
    std::optional<std::string> why;
    if (canary_)
      why = canary_->judge(reading.counts);
    else if (!reading.is_no_doord && ++silent_ > most_silent)
      why = "the responder does not answer";
    if (why) {
      log::warn("answers speak against the rollout", {{"rollout", guarded_}, {"reason", *why}});
      told_ = std::exchange(guarded_, 0);
      return against_(told_, *why);
    }
    timer_.expires_after(between_readings);
    timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
      const auto here = self.lock();
      if (!error && here && here->guarded_ != 0 && !here->asking_) here->ask();
    });
  }

  boost::asio::io_context& io_;
  const std::filesystem::path socket_;
  const FleetNode self_;
  Against against_;
  boost::asio::steady_timer timer_;
  std::uint32_t guarded_ = 0;  ///< the rollout; 0: none
  std::uint32_t told_ = 0;
  CanaryLimits gates_;
  std::optional<Canary> canary_;
  int silent_ = 0;  ///< readings without an answer before the first with one
  bool asking_ = false;
  Background asker_;
};

ResponderGuard::ResponderGuard(boost::asio::io_context& io, std::filesystem::path doord_socket,
                               FleetNode self, Against against)
    : impl_(std::make_shared<Impl>(io, std::move(doord_socket), std::move(self), std::move(against))) {}

ResponderGuard::~ResponderGuard() { impl_->end(); }

void ResponderGuard::follow(const Rollout& rollout) { impl_->follow(rollout); }

}  // namespace doors
