#include "sync/pop/soa_asker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sync/xfr/socket_address.h"
#include "zones/base/clock.h"
#include "zones/base/file.h"
#include "zones/dns/query.h"

namespace doors {
namespace {

using Descriptor = boost::asio::posix::stream_descriptor;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds tick{10};
constexpr int turn = 64;

/// One zone, until all addresses have answered.
struct Job {
  Name zone;
  Serial serial{0};
  std::size_t open = 0;
  std::string reason;
  std::function<void(std::string)> done;
};

/// One zone at one address.
struct Inquiry {
  std::shared_ptr<Job> job;
  std::optional<Monotonic> gives_up = std::nullopt;  // set by the first question: the line may be long
  Monotonic next{};                                  // when it is asked again
  std::string latest = {};                           // what the last try came to
};

Result<UniqueFd> connected_socket(const ServiceAddress& address) {
  sockaddr_storage storage{};
  const socklen_t length = xfr::fill_socket_address(address, storage);
  UniqueFd fd(::socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_failure("cannot make a socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
    return system_failure("cannot reach", errno);
  }
  return fd;
}

/// What a response says against the version that is wanted; empty: nothing.
std::string complaint(const ResponseSummary& response, Serial wanted) {
  if (response.rcode != Rcode::noerror) return "answers " + to_string(response.rcode);
  if (!response.authoritative) return "answers without authority";
  if (!response.serial) return "answers without a SOA";
  if (*response.serial != wanted.raw()) {
    return "answers with serial " + std::to_string(*response.serial) + " instead of " +
           std::to_string(wanted.raw());
  }
  return {};
}

}  // namespace

class SoaAsker::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& context, std::vector<ServiceAddress> addresses, const Limits& limits)
      : io_(context), limits_(limits), timer_(context) {
    for (ServiceAddress& address : addresses)
      lanes_.push_back(std::make_unique<Lane>(context, std::move(address)));
    (void)!::getrandom(&next_id_, sizeof next_id_, 0);
  }

  [[nodiscard]] bool is_asking() const noexcept {
    return std::ranges::any_of(lanes_, [](const auto& lane) { return lane->is_open(); });
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    boost::system::error_code ignored;
    for (const auto& lane : lanes_) {
      lane->socket.close(ignored);
      lane->fresh.clear();
      lane->waiting.clear();
      lane->asked.clear();
    }
  }

  void ask(NameView zone, Serial serial, Turn turn, std::function<void(std::string)> done) {
    if (lanes_.empty()) {
      boost::asio::post(io_, [done = std::move(done)] { done({}); });
      return;
    }
    auto job = std::make_shared<Job>(Job{Name(zone), serial, lanes_.size(), {}, std::move(done)});
    for (const auto& lane : lanes_) {
      (turn == Turn::next ? lane->fresh : lane->waiting).push_back({.job = job});
    }
    if (posted_) return;
    posted_ = true;
    boost::asio::post(io_, [self = shared_from_this()] {
      self->posted_ = false;
      self->work();
    });
  }

 private:
  struct Lane {
    Lane(boost::asio::io_context& io, ServiceAddress to) : address(std::move(to)), socket(io) {}
    ServiceAddress address;
    Descriptor socket;
    // What was never asked goes before what was asked in vain, so that an address that is dead, or zones that
    // fail for long, do not hold up the first question of a new push.
    std::deque<Inquiry> fresh;
    std::deque<Inquiry> waiting;                       // by no order of `next`
    std::unordered_map<std::uint16_t, Inquiry> asked;  // by message id; `next` is when its time is over
    [[nodiscard]] bool is_open() const noexcept {
      return !fresh.empty() || !waiting.empty() || !asked.empty();
    }
  };

