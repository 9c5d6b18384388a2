#include "server/health/control_server.h"

#include <deque>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/socket.h>

#include "zones/base/local_acceptor.h"
#include "zones/base/local_socket.h"

namespace doors {

namespace asio = boost::asio;

namespace {

using Descriptor = asio::posix::stream_descriptor;

constexpr std::size_t most_clients = 32;
constexpr std::size_t most_queued = 1000;

std::string peer_of(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "somebody";
  return peer.uid == 0 ? "root" : "user " + std::to_string(peer.uid);
}

/// A client's connection; kept alive by its pending wait, by the server, and by whoever will still answer it.
class Connection final : public ControlClient, public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, UniqueFd fd, ControlServer::Handle handle,
             std::function<void(const std::shared_ptr<Connection>&)> closed)
      : who_(peer_of(fd.get())),
        descriptor_(io, fd.get()),
        handle_(std::move(handle)),
        closed_(std::move(closed)) {
    (void)fd.release();
  }

  void wait_for_request() {
    descriptor_.async_wait(Descriptor::wait_read,
                           [self = shared_from_this()](boost::system::error_code error) {
                             if (!self->is_open()) return;
                             if (error) return self->close();
                             auto packet = receive_packet(self->descriptor_.native_handle());
                             if (!packet && packet.error().problem != ReceiveProblem::would_block)
                               return self->close();
                             if (packet) self->handle_(packet->message, self);
                             if (self->is_open()) self->wait_for_request();
                           });
  }

  void send(ControlMessage message) override {
    if (!is_open()) return;
    if (queue_.size() == most_queued) return close();
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) wait_to_send();
  }

  [[nodiscard]] bool is_open() const noexcept override { return descriptor_.is_open(); }
  [[nodiscard]] const std::string& who() const noexcept override { return who_; }

  void close() {
    if (!is_open()) return;
    boost::system::error_code ignored;
    descriptor_.close(ignored);
    queue_.clear();
    handle_ = nullptr;
    if (auto closed = std::exchange(closed_, nullptr)) closed(shared_from_this());
  }

 private:
  /// One message per wait: a writable local socket has room for three quarters of its buffer, so for any
  /// message.
  void wait_to_send() {
    descriptor_.async_wait(
        Descriptor::wait_write, [self = shared_from_this()](boost::system::error_code error) {
          if (!self->is_open()) return;
          if (error || !send_packet(self->descriptor_.native_handle(), self->queue_.front()))
            return self->close();
          self->queue_.pop_front();
          if (!self->queue_.empty()) self->wait_to_send();
        });
  }

  std::string who_;
  Descriptor descriptor_;
  ControlServer::Handle handle_;
  std::function<void(const std::shared_ptr<Connection>&)> closed_;
  std::deque<ControlMessage> queue_;
};

}  // namespace

class ControlServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, Handle handle) : io_(io), handle_(std::move(handle)) {}

  Result<void> start(const std::filesystem::path& path) {
    auto acceptor = LocalAcceptor::listen(io_, path, [this](UniqueFd fd) {
      if (clients_.size() < most_clients) add(std::move(fd));
    });
    if (!acceptor) return Unexpected(acceptor.error());
    acceptor_.emplace(*std::move(acceptor));
    return {};
  }

  void stop() {
    acceptor_.reset();
    for (const auto& client : std::exchange(clients_, {})) client->close();
  }

 private:
  void add(UniqueFd fd) {
    const std::weak_ptr<Impl> weak = weak_from_this();
    auto client = std::make_shared<Connection>(io_, std::move(fd), handle_, [weak](const auto& closed) {
      if (const auto self = weak.lock()) self->clients_.erase(closed);
    });
    clients_.insert(client);
    client->wait_for_request();
  }

  asio::io_context& io_;
  Handle handle_;
  std::optional<LocalAcceptor> acceptor_;
  std::set<std::shared_ptr<Connection>> clients_;
};

Result<std::unique_ptr<ControlServer>> ControlServer::listen(asio::io_context& io,
                                                             const std::filesystem::path& path,
                                                             Handle handle) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  auto impl = std::make_shared<Impl>(io, std::move(handle));
  if (auto started = impl->start(path); !started) return Unexpected(started.error());
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

ControlServer::~ControlServer() { impl_->stop(); }

}  // namespace doors
