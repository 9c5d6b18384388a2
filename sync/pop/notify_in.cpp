#include "sync/pop/notify_in.h"

#include <optional>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sync/pop/channel.h"

namespace doors {

class NotifyIn::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& context, std::filesystem::path path,
       std::function<void(const Name&)> notified, std::chrono::milliseconds pause)
      : io_(context),
        path_(std::move(path)),
        notified_(std::move(notified)),
        pause_(pause),
        timer_(context) {}

  void start() {
    boost::asio::post(io_, [self = shared_from_this()] { self->ask(); });
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    channel_.reset();
  }

 private:
  /// Asks doord, after connecting to it if need be; that doord is not there is told by others.
  void ask() {
    if (stopped_) return;
    if (!channel_) {
      auto fd = connect_local_now(path_);
      if (!fd) return ask_later();
      channel_.emplace(io_, std::move(*fd),
                       Channel::Handlers{[this](const Packet& packet) { receive(packet.message); },
                                         [this](const std::string&) { lose(); },
                                         {}});
    }
    channel_->send(ControlMessage("await_notify"));
  }

  void receive(const ControlMessage& message) {
    if (message.verb() == "end") return ask_later();
    if (message.verb() != "notify") return lose();
    if (const auto zone = Name::parse(message.text("zone"))) notified_(*zone);
  }

  void lose() {
    channel_.reset();
    ask_later();
  }

  void ask_later() {
    timer_.expires_after(pause_);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->ask();
    });
  }

  boost::asio::io_context& io_;
  const std::filesystem::path path_;
  const std::function<void(const Name&)> notified_;
  const std::chrono::milliseconds pause_;
  boost::asio::steady_timer timer_;
  std::optional<Channel> channel_;
  bool stopped_ = false;
};

NotifyIn::NotifyIn(boost::asio::io_context& io, std::filesystem::path doord_socket,
                   std::function<void(const Name& zone)> notified, std::chrono::milliseconds pause)
    : impl_(std::make_shared<Impl>(io, std::move(doord_socket), std::move(notified), pause)) {
  impl_->start();
}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
NotifyIn::~NotifyIn() { impl_->stop(); }

}  // namespace doors