  /// Times out, asks and waits, for every address.
  void work() {
    if (stopped_) return;
    bool open = false;
    for (const auto& lane : lanes_) {
      // What has come counts, however late this thread is.
      for (std::size_t i = 0; i < limits_.in_flight && receive(*lane); ++i) {
      }
      if (stopped_) return;
      const Monotonic now = steady_clock::now();
      time_out(*lane, now);
      if (ask_from(*lane, lane->fresh, now)) ask_from(*lane, lane->waiting, now);
      open = open || lane->is_open();
    }
    if (!open || ticking_) return;
    ticking_ = true;
    timer_.expires_after(tick);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      self->ticking_ = false;
      if (!error) self->work();
    });
  }

  void time_out(Lane& lane, Monotonic now) {
    std::vector<std::uint16_t> over;
    for (const auto& [id, inquiry] : lane.asked) {
      if (inquiry.next <= now) over.push_back(id);
    }
    for (const std::uint16_t id : over) {
      Inquiry inquiry = std::move(lane.asked.at(id));
      lane.asked.erase(id);
      inquiry.latest = "does not answer";
      again(lane, std::move(inquiry), now);
    }
  }

  /// Another try at `when`, or the end of patience.
  void again(Lane& lane, Inquiry inquiry, Monotonic when) {
    if (when < *inquiry.gives_up) {
      inquiry.next = when;
      lane.waiting.push_back(std::move(inquiry));
    } else {
      end(lane, inquiry, lane.address.to_string() + " " + inquiry.latest);
    }
  }

  static void end(const Lane&, const Inquiry& inquiry, std::string reason) {
    Job& job = *inquiry.job;
    if (job.reason.empty()) job.reason = std::move(reason);
    if (--job.open == 0) job.done(std::move(job.reason));
  }

  /// Asks what is due of one line, as far as there is room in flight. False when the address cannot be asked.
  bool ask_from(Lane& lane, std::deque<Inquiry>& line, Monotonic now) {
    for (std::size_t left = line.size(); left > 0 && lane.asked.size() < limits_.in_flight; --left) {
      Inquiry inquiry = std::move(line.front());
      line.pop_front();
      if (inquiry.next > now) {
        line.push_back(std::move(inquiry));
        continue;
      }
      if (!inquiry.gives_up) inquiry.gives_up = now + limits_.patience;
      if (auto sent = send(lane, inquiry); !sent) {
        inquiry.latest = "cannot be asked: " + sent.error().message;
        boost::system::error_code ignored;
        lane.socket.close(ignored);
        again(lane, std::move(inquiry), now + limits_.retry_pause);
        return false;
      }
    }
    return true;
  }

  Result<void> send(Lane& lane, Inquiry& inquiry) {
    if (!lane.socket.is_open()) {
      auto fd = connected_socket(lane.address);
      if (!fd) return Unexpected(std::move(fd).error());
      boost::system::error_code error;
      lane.socket.assign(fd->get(), error);
      if (error) return failure(error.message());
      static_cast<void>(fd->release());
      wait_read(lane);
    }
    do {
      ++next_id_;
    } while (lane.asked.contains(next_id_));
    const QueryMessage query = build_query({.name = inquiry.job->zone, .type = RRType::soa, .id = next_id_});
    ssize_t sent = 0;
    // A first failure may be an ICMP error for a question before, which the kernel tells once.
    for (int i = 0; i < 2; ++i) {
      sent = ::send(lane.socket.native_handle(), query.octets.data(), query.size, MSG_NOSIGNAL);
      if (sent >= 0 || errno != ECONNREFUSED) break;
    }
    if (sent < 0 && errno != EAGAIN && errno != ENOBUFS) return failure(std::strerror(errno));
    inquiry.next = steady_clock::now() + limits_.reply_timeout;
    lane.asked.emplace(next_id_, std::move(inquiry));
    return {};
  }

  void wait_read(Lane& lane) {
    lane.socket.async_wait(Descriptor::wait_read,
                           [self = shared_from_this(), &lane](const boost::system::error_code& error) {
                             if (error || self->stopped_) return;
                             for (int i = 0; i < turn && self->receive(lane); ++i) {
                             }
                             if (!self->stopped_ && lane.socket.is_open()) self->wait_read(lane);
                             self->work();
                           });
  }

  /// False when nothing more has come.
  bool receive(Lane& lane) {
    if (!lane.socket.is_open()) return false;
    std::array<std::byte, 4096> buffer;
    const ssize_t got = ::recv(lane.socket.native_handle(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno == ECONNREFUSED || errno == EINTR;
    const Octets message = Octets(buffer).first(static_cast<std::size_t>(got));
    if (message.size() < 2) return true;
    const auto found = lane.asked.find(load_u16(message.data()));
    if (found == lane.asked.end()) return true;
    const Question question{.name = found->second.job->zone, .type = RRType::soa, .id = found->first};
    const auto response = read_response(message, &question);
    if (!response) return true;  // not an answer to this question: somebody else's, or nonsense
    Inquiry inquiry = std::move(found->second);
    lane.asked.erase(found);
    inquiry.latest = complaint(*response, inquiry.job->serial);
    if (inquiry.latest.empty())
      end(lane, inquiry, {});
    else
      again(lane, std::move(inquiry), steady_clock::now() + limits_.retry_pause);
    return !stopped_;
  }

  boost::asio::io_context& io_;
  Limits limits_;
  boost::asio::steady_timer timer_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::uint16_t next_id_ = 0;
  bool posted_ = false;
  bool ticking_ = false;
  bool stopped_ = false;
};

SoaAsker::SoaAsker(boost::asio::io_context& io, std::vector<ServiceAddress> addresses, const Limits& limits)
    : impl_(std::make_shared<Impl>(io, std::move(addresses), limits)) {}

// NOLINTNEXTLINE(bugprone-exception-escape): cancel() throws for a timer that is none only
SoaAsker::~SoaAsker() { impl_->stop(); }

bool SoaAsker::is_asking() const noexcept { return impl_->is_asking(); }

void SoaAsker::ask(NameView zone, Serial serial, Turn turn, std::function<void(std::string)> done) {
  impl_->ask(zone, serial, turn, std::move(done));
}

}  // namespace doors
