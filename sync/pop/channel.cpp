#include "sync/pop/channel.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <sys/socket.h>

namespace doors {
namespace {

using Descriptor = boost::asio::posix::stream_descriptor;
/// Messages received in a row before other work has its turn.
constexpr int turn = 64;

struct Outgoing {
  std::vector<std::byte> packet;
  std::vector<UniqueFd> fds;
};

enum class Sent { done, later, failed };

Sent send_one(int fd, const Outgoing& outgoing) {
  iovec part{const_cast<std::byte*>(outgoing.packet.data()),
             outgoing.packet.size()};  // NOLINT: iovec has no const
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * local_socket_max_fds)> control{};
  if (!outgoing.fds.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * outgoing.fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * outgoing.fds.size());
    for (std::size_t i = 0; i < outgoing.fds.size(); ++i) {
      const int raw = outgoing.fds[i].get();
      std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &raw, sizeof raw);
    }
  }
  for (;;) {
    if (::sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return Sent::done;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::later : Sent::failed;
  }
}

}  // namespace

class Channel::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& context, Handlers given)
      : io_(context), socket_(context), handlers_(std::move(given)) {}

  void start(UniqueFd fd) {
    const int flags = ::fcntl(fd.get(), F_GETFL);
    ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
    boost::system::error_code error;
    socket_.assign(fd.get(), error);
    if (error) {
      boost::asio::post(io_, [self = shared_from_this(), error] { self->fail(error.message()); });
      return;
    }
    static_cast<void>(fd.release());
    wait_read();
  }

  void stop() {
    stopped_ = true;
    handlers_ = {};
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  void send(const ControlMessage& message, std::vector<UniqueFd> fds) {
    if (stopped_) return;
    auto packet = message.encode();
    if (!packet) {
      packet = ControlMessage("error").with("reason", packet.error().message).encode();
      fds.clear();
    }
    waiting_octets_ += packet->size();
    waiting_.push_back({std::move(*packet), std::move(fds)});
    if (!writing_) flush();
  }

  [[nodiscard]] std::size_t waiting_octets() const noexcept { return waiting_octets_; }

 private:
  void flush() {
    while (!waiting_.empty()) {
      const Sent sent = send_one(socket_.native_handle(), waiting_.front());
      if (sent == Sent::later) {
        wait_write();
        return;
      }
      if (sent == Sent::failed) {
        const std::string why = std::strerror(errno);
        boost::asio::post(io_, [self = shared_from_this(), why] { self->fail(why); });
        return;
      }
      waiting_octets_ -= waiting_.front().packet.size();
      waiting_.pop_front();
    }
    if (handlers_.drained) {
      // A handler of its own: whoever called send() must not be called back from inside it.
      boost::asio::post(io_, [self = shared_from_this()] {
        if (!self->stopped_ && self->waiting_.empty() && self->handlers_.drained) self->handlers_.drained();
      });
    }
  }

  void wait_write() {
    writing_ = true;
    socket_.async_wait(Descriptor::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         self->writing_ = false;
                         if (!error && !self->stopped_) self->flush();
                       });
  }

  void wait_read() {
    if (stopped_) return;
    socket_.async_wait(Descriptor::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         if (!error && !self->stopped_) self->receive();
                       });
  }

  void receive() {
    for (int i = 0; i < turn && !stopped_; ++i) {
      auto packet = receive_packet(socket_.native_handle());
      if (packet) {
        const auto handler = handlers_.packet;  // it may end this channel
        if (handler) handler(std::move(*packet));
        continue;
      }
      if (packet.error().problem == ReceiveProblem::would_block) break;
      return fail(packet.error().message);
    }
    if (!stopped_) wait_read();
  }

  void fail(const std::string& why) {
    if (stopped_) return;
    const auto closed = std::move(handlers_.closed);
    stop();
    if (closed) closed(why);
  }

  boost::asio::io_context& io_;
  Descriptor socket_;
  Handlers handlers_;
  std::deque<Outgoing> waiting_;
  std::size_t waiting_octets_ = 0;
  bool stopped_ = false;
  bool writing_ = false;
};

Channel::Channel(boost::asio::io_context& io, UniqueFd fd, Handlers handlers)
    : impl_(std::make_shared<Impl>(io, std::move(handlers))) {
  impl_->start(std::move(fd));
}

Channel::~Channel() { impl_->stop(); }

void Channel::send(const ControlMessage& message, std::vector<UniqueFd> fds) {
  impl_->send(message, std::move(fds));
}

std::size_t Channel::waiting_octets() const noexcept { return impl_->waiting_octets(); }

}  // namespace doors
