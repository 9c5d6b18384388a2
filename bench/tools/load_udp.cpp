#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <sys/socket.h>
#include <unistd.h>

#include "bench/tools/load.h"
#include "bench/tools/open_questions.h"

namespace doors::bench {
namespace {

constexpr unsigned batch = 32;
constexpr std::uint64_t look_for_lost_ns = 20'000'000;

/// One connected socket and what is open on it. Never waits: the loader has a core of its own, and a sleeping
/// loader would have to be woken at the server's cost.
class Flow {
 public:
  Flow(const LoadPlan& plan, unsigned slots, const Questions& questions)
      : questions_(questions),
        open_(slots, questions),
        socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in to = plan.to;
    const int size = 4 << 20;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (socket_ < 0 || ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) {
      std::perror("bench_load: socket");
      std::exit(1);
    }
    for (unsigned i = 0; i < batch; ++i) {
      in_parts_[i] = {in_[i].data(), in_[i].size()};
      in_heads_[i] = {};
      in_heads_[i].msg_hdr.msg_iov = &in_parts_[i];
      in_heads_[i].msg_hdr.msg_iovlen = 1;
      out_heads_[i] = {};
      out_heads_[i].msg_hdr.msg_iov = &out_parts_[2 * i];
      out_heads_[i].msg_hdr.msg_iovlen = 2;
    }
  }
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;
  ~Flow() { ::close(socket_); }

  [[nodiscard]] bool waiting() const noexcept { return open_.open() != 0; }
  [[nodiscard]] bool full() const noexcept { return open_.full(); }

  /// Takes in what has come.
  void receive(Tally& tally) {
    for (;;) {
      const int count = ::recvmmsg(socket_, in_heads_.data(), batch, MSG_DONTWAIT, nullptr);
      if (count <= 0) return;
      const std::uint64_t now = now_ns();
      for (int i = 0; i < count; ++i) {
        const auto& head = in_heads_[static_cast<unsigned>(i)];
        open_.close({in_[static_cast<unsigned>(i)].data(), head.msg_len}, now, tally);
      }
      if (count < static_cast<int>(batch)) return;
    }
  }

  /// Opens up to `count` questions from `next` on, due at `since_ns`. Gives how many.
  unsigned send(std::size_t& next, unsigned count, std::uint64_t since_ns, Tally& tally) {
    unsigned filled = 0;
    for (; filled < std::min(count, batch) && !open_.full(); ++filled) {
      const auto question = questions_[next];
      const std::uint16_t id = open_.open(next, since_ns);
      ids_[filled] = {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id & 255)};
      out_parts_[2 * filled] = {ids_[filled].data(), 2};
      out_parts_[2 * filled + 1] = {const_cast<std::uint8_t*>(question.data()) + 2, question.size() - 2};
      next = next + 1 == questions_.size() ? 0 : next + 1;
    }
    for (unsigned sent = 0; sent < filled;) {  // what a full queue refuses is lost, and found so by its age
      const int now = ::sendmmsg(socket_, out_heads_.data() + sent, filled - sent, MSG_DONTWAIT);
      if (now <= 0) break;
      sent += static_cast<unsigned>(now);
    }
    tally.sent += filled;
    return filled;
  }

  void expire(std::uint64_t since_ns, Tally& tally) { open_.expire(since_ns, tally); }

 private:
  const Questions& questions_;
  OpenQuestions open_;
  int socket_;
  std::array<std::array<std::uint8_t, 320>, batch>
      in_;  // header and question are enough to judge; the rest is cut
  std::array<iovec, batch> in_parts_;
  std::array<mmsghdr, batch> in_heads_;
  std::array<std::array<std::uint8_t, 2>, batch> ids_;
  std::array<iovec, 2 * batch> out_parts_;
  std::array<mmsghdr, batch> out_heads_;
};

std::vector<std::unique_ptr<Flow>> flows_of(const LoadPlan& plan, const Questions& questions) {
  std::vector<std::unique_ptr<Flow>> flows;
  const unsigned slots = std::max(1u, plan.outstanding / plan.sockets);
  for (unsigned i = 0; i < plan.sockets; ++i) flows.push_back(std::make_unique<Flow>(plan, slots, questions));
  return flows;
}

/// Gives what is open its time to come, then up.
void drain(std::vector<std::unique_ptr<Flow>>& flows, const LoadPlan& plan, Tally& tally) {
  const std::uint64_t end = now_ns() + static_cast<std::uint64_t>(plan.patience * 1e9);
  const auto waiting = [&flows] {
    return std::any_of(flows.begin(), flows.end(), [](const auto& flow) { return flow->waiting(); });
  };
  while (waiting() && now_ns() < end) {
    for (auto& flow : flows) flow->receive(tally);
  }
  for (auto& flow : flows) flow->expire(UINT64_MAX, tally);
}

}  // namespace

volatile std::sig_atomic_t told_to_stop = 0;

Tally load_udp(const LoadPlan& plan, const Questions& questions) {
  auto flows = flows_of(plan, questions);
  const auto patience = static_cast<std::uint64_t>(plan.patience * 1e9);
  Tally tally;
  std::size_t next = 0;
  const std::uint64_t start = now_ns();
  const std::uint64_t end = start + static_cast<std::uint64_t>(plan.seconds * 1e9);
  std::uint64_t look = start + look_for_lost_ns;
  for (std::uint64_t now = start; now < end && !told_to_stop; now = now_ns()) {
    for (auto& flow : flows) {
      flow->receive(tally);
      if (!flow->full()) flow->send(next, batch, now_ns(), tally);
    }
    if (now < look) continue;
    for (auto& flow : flows) flow->expire(now - std::min(now, patience), tally);
    look = now + look_for_lost_ns;
  }
  tally.seconds = static_cast<double>(now_ns() - start) / 1e9;
  drain(flows, plan, tally);
  return tally;
}

Tally load_udp_at_rate(const LoadPlan& plan, const Questions& questions) {
  auto flows = flows_of(plan, questions);
  const auto patience = static_cast<std::uint64_t>(plan.patience * 1e9);
  const double interval = 1e9 / plan.rate;
  Tally tally;
  std::size_t next = 0;
  const std::uint64_t start = now_ns();
  const auto total = static_cast<std::uint64_t>(plan.seconds * plan.rate);
  std::uint64_t look = start + look_for_lost_ns;
  for (std::uint64_t i = 0; i < total && !told_to_stop;) {
    const std::uint64_t now = now_ns();
    const std::uint64_t due = start + static_cast<std::uint64_t>(static_cast<double>(i) * interval);
    if (now >= due) {
      Flow& flow = *flows[i % flows.size()];
      if (flow.send(next, 1, due, tally) == 0) ++tally.late;
      ++i;
    }
    for (auto& flow : flows) {
      if (flow->waiting()) flow->receive(tally);
    }
    if (now < look) continue;
    for (auto& flow : flows) flow->expire(now - std::min(now, patience), tally);
    look = now + look_for_lost_ns;
  }
  tally.seconds = static_cast<double>(now_ns() - start) / 1e9;
  drain(flows, plan, tally);
  return tally;
}

}  // namespace doors::bench
