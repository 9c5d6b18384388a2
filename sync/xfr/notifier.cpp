#include "sync/xfr/notifier.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

#include "sync/xfr/message.h"
#include "sync/xfr/socket_address.h"
#include "zones/base/file.h"
#include "zones/base/log.h"

namespace doors::xfr {
namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

/// Messages in a row, before others get their turn.
constexpr int turn = 64;

std::uint16_t draw_id() {
  const auto id = random_id();
  return id ? *id : std::uint16_t{0};  // the kernel gives none only before it has collected any
}

std::string name_of(const Primary& secondary) {
  return secondary.address.to_string() + (secondary.key ? " key " + secondary.key->name.to_string() : "");
}

}  // namespace

/// One secondary: its socket and its timer.
class Notifier::Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(boost::asio::io_context& io, const Clock& clock, const Primary& to)
      : clock_(clock), to_(to), socket_(io), timer_(io), line_(to.key, draw_id) {}

  [[nodiscard]] bool is_to(const Primary& other) const {
    const auto same_key = [](const TsigKey& a, const TsigKey& b) {
      return a.name == b.name && a.algorithm == b.algorithm && a.secret == b.secret;
    };
    return other.address == to_.address && other.key.has_value() == to_.key.has_value() &&
           (!to_.key || same_key(*to_.key, *other.key));
  }
  [[nodiscard]] NotifyRow row() const { return {name_of(to_), line_.counts(), line_.problem()}; }

  void add(const NotifyLine::Zone& zone) { line_.add(zone); }

  /// Sends what is due, and waits for answers and for its time.
  void go_on() {
    if (stopped_) return;
    int sent = 0;
    while (sent < turn && send_one()) ++sent;
    tell();
    if (line_.empty()) return close();
    const Monotonic now = clock_.monotonic();
    timer_.expires_at(std::max(line_.due(now), sent == turn ? now : now + least_pause));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->go_on();
    });
  }

  void stop() {
    stopped_ = true;
    close();
  }

 private:
  static constexpr std::chrono::milliseconds least_pause{1};

  /// False when nothing is due, or it cannot be sent.
  bool send_one() {
    const auto message = line_.next(clock_.monotonic(), clock_.wall());
    if (!message) return false;
    if (!socket_.is_open() && !open()) return true;  // tried in vain, and tried again in its time
    // A failure may be the ICMP error for a message before, which the kernel tells once.
    for (int i = 0; i < 2; ++i) {
      if (::send(socket_.native_handle(), message->data(), message->size(), MSG_NOSIGNAL) >= 0) return true;
      if (errno != ECONNREFUSED) break;
    }
    line_.not_sent(std::strerror(errno));
    return true;
  }

  bool open() {
    sockaddr_storage storage{};
    const socklen_t length = fill_socket_address(to_.address, storage);
    UniqueFd fd(::socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    boost::system::error_code error;
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
      line_.not_sent(std::strerror(errno));
      return false;
    }
    socket_.assign(fd.get(), error);
    if (error) {
      line_.not_sent(error.message());
      return false;
    }
    static_cast<void>(fd.release());
    wait_read();
    return true;
  }

  void wait_read() {
    socket_.async_wait(Descriptor::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         if (error || self->stopped_ || !self->socket_.is_open()) return;
                         self->receive();
                         self->wait_read();
                         self->go_on();
                       });
  }

  void receive() {
    std::array<std::byte, 4096> buffer;
    for (int i = 0; i < turn; ++i) {
      const ssize_t got = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
      if (got >= 0)
        line_.receive(Octets(buffer).first(static_cast<std::size_t>(got)), clock_.wall());
      else if (errno == ECONNREFUSED)
        line_.not_sent(std::strerror(errno));
      else if (errno != EINTR)
        return;
    }
  }

  void tell() {
    if (line_.problem() == told_problem_) return;
    told_problem_ = line_.problem();
    if (told_problem_.empty())
      log::info("secondary takes NOTIFY again", {{"to", name_of(to_)}});
    else
      log::warn("secondary does not take NOTIFY", {{"to", name_of(to_)}, {"reason", told_problem_}});
  }

  void close() {
    boost::system::error_code ignored;
    timer_.cancel();
    if (socket_.is_open()) socket_.close(ignored);
  }

  const Clock& clock_;
  const Primary to_;
  Descriptor socket_;
  boost::asio::steady_timer timer_;
  NotifyLine line_;
  std::string told_problem_;
  bool stopped_ = false;
};

struct Notifier::Rule {
  std::set<Name> zones;
  bool every_zone = false;
  std::vector<std::shared_ptr<Lane>> to;
};

Notifier::Notifier(boost::asio::io_context& io, const Clock& clock) : io_(io), clock_(clock) {}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
Notifier::~Notifier() {
  for (const auto& lane : lanes_) lane->stop();
}

void Notifier::set_rules(const std::vector<NotifyRule>& rules) {
  const auto before = std::exchange(lanes_, {});
  rules_.clear();
  const auto find_in = [](const auto& lanes, const Primary& secondary) {
    const auto found = std::ranges::find_if(lanes, [&](const auto& lane) { return lane->is_to(secondary); });
    return found == lanes.end() ? nullptr : *found;
  };
  for (const NotifyRule& given : rules) {
    Rule& rule = rules_.emplace_back(Rule{{given.zones.begin(), given.zones.end()}, given.every_zone, {}});
    for (const Primary& secondary : given.to) {
      auto lane = find_in(lanes_, secondary);
      if (!lane) {
        lane = find_in(before, secondary);
        if (!lane) lane = std::make_shared<Lane>(io_, clock_, secondary);
        lanes_.push_back(lane);
      }
      rule.to.push_back(std::move(lane));
    }
  }
  for (const auto& lane : before) {
    if (std::ranges::find(lanes_, lane) == lanes_.end()) lane->stop();
  }
}

void Notifier::changed(const std::vector<Name>& zones) {
  if (rules_.empty()) return;
  for (const Name& zone : zones) {
    NotifyLine::Zone shared;
    for (const Rule& rule : rules_) {
      if (!rule.every_zone && !rule.zones.contains(zone)) continue;
      if (!shared) shared = std::make_shared<const Name>(zone);
      for (const auto& lane : rule.to) lane->add(shared);
    }
  }
  for (const auto& lane : lanes_) lane->go_on();
}

std::vector<NotifyRow> Notifier::rows() const {
  std::vector<NotifyRow> rows;
  rows.reserve(lanes_.size());
  for (const auto& lane : lanes_) rows.push_back(lane->row());
  return rows;
}

}  // namespace doors::xfr
