#include "sync/pop/control.h"

#include <cerrno>
#include <deque>
#include <set>
#include <system_error>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sync/pop/channel.h"

namespace doors {
namespace {

using Descriptor = boost::asio::posix::stream_descriptor;
/// A stream is drawn on until this much waits for the client.
constexpr std::size_t stream_ahead_octets = 256 * 1024;

class Session final : public ControlSession, public std::enable_shared_from_this<Session> {
 public:
  Session(Control::Handler handler, std::function<void(const std::shared_ptr<Session>&)> ended)
      : handler_(std::move(handler)), ended_(std::move(ended)) {}

  void start(boost::asio::io_context& io, UniqueFd fd) {
    channel_.emplace(io, std::move(fd),
                     Channel::Handlers{[this](Packet packet) { receive(std::move(packet)); },
                                       [this](const std::string&) { end(); }, [this] { draw(); }});
  }

  void send(const ControlMessage& message, std::vector<UniqueFd> fds) override {
    if (channel_) channel_->send(message, std::move(fds));
  }

  void stream(std::function<std::optional<ControlMessage>()> next) override {
    next_ = std::move(next);
    draw();
  }

  void done() override {
    gone_ = nullptr;
    busy_ = false;
    while (!busy_ && !requests_.empty() && channel_) {
      Packet packet = std::move(requests_.front());
      requests_.pop_front();
      begin(std::move(packet));
    }
  }

  void when_gone(std::function<void()> gone) override { gone_ = std::move(gone); }

  void end() {
    const auto self = shared_from_this();
    channel_.reset();
    requests_.clear();
    next_ = nullptr;
    if (const auto gone = std::exchange(gone_, nullptr)) gone();
    if (const auto ended = std::exchange(ended_, nullptr)) ended(self);
  }

 private:
  void receive(Packet packet) {
    if (!busy_) return begin(std::move(packet));
    if (requests_.size() >= Control::max_requests) return end();
    requests_.push_back(std::move(packet));
  }

  void begin(Packet packet) {
    busy_ = true;
    handler_(shared_from_this(), std::move(packet));
  }

  void draw() {
    while (next_ && channel_ && channel_->waiting_octets() < stream_ahead_octets) {
      const auto message = next_();
      if (!message) {
        next_ = nullptr;
        return done();
      }
      channel_->send(*message);
    }
  }

  Control::Handler handler_;
  std::function<void(const std::shared_ptr<Session>&)> ended_;
  std::optional<Channel> channel_;
  std::deque<Packet> requests_;
  std::function<std::optional<ControlMessage>()> next_;
  std::function<void()> gone_;
  bool busy_ = false;
};

}  // namespace

class Control::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& context, std::filesystem::path path, Handler handler)
      : io_(context),
        acceptor_(context),
        pause_(context),
        path_(std::move(path)),
        handler_(std::move(handler)) {}

  Result<void> start() {
    auto fd = listen_local(path_);
    if (!fd) return Unexpected(std::move(fd).error());
    ::fcntl(fd->get(), F_SETFL, ::fcntl(fd->get(), F_GETFL) | O_NONBLOCK);
    boost::system::error_code error;
    acceptor_.assign(fd->get(), error);
    if (error) return failure("cannot watch " + path_.string() + ": " + error.message());
    static_cast<void>(fd->release());
    wait();
    return {};
  }

  void stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    if (acceptor_.is_open()) ::unlink(path_.c_str());
    acceptor_.close(ignored);
    pause_.cancel();
    for (const auto& session : std::exchange(sessions_, {})) session->end();
  }

 private:
  void wait() {
    acceptor_.async_wait(Descriptor::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& error) {
                           if (!error && !self->stopped_) self->accept();
                         });
  }

  void accept() {
    for (;;) {
      UniqueFd client(::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (client) {
        if (sessions_.size() < max_clients) add(std::move(client));
        continue;
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return wait();
      // No descriptors: the clients wait in the queue; asking again at once would only spin.
      pause_.expires_after(std::chrono::milliseconds(100));
      pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error && !self->stopped_) self->wait();
      });
      return;
    }
  }

  void add(UniqueFd client) {
    const auto session = std::make_shared<Session>(
        handler_, [this](const std::shared_ptr<Session>& ended) { sessions_.erase(ended); });
    sessions_.insert(session);
    session->start(io_, std::move(client));
  }

  boost::asio::io_context& io_;
  Descriptor acceptor_;
  boost::asio::steady_timer pause_;
  std::filesystem::path path_;
  Handler handler_;
  std::set<std::shared_ptr<Session>> sessions_;
  bool stopped_ = false;
};

Result<std::unique_ptr<Control>> Control::listen(boost::asio::io_context& io,
                                                 const std::filesystem::path& path, Handler handler) {
  auto impl = std::make_shared<Impl>(io, path, std::move(handler));
  if (auto started = impl->start(); !started) return Unexpected(std::move(started).error());
  return std::unique_ptr<Control>(new Control(std::move(impl)));
}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
Control::~Control() { impl_->stop(); }

}  // namespace doors
