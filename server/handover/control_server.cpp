#include "server/handover/control_server.h"

#include <cerrno>
#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/handover/control_requests.h"
#include "zones/base/local_acceptor.h"
#include "zones/base/local_socket.h"

namespace doors {

namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

/// Requests of one client dealt with before others get their turn.
constexpr int requests_in_a_row = 64;
/// A stream is drawn on until this much waits to be sent.
constexpr std::size_t stream_ahead_octets = 256 * 1024;

bool make_non_blocking(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/// One client. Lives while it is in the server's set or a handler of it is queued.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::io_context& io, ControlHost& host, std::function<void(Session&)> ended)
      : socket_(io),
        ended_(std::move(ended)),
        requests_(host, {.send = [this](const ControlMessage& message) { queue(message); },
                         .stream = [this](ControlRequests::Stream stream) { stream_ = std::move(stream); },
                         .done = [this] { request_done(); },
                         .is_there = [this] { return is_there(); }}) {}

  bool open(UniqueFd fd) {
    boost::system::error_code error;
    if (!make_non_blocking(fd.get())) return false;
    socket_.assign(fd.get(), error);
    if (error) return false;
    static_cast<void>(fd.release());
    go_on_soon();  // not before io runs: a parent's first request may wait already, and the server is still
                   // starting
    return true;
  }

  void close() {
    boost::system::error_code ignored;
    if (socket_.is_open()) socket_.close(ignored);
  }

 private:
  [[nodiscard]] bool is_there() {
    pollfd peer{socket_.native_handle(), 0, 0};
    return ::poll(&peer, 1, 0) == 0 || (peer.revents & (POLLHUP | POLLERR)) == 0;
  }

  void queue(const ControlMessage& message) {
    auto packet = message.encode();
    if (!packet) packet = ControlMessage("error").with("reason", packet.error().message).encode();
    waiting_octets_ += packet->size();
    waiting_.push_back(*std::move(packet));
  }

  /// A request was dealt with: at once, below receive(), or later. Then the session goes on in a handler of
  /// its own, as the caller is an object that may end with it.
  void request_done() {
    busy_ = false;
    if (!receiving_) go_on_soon();
  }

  void go_on_soon() {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (self->socket_.is_open()) self->go_on();
    });
  }

  /// Sends what can be sent, receives what may be received, and waits for whichever of the two comes next.
  void go_on() {
    bool turn_over = false;
    if (!send_waiting() || !receive(turn_over) || !send_waiting()) return end();
    if (turn_over) return go_on_soon();
    if (!waiting_.empty() && !awaiting_write_) await(Descriptor::wait_write, awaiting_write_);
    if (may_receive() && !awaiting_read_) await(Descriptor::wait_read, awaiting_read_);
  }

  [[nodiscard]] bool may_receive() const noexcept {
    return !busy_ && !stream_ && waiting_octets_ < ControlServer::max_waiting_octets;
  }

  /// False when the client is gone or speaks no language of ours.
  bool receive(bool& turn_over) {
    receiving_ = true;
    bool alive = true;
    for (int i = 0; may_receive(); ++i) {
      if (i == requests_in_a_row) {
        turn_over = true;
        break;
      }
      auto request = receive_packet(socket_.native_handle());
      if (request) {
        busy_ = true;
        requests_.handle(*std::move(request));
        continue;
      }
      if (request.error().problem == ReceiveProblem::would_block) break;
      if (request.error().problem == ReceiveProblem::bad_message) {
        queue(ControlMessage("error").with("reason", request.error().message));
        continue;
      }
      alive = false;
      break;
    }
    receiving_ = false;
    return alive;
  }

  /// False when the client is gone.
  bool send_waiting() {
    while (true) {
      while (stream_ && waiting_octets_ < stream_ahead_octets) {
        auto message = (*stream_)();
        if (message)
          queue(*message);
        else
          stream_.reset();
      }
      if (waiting_.empty()) return true;
      const auto& packet = waiting_.front();
      const ssize_t sent =
          ::send(socket_.native_handle(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
      waiting_octets_ -= packet.size();
      waiting_.pop_front();
    }
  }

  void await(Descriptor::wait_type what, bool& awaiting) {
    awaiting = true;
    socket_.async_wait(what, [self = shared_from_this(), &awaiting](const boost::system::error_code& error) {
      awaiting = false;
      if (!error && self->socket_.is_open()) self->go_on();
    });
  }

  void end() {
    const auto self = shared_from_this();  // the server forgets it now
    close();
    ended_(*this);
  }

  Descriptor socket_;
  std::function<void(Session&)> ended_;
  std::deque<std::vector<std::byte>> waiting_;
  std::size_t waiting_octets_ = 0;
  std::optional<ControlRequests::Stream> stream_;
  bool busy_ = false;       // a request is being dealt with
  bool receiving_ = false;  // receive() is on the stack
  bool awaiting_read_ = false;
  bool awaiting_write_ = false;
  ControlRequests requests_;
};

}  // namespace

class ControlServer::Impl {
 public:
  Impl(boost::asio::io_context& context, ControlHost& server) : io(context), host(server) {}
  ~Impl() { close(); }

  bool add(UniqueFd fd, std::function<void()> gone) {
    auto session = std::make_shared<Session>(io, host, [this, gone = std::move(gone)](Session& ended) {
      sessions.erase(ended.shared_from_this());
      if (gone) gone();
    });
    sessions.insert(session);
    if (session->open(std::move(fd))) return true;
    sessions.erase(session);
    return false;
  }

  void close() {
    acceptor.reset();
    for (const auto& session : sessions) session->close();
    sessions.clear();
  }

  boost::asio::io_context& io;
  ControlHost& host;
  std::optional<LocalAcceptor> acceptor;
  std::unordered_set<std::shared_ptr<Session>> sessions;
};

ControlServer::ControlServer(boost::asio::io_context& io, ControlHost& host)
    : impl_(std::make_unique<Impl>(io, host)) {}

ControlServer::~ControlServer() = default;

Result<void> ControlServer::listen(const std::filesystem::path& path) {
  auto acceptor = LocalAcceptor::listen(impl_->io, path, [impl = impl_.get()](UniqueFd client) {
    if (impl->sessions.size() < max_clients) impl->add(std::move(client), {});
  });
  if (!acceptor) return Unexpected(acceptor.error());
  impl_->acceptor.emplace(*std::move(acceptor));
  return {};
}

Result<void> ControlServer::adopt(UniqueFd connected, std::function<void()> gone) {
  int type = 0;
  socklen_t length = sizeof type;
  if (::getsockopt(connected.get(), SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_SEQPACKET) {
    return failure("the control descriptor is no SEQPACKET socket");
  }
  if (!impl_->add(std::move(connected), std::move(gone)))
    return failure("cannot watch the control descriptor");
  return {};
}

void ControlServer::close() { impl_->close(); }

}  // namespace doors
