#include "server/routes/local_poller.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "zones/base/clock.h"
#include "zones/base/local_socket.h"

namespace doors {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds silent_after{1};
constexpr std::chrono::seconds give_up_after{10};
constexpr int most_at_once = 32;  // read per turn of the loop

}  // namespace

class LocalPoller::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, Settings settings, Answered answered, Silent silent)
      : settings_(std::move(settings)),
        answered_(std::move(answered)),
        silent_(std::move(silent)),
        descriptor_(io),
        timer_(io) {}

  void stop() {
    stopped_ = true;
    answered_ = nullptr;
    silent_ = nullptr;
    timer_.cancel();
    disconnect();
  }

  void turn() {
    if (stopped_) return;
    const Monotonic now = std::chrono::steady_clock::now();
    if (!descriptor_.is_open())
      connect();
    else if (asked_at_ && now >= *asked_at_ + give_up_after)
      lost("no answer for 10 s, connecting anew");
    else if (asked_at_ && now >= *asked_at_ + silent_after)
      silent_("connected, but no answer");
    else if (!asked_at_)
      request();
    timer_.expires_after(settings_.interval);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->turn();
    });
  }

 private:
  void disconnect() {
    ++generation_;
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    asked_at_.reset();
    messages_.clear();
  }

  void lost(const std::string& words) {
    disconnect();
    silent_(words);
  }

  void connect() {
    auto fd = connect_local_now(settings_.socket);
    if (!fd) return silent_(fd.error().message);
    boost::system::error_code error;
    descriptor_.assign(fd->get(), error);
    if (error) return silent_(error.message());
    (void)fd->release();
    wait();
    request();
  }

  void request() {
    if (auto sent = send_packet(descriptor_.native_handle(), settings_.request()); !sent) {
      return lost(sent.error().message);
    }
    asked_at_ = std::chrono::steady_clock::now();
  }

  void wait() {
    descriptor_.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [self = shared_from_this(), generation = generation_](boost::system::error_code error) {
          if (self->stopped_ || generation != self->generation_) return;
          if (error) return self->lost(error.message());
          self->receive();
        });
  }

  void receive() {
    for (int i = 0; i < most_at_once; ++i) {
      auto packet = receive_packet(descriptor_.native_handle());
      if (!packet && packet.error().problem == ReceiveProblem::would_block) break;
      if (!packet) return lost(packet.error().message);
      if (!asked_at_ || messages_.size() == settings_.most_messages)
        return lost("it says more than was asked");
      messages_.push_back(std::move(packet->message));
      const std::string& verb = messages_.back().verb();
      if (verb != "error" && std::ranges::find(settings_.last_verbs, verb) == settings_.last_verbs.end())
        continue;
      asked_at_.reset();
      answered_(std::exchange(messages_, {}));
      if (stopped_) return;
    }
    wait();
  }

  const Settings settings_;
  Answered answered_;
  Silent silent_;
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  bool stopped_ = false;
  std::uint64_t generation_ = 0;
  std::optional<Monotonic> asked_at_;
  std::vector<ControlMessage> messages_;
};

LocalPoller::LocalPoller(boost::asio::io_context& io, Settings settings, Answered answered, Silent silent)
    : impl_(std::make_shared<Impl>(io, std::move(settings), std::move(answered), std::move(silent))) {
  impl_->turn();
}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
LocalPoller::~LocalPoller() { impl_->stop(); }

}  // namespace doors
