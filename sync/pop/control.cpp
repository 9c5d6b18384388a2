#include "sync/pop/control.h"

#include <deque>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "sync/pop/channel.h"
#include "zones/base/local_acceptor.h"

namespace doors {
namespace {

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

class Control::Impl {
 public:
  Impl(boost::asio::io_context& io, Handler handler) : io_(io), handler_(std::move(handler)) {}

  Result<void> start(const std::filesystem::path& path) {
    auto acceptor = LocalAcceptor::listen(io_, path, [this](UniqueFd client) {
      if (sessions_.size() < max_clients) add(std::move(client));
    });
    if (!acceptor) return Unexpected(acceptor.error());
    acceptor_.emplace(*std::move(acceptor));
    return {};
  }

  void stop() {
    acceptor_.reset();
    for (const auto& session : std::exchange(sessions_, {})) session->end();
  }

 private:
  void add(UniqueFd client) {
    const auto session = std::make_shared<Session>(
        handler_, [this](const std::shared_ptr<Session>& ended) { sessions_.erase(ended); });
    sessions_.insert(session);
    session->start(io_, std::move(client));
  }

  boost::asio::io_context& io_;
  Handler handler_;
  std::optional<LocalAcceptor> acceptor_;
  std::set<std::shared_ptr<Session>> sessions_;
};

Result<std::unique_ptr<Control>> Control::listen(boost::asio::io_context& io,
                                                 const std::filesystem::path& path, Handler handler) {
  auto impl = std::make_shared<Impl>(io, std::move(handler));
  if (auto started = impl->start(path); !started) return Unexpected(std::move(started).error());
  return std::unique_ptr<Control>(new Control(std::move(impl)));
}

// NOLINTNEXTLINE(bugprone-exception-escape): cancelling throws for a timer that is none only
Control::~Control() { impl_->stop(); }

}  // namespace doors
