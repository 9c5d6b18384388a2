#include "zones/base/local_acceptor.h"

#include <cerrno>
#include <chrono>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zones/base/local_socket.h"

namespace doors {

namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

/// How long clients wait in the queue when there was no descriptor; asking again at once would only spin.
constexpr std::chrono::milliseconds pause_time{100};
/// Clients accepted before others have their turn.
constexpr int accepts_in_a_row = 64;

}  // namespace

class LocalAcceptor::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, std::filesystem::path path, Accepted accepted)
      : socket_(io), pause_(io), path_(std::move(path)), accepted_(std::move(accepted)) {}

  Result<void> start() {
    auto fd = listen_local(path_);
    if (!fd) return Unexpected(fd.error());
    const int flags = ::fcntl(fd->get(), F_GETFL);
    if (flags < 0 || ::fcntl(fd->get(), F_SETFL, flags | O_NONBLOCK) != 0)
      return system_failure("cannot listen on " + path_.string(), errno);
    boost::system::error_code error;
    socket_.assign(fd->get(), error);
    if (error) return failure("cannot watch " + path_.string() + ": " + error.message());
    static_cast<void>(fd->release());
    wait();
    return {};
  }

  void stop() {
    if (!socket_.is_open()) return;
    boost::system::error_code ignored;
    socket_.close(ignored);
    pause_.cancel();
    ::unlink(path_.c_str());
  }

 private:
  void wait() {
    socket_.async_wait(Descriptor::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         if (!error) self->accept();
                       });
  }

  void accept() {
    for (int i = 0; i < accepts_in_a_row && socket_.is_open(); ++i) {
      UniqueFd client(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (client)
        accepted_(std::move(client));
      else if (errno == EAGAIN || errno == EWOULDBLOCK)
        break;
      else if (errno != EINTR && errno != ECONNABORTED)
        return pause();
    }
    if (socket_.is_open()) wait();
  }

  void pause() {
    pause_.expires_after(pause_time);
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && self->socket_.is_open()) self->wait();
    });
  }

  Descriptor socket_;
  boost::asio::steady_timer pause_;
  const std::filesystem::path path_;
  const Accepted accepted_;
};

Result<LocalAcceptor> LocalAcceptor::listen(boost::asio::io_context& io, const std::filesystem::path& path,
                                            Accepted accepted) {
  auto impl = std::make_shared<Impl>(io, path, std::move(accepted));
  if (auto started = impl->start(); !started) return Unexpected(started.error());
  return LocalAcceptor(std::move(impl));
}

LocalAcceptor::LocalAcceptor(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

LocalAcceptor::LocalAcceptor(LocalAcceptor&&) noexcept = default;

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
LocalAcceptor::~LocalAcceptor() {
  if (impl_) impl_->stop();
}

}  // namespace doors
