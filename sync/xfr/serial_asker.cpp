#include "sync/xfr/serial_asker.h"

#include <array>
#include <cstring>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sync/xfr/message.h"
#include "sync/xfr/socket_address.h"
#include "zones/base/clock.h"
#include "zones/tsig/client.h"
#include "zones/tsig/verify.h"

namespace doors::xfr {

namespace {

using Udp = boost::asio::ip::udp;
using std::chrono::milliseconds;

/// How long each try is waited for.
constexpr std::array<milliseconds, 3> tries{milliseconds(500), milliseconds(1000), milliseconds(1500)};
/// What passes by during one try; a flood is no answer.
constexpr unsigned most_strangers = 1000;

}  // namespace

class SerialAsker::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, const Name& zone, const Primary& primary, Done done)
      : socket_(io), timer_(io), zone_(zone), primary_(primary), done_(std::move(done)) {}

  void begin() {
    sockaddr_storage storage{};
    const socklen_t length = fill_socket_address(primary_.address, storage);
    Udp::endpoint endpoint;
    endpoint.resize(length);
    std::memcpy(endpoint.data(), &storage, length);
    boost::system::error_code error;
    socket_.open(endpoint.protocol(), error);
    if (!error) socket_.connect(endpoint, error);
    if (error) return end(std::nullopt);
    ask();
  }

  void forget() {
    done_ = nullptr;
    boost::system::error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
  }

 private:
  void ask() {
    if (!done_) return;
    if (try_ == tries.size()) return end(std::nullopt);
    const auto id = random_id();
    if (!id) return end(std::nullopt);
    id_ = *id;
    std::vector<std::byte> request = build_request(zone_, RRType::soa, id_, std::nullopt);
    if (primary_.key) {
      tsig_.emplace(*primary_.key);
      if (!tsig_->sign(request, tsig_time(clock_.wall()))) return end(std::nullopt);
    }
    boost::system::error_code error;
    socket_.send(boost::asio::buffer(request), 0, error);
    if (error) return end(std::nullopt);
    strangers_ = 0;
    timer_.expires_after(tries[try_++]);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& ended) {
      if (!ended) self->ask();
    });
    if (try_ == 1) receive();
  }

  void receive() {
    socket_.async_receive(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
          if (self->done_) self->received(error, size);
        });
  }

  void received(const boost::system::error_code& error, std::size_t size) {
    if (error) return end(std::nullopt);  // nobody listens there
    const Octets message = Octets(buffer_).first(size);
    if (message.size() >= 2 && load_u16(message.data()) == id_) return end(read(message));
    if (++strangers_ > most_strangers) return end(std::nullopt);
    receive();
  }

  [[nodiscard]] std::optional<SoaFields> read(Octets message) {
    if (tsig_) {
      const auto size = tsig_->check(message, tsig_time(clock_.wall()));
      if (!size || !tsig_->is_proved()) return std::nullopt;
      message = message.first(*size);
    }
    const auto soa = read_soa_response(message, zone_, id_);
    return soa ? std::optional(*soa) : std::nullopt;
  }

  void end(std::optional<SoaFields> soa) {
    const Done done = std::exchange(done_, nullptr);
    forget();
    if (done) done(soa);
  }

  RealClock clock_;
  Udp::socket socket_;
  boost::asio::steady_timer timer_;
  Name zone_;
  Primary primary_;
  Done done_;
  std::size_t try_ = 0;  // begun
  std::uint16_t id_ = 0;
  std::optional<TsigClient> tsig_;
  unsigned strangers_ = 0;
  std::array<std::byte, 4096> buffer_;
};

SerialAsker::SerialAsker(boost::asio::io_context& io, const Name& zone, const Primary& primary, Done done)
    : impl_(std::make_shared<Impl>(io, zone, primary, std::move(done))) {
  boost::asio::post(io, [impl = impl_] { impl->begin(); });
}

// NOLINTNEXTLINE(bugprone-exception-escape): what Asio throws here would be a lack of memory
SerialAsker::~SerialAsker() { impl_->forget(); }

}  // namespace doors::xfr
