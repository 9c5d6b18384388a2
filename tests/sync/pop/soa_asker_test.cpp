#include "sync/pop/soa_asker.h"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "zones/base/file.h"
#include "zones/base/octets.h"

namespace doors {
namespace {

/// A server on loopback that answers when it is told to.
class Server {
 public:
  Server() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* const raw = reinterpret_cast<sockaddr*>(&address_);
    REQUIRE(::bind(fd_.get(), raw, size) == 0);
    REQUIRE(::getsockname(fd_.get(), raw, &size) == 0);
  }
  [[nodiscard]] ServiceAddress address() const {
    return *ServiceAddress::parse("127.0.0.1:" + std::to_string(ntohs(address_.sin_port)));
  }

  /// Answers every question that has come with a SOA of that serial; gives their number.
  std::size_t answer(std::uint32_t serial) {
    std::size_t answered = 0;
    std::array<std::byte, 512> buffer{};
    sockaddr_in from{};
    for (;;) {
      socklen_t size = sizeof from;
      auto* const raw = reinterpret_cast<sockaddr*>(&from);
      const ssize_t got = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, raw, &size);
      if (got < 12) return answered;
      const NameView name = NameView::trusted_at(buffer.data() + 12);
      std::vector<std::byte> response(buffer.data(), buffer.data() + 12 + name.size() + 4);
      response[2] = std::byte{0x84};  // QR, AA
      response[7] = std::byte{1};     // one answer: the name again, SOA, IN, TTL 0, 22 octets, two roots
      response[11] = std::byte{0};    // and no OPT
      for (const int octet : {0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0})
        response.push_back(static_cast<std::byte>(octet));
      response.resize(response.size() + 20);
      store_u32(response.data() + response.size() - 20, serial);
      REQUIRE(::sendto(fd_.get(), response.data(), response.size(), 0, raw, size) ==
              static_cast<ssize_t>(response.size()));
      ++answered;
    }
  }

 private:
  UniqueFd fd_;
  sockaddr_in address_{};
};

TEST_SUITE("pop: asking the service addresses") {
  /// Runs the loop until the condition holds, a minute at most; `meanwhile` between its turns.
  template <class Condition, class Meanwhile>
  bool until(boost::asio::io_context & io, Condition condition, Meanwhile meanwhile) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      meanwhile();
      io.restart();
      io.run_one_for(std::chrono::milliseconds(50));
    }
    return condition();
  }
  const auto nothing = [] {};

  TEST_CASE("an answer that has come counts, however late the loop is") {
    constexpr std::size_t zones = 200;
    Server server;
    boost::asio::io_context io;
    // No patience at all: every question is overdue when the loop runs again.
    SoaAsker asker(io, {server.address()}, {.reply_timeout = {}, .retry_pause = {}, .patience = {}});
    std::vector<std::string> reasons;
    for (std::size_t i = 0; i < zones; ++i) {
      asker.ask(*Name::parse("z" + std::to_string(i) + ".example."), Serial(7), SoaAsker::Turn::next,
                [&](std::string reason) { reasons.push_back(std::move(reason)); });
    }
    io.poll_one();  // they are asked
    REQUIRE(server.answer(7) == zones);
    CHECK(until(
        io, [&] { return reasons.size() == zones; }, nothing));
    CHECK(reasons == std::vector<std::string>(zones));
  }

  TEST_CASE("what is not answered is said, with the address") {
    Server server;
    boost::asio::io_context io;
    SoaAsker asker(io, {server.address()}, {.reply_timeout = {}, .retry_pause = {}, .patience = {}});
    std::string reason;
    asker.ask(*Name::parse("example."), Serial(7), SoaAsker::Turn::next,
              [&](std::string why) { reason = std::move(why); });
    CHECK(until(
        io, [&] { return !reason.empty(); }, nothing));
    CHECK(reason == "127.0.0.1:" + std::to_string(server.address().port) + " does not answer");
  }

  TEST_CASE("another serial is asked for again until patience ends") {
    Server server;
    boost::asio::io_context io;
    SoaAsker asker(io, {server.address()}, {.reply_timeout = std::chrono::seconds(60), .retry_pause = {}});
    std::optional<std::string> reason;
    asker.ask(*Name::parse("example."), Serial(8), SoaAsker::Turn::next,
              [&](std::string why) { reason = std::move(why); });
    std::size_t asked = 0;
    CHECK(until(
        io, [&] { return reason.has_value(); }, [&] { asked += server.answer(asked == 0 ? 7 : 8); }));
    CHECK(asked == 2);
    CHECK(reason == "");
  }
}

}  // namespace
}  // namespace doors
