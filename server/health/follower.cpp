#include "server/health/follower.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "server/health/control_server.h"
#include "server/health/words.h"
#include "server/routes/exabgp_dialogue.h"
#include "server/routes/lease.h"
#include "zones/base/clock.h"
#include "zones/base/log.h"

namespace doors {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds look_every{50};
constexpr seconds wants_hold{3};        // what doorkeeper said last
constexpr seconds leases_are_known{3};  // after the last look that worked
constexpr seconds silence_is_told{3};
constexpr seconds listen_again{5};
constexpr unsigned killed_after = 3;  // seconds without a turn
constexpr int most_lines = 100;       // written per look

}  // namespace

class Follower::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const KeeperConfig& config, std::function<void(const std::string&)> ended,
       Leases leases)
      : io_(io),
        ended_(std::move(ended)),
        leases_(std::move(leases)),
        dialogue_(config.exabgp.how, prefixes_of(config)),
        socket_(config.exabgp.socket),
        lanes_{
            {{Lane::up, config.lease.up}, {Lane::far, config.lease.far}, {Lane::drain, config.lease.drain}}},
        input_(io),
        timer_(io) {
    const auto addresses = config.leases();
    const auto prefixes = config.keeper().prefixes;
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
      if (prefixes[i].announced) routes_.push_back({prefixes[i].prefix, addresses[i], Lane::none, false});
    }
  }

  Result<void> open() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
      if (::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
        return system_failure("cannot use stdin and stdout", errno);
    }
    // What ExaBGP is may have been inherited.
    std::signal(SIGALRM, SIG_DFL);
    sigset_t alarm;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    ::sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
    boost::system::error_code error;
    input_.assign(STDIN_FILENO, error);
    if (error) return failure("stdin cannot be waited for (is this ExaBGP's process?): " + error.message());
    return {};
  }

  void begin() {
    wait_for_input();
    turn();
  }

  void stop() {
    ended_ = nullptr;
    ::alarm(0);
    timer_.cancel();
    if (input_.is_open()) (void)input_.release();
    control_.reset();
  }

 private:
  struct Route {
    std::string prefix;
    IpPrefix lease;
    Lane lane = Lane::none;  ///< where the lease was seen
    bool wanted_withdrawn = false;
  };

  static std::vector<std::string> prefixes_of(const KeeperConfig& config) {
    std::vector<std::string> names;
    for (const Keeper::Prefix& prefix : config.keeper().prefixes) {
      if (prefix.announced) names.push_back(prefix.prefix);
    }
    return names;
  }

  void end(const std::string& why) {
    if (auto ended = std::exchange(ended_, nullptr)) ended(why);
  }

  void turn() {
    if (!ended_) return;
    ::alarm(killed_after);
    const Monotonic now = clock_.monotonic();
    if (!control_ && now >= listen_at_) listen(now);
    look(now);
    const bool heard = now < wants_at_ + wants_hold;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      const Route& route = routes_[i];
      dialogue_.want(i, heard && route.wanted_withdrawn ? Lane::none : route.lane);
    }
    say(now);
    timer_.expires_after(look_every);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->turn();
    });
  }

  /// The lease needs no word of doorkeeper's: without the socket it alone decides.
  void listen(Monotonic now) {
    auto control = ControlServer::listen(
        io_, socket_, [this](const ControlMessage& request, const std::shared_ptr<ControlClient>& client) {
          answer(request, *client);
        });
    listen_at_ = now + listen_again;
    if (control) {
      control_ = std::move(*control);
    } else if (const std::string& why = control.error().message; why != told_) {
      log::error("no control socket", {{"reason", why}});
      told_ = why;
    }
  }

  /// Where the leases are.
  void look(Monotonic now) {
    std::vector<Lane> seen(routes_.size(), Lane::none);
    for (const auto& [lane, interface] : lanes_) {
      if (interface.empty()) continue;
      const auto addresses = leases_.on(interface);
      if (!addresses) {
        problem_ = addresses.error().message;
        if (now >= looked_at_ + leases_are_known) {
          for (Route& route : routes_) route.lane = Lane::none;
        }
        return;
      }
      for (std::size_t i = 0; i < routes_.size(); ++i) {
        if (seen[i] == Lane::none && std::ranges::find(*addresses, routes_[i].lease) != addresses->end())
          seen[i] = lane;
      }
    }
    problem_.clear();
    looked_at_ = now;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      if (routes_[i].lane != seen[i])
        log::info("lease moved", {{"prefix", routes_[i].prefix}, {"now", lane_words(seen[i])}});
      routes_[i].lane = seen[i];
    }
  }

  /// Lines are short, so a pipe takes each whole or not at all.
  void say(Monotonic now) {
    for (int i = 0; i < most_lines; ++i) {
      if (!unsaid_) unsaid_ = dialogue_.next(now);
      if (!unsaid_) return;
      const ssize_t written = ::write(STDOUT_FILENO, unsaid_->data(), unsaid_->size());
      if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (written < 0) return end(errno == EPIPE ? "" : std::string("stdout: ") + std::strerror(errno));
      unsaid_.reset();
    }
  }

  void wait_for_input() {
    input_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](boost::system::error_code error) {
                        if (error || !self->ended_) return;
                        self->hear();
                      });
  }

  void hear() {
    std::array<std::byte, 4096> buffer{};
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count == 0) return end("");
    if (count < 0 && errno != EAGAIN && errno != EINTR)
      return end(std::string("stdin: ") + std::strerror(errno));
    const Monotonic now = clock_.monotonic();
    if (count > 0 && !dialogue_.hear(Octets(buffer).first(static_cast<std::size_t>(count)), now))
      return end("ExaBGP said what is no acknowledgement");
    say(now);
    if (ended_) wait_for_input();
  }

  void answer(const ControlMessage& request, ControlClient& client) {
    if (request.verb() != "want")
      return client.send(ControlMessage("error").with("reason", "the follower knows want"));
    wants_at_ = clock_.monotonic();
    for (Route& route : routes_) {
      route.wanted_withdrawn = std::ranges::any_of(request.fields(), [&](const auto& field) {
        return field.first == "withdrawn" && field.second == route.prefix;
      });
    }
    ControlMessage reply("routes");
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      const auto has = dialogue_.acknowledged(i);
      if (has) reply.with(*has == Lane::none ? "absent" : "present", routes_[i].prefix);
    }
    const auto since = dialogue_.waits_since();
    if (!problem_.empty()) {
      reply.with("problem", problem_);
    } else if (since && wants_at_ - *since >= silence_is_told) {
      reply.with("problem", "ExaBGP acknowledges nothing (exabgp.api.ack must be true)");
    } else if (!dialogue_.refusal().empty()) {
      reply.with("problem", "\"" + dialogue_.refusal() + "\" was refused");
    }
    client.send(std::move(reply));
  }

  asio::io_context& io_;
  std::function<void(const std::string&)> ended_;
  RealClock clock_;
  Leases leases_;
  ExabgpDialogue dialogue_;
  std::filesystem::path socket_;
  std::array<std::pair<Lane, std::string>, 3> lanes_;  ///< where to look, in this order
  std::vector<Route> routes_;
  Monotonic looked_at_ = clock_.monotonic();
  Monotonic wants_at_{};
  std::string problem_;
  std::optional<std::string> unsaid_;
  asio::posix::stream_descriptor input_;
  asio::steady_timer timer_;
  std::unique_ptr<ControlServer> control_;  ///< nothing: it could not be made yet
  Monotonic listen_at_{};                   ///< when that is tried again
  std::string told_;                        ///< why it could not
};

Result<std::unique_ptr<Follower>> Follower::start(asio::io_context& io, const KeeperConfig& config,
                                                  std::function<void(const std::string&)> ended) {
  auto leases = Leases::open();
  if (!leases) return Unexpected(leases.error());
  auto impl = std::make_shared<Impl>(io, config, std::move(ended), std::move(*leases));
  if (auto opened = impl->open(); !opened) {
    impl->stop();
    return Unexpected(opened.error());
  }
  impl->begin();
  return std::unique_ptr<Follower>(new Follower(std::move(impl)));
}

Follower::Follower(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
Follower::~Follower() { impl_->stop(); }

}  // namespace doors
