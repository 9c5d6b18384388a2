#include "server/health/probe.h"

#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "zones/base/clock.h"

namespace doors {

namespace asio = boost::asio;

namespace {

constexpr int most_strays = 16;

std::uint16_t random_id() {
  static thread_local std::minstd_rand generator(std::random_device{}());
  return static_cast<std::uint16_t>(generator() >> 8);
}

asio::ip::address to_asio(const IpAddress& address) {
  const Octets octets = address.octets();
  if (address.is_v6()) {
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), octets.data(), bytes.size());
    return asio::ip::address_v6(bytes);
  }
  asio::ip::address_v4::bytes_type bytes;
  std::memcpy(bytes.data(), octets.data(), bytes.size());
  return asio::ip::address_v4(bytes);
}

bool says_nobody_listens(const boost::system::error_code& error) {
  return error == asio::error::connection_refused || error == asio::error::connection_reset ||
         error == asio::error::eof;
}

/// What both transports share: the question, the deadline, and the one report. Kept alive by its pending
/// handlers.
template <class Socket>
class Asking : public std::enable_shared_from_this<Asking<Socket>> {
 public:
  Asking(asio::io_context& io, const Probe& probe, std::function<void(ProbeReport)> done)
      : probe_(probe), done_(std::move(done)), socket_(io), timer_(io) {
    probe_.question.id = random_id();
    query_ = build_query(probe_.question);
    began_ = std::chrono::steady_clock::now();
  }

  void start() {
    timer_.expires_after(probe_.timeout);
    timer_.async_wait([self = this->shared_from_this()](boost::system::error_code error) {
      if (!error) self->finish(self->nothing_came());
    });
    begin();
  }

 private:
  void begin();

  [[nodiscard]] ProbeReport nothing_came() const {
    ProbeReport report;
    report.outcome = strays_ > 0 ? ProbeReport::Outcome::malformed : ProbeReport::Outcome::silent;
    report.words = strays_ > 0 ? "only octets that are no response to the question" : "no answer";
    report.words += " within " + words_of(probe_.timeout);
    return report;
  }

  void fail(const boost::system::error_code& error, const char* doing) {
    ProbeReport report;
    report.outcome =
        says_nobody_listens(error) ? ProbeReport::Outcome::refused : ProbeReport::Outcome::failed;
    report.words = std::string(doing) + ": " + error.message();
    finish(std::move(report));
  }

  void finish(ProbeReport report) {
    if (!done_) return;
    timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
    std::exchange(done_, nullptr)(std::move(report));
  }

  /// Judges what came; false if it was no response to the question, and so nothing to end with.
  bool came(Octets message) {
    const auto took = std::chrono::steady_clock::now() - began_;
    if (took > probe_.timeout) {  // it lay in the socket while this process did not run
      finish(nothing_came());
      return true;
    }
    auto report = judge(message, probe_.question, probe_.identity,
                        std::chrono::duration_cast<std::chrono::microseconds>(took));
    if (report.outcome == ProbeReport::Outcome::malformed) return false;
    finish(std::move(report));
    return true;
  }

  void receive();       // UDP
  void exchange_tcp();  // TCP, once connected

  Probe probe_;
  std::function<void(ProbeReport)> done_;
  Socket socket_;
  asio::steady_timer timer_;
  QueryMessage query_;
  Monotonic began_;
  int strays_ = 0;
  std::array<std::byte, 4096> datagram_{};
  std::vector<std::byte> stream_;
};

using UdpAsking = Asking<asio::ip::udp::socket>;
using TcpAsking = Asking<asio::ip::tcp::socket>;

template <>
void UdpAsking::receive() {
  socket_.async_receive(asio::buffer(datagram_), [self = this->shared_from_this()](
                                                     boost::system::error_code error, std::size_t octets) {
    if (!self->done_) return;
    if (error) return self->fail(error, "receive");
    if (self->came(Octets(self->datagram_).first(octets))) return;
    if (++self->strays_ < most_strays) self->receive();
  });
}

template <>
void UdpAsking::begin() {
  const asio::ip::udp::endpoint to(to_asio(probe_.address.address), probe_.address.port);
  boost::system::error_code error;
  socket_.open(to.protocol(), error);
  if (!error)
    socket_.connect(to, error);  // UDP: no packet; so that ICMP's answers reach us and strays do not
  if (!error) socket_.non_blocking(true, error);
  if (!error) socket_.send(asio::buffer(query_.octets.data(), query_.size), 0, error);
  if (!error) return receive();
  // Not from within ask(): its caller does not expect the report before it returns.
  asio::post(socket_.get_executor(), [self = this->shared_from_this(), error] {
    if (self->done_) self->fail(error, "send");
  });
}

template <>
void TcpAsking::exchange_tcp() {
  stream_.resize(2 + query_.size);
  store_u16(stream_.data(), static_cast<std::uint16_t>(query_.size));
  std::memcpy(stream_.data() + 2, query_.octets.data(), query_.size);
  const auto self = this->shared_from_this();
  asio::async_write(socket_, asio::buffer(stream_), [self](boost::system::error_code error, std::size_t) {
    if (!self->done_) return;
    if (error) return self->fail(error, "send");
    self->stream_.assign(2, std::byte{0});
    asio::async_read(self->socket_, asio::buffer(self->stream_),
                     [self](boost::system::error_code failed, std::size_t) {
                       if (!self->done_) return;
                       if (failed) return self->fail(failed, "receive");
                       self->stream_.resize(load_u16(self->stream_.data()));
                       asio::async_read(self->socket_, asio::buffer(self->stream_),
                                        [self](boost::system::error_code cut, std::size_t) {
                                          if (!self->done_) return;
                                          if (cut) return self->fail(cut, "receive");
                                          if (self->came(self->stream_)) return;
                                          ++self->strays_;
                                          self->finish(self->nothing_came());
                                        });
                     });
  });
}

template <>
void TcpAsking::begin() {
  const asio::ip::tcp::endpoint to(to_asio(probe_.address.address), probe_.address.port);
  socket_.async_connect(to, [self = this->shared_from_this()](boost::system::error_code error) {
    if (!self->done_) return;
    if (error) return self->fail(error, "connect");
    self->exchange_tcp();
  });
}

}  // namespace

void ask(boost::asio::io_context& io, const Probe& probe, std::function<void(ProbeReport)> done) {
  if (probe.tcp)
    std::make_shared<TcpAsking>(io, probe, std::move(done))->start();
  else
    std::make_shared<UdpAsking>(io, probe, std::move(done))->start();
}

}  // namespace doors
