#include "sync/ctl/listener_check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include <poll.h>

#include "zones/base/file.h"
#include "zones/base/octets.h"
#include "zones/dns/query.h"

namespace doors::ctl {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

bool wait_for(int fd, short events, Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd poll_fd{fd, events, 0};
  return ::poll(&poll_fd, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) == 1;
}

/// One try: a connected socket, the question out, the response in, before `deadline`.
bool answers(const Endpoint& listener, int type, const Question& question, Deadline deadline) {
  const UniqueFd fd(::socket(listener.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return false;
  if (::connect(fd.get(), listener.address(), listener.size()) != 0 &&
      (errno != EINPROGRESS || !wait_for(fd.get(), POLLOUT, deadline))) {
    return false;
  }
  const QueryMessage query = build_query(question);
  std::vector<std::byte> out(2);
  store_u16(out.data(), static_cast<std::uint16_t>(query.size));
  out.insert(out.end(), query.view().begin(), query.view().end());
  const std::size_t skipped = type == SOCK_DGRAM ? 2 : 0;  // over UDP there is no length in front
  if (::send(fd.get(), out.data() + skipped, out.size() - skipped, MSG_NOSIGNAL) < 0) return false;

  std::array<std::byte, 4096> in;
  std::size_t got = skipped;
  while (wait_for(fd.get(), POLLIN, deadline)) {
    const ssize_t more = ::recv(fd.get(), in.data() + got, in.size() - got, 0);
    if (more <= 0) return false;
    if (type == SOCK_DGRAM) {
      const Octets response(in.data() + skipped, static_cast<std::size_t>(more));
      if (read_response(response, &question)) return true;
      continue;
    }
    got += static_cast<std::size_t>(more);
    if (got < 2) continue;
    const std::size_t length = load_u16(in.data());
    // More than fits here is an answer too: somebody speaks DNS over TCP.
    if (length > in.size() - 2) return true;
    if (got >= length + 2) return read_response(Octets(in.data() + 2, length), &question).has_value();
  }
  return false;
}

}  // namespace

Outcome<void> wait_until_answering(const std::vector<Endpoint>& udp, const std::vector<Endpoint>& tcp,
                                   NameView zone, Deadline deadline, const std::function<bool()>& stop) {
  Question question;
  question.name = Name(zone);
  question.id = 0x4d44;
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    for (const Endpoint& listener : type == SOCK_DGRAM ? udp : tcp) {
      for (;;) {
        const Deadline now = std::chrono::steady_clock::now();
        if (stop() || now >= deadline) {
          return unreachable("doord does not answer on " + listener.to_string() +
                             (type == SOCK_DGRAM ? " over UDP" : " over TCP"));
        }
        const Deadline this_try = std::min(deadline, now + std::chrono::milliseconds(200));
        if (answers(listener.reachable(), type, question, this_try)) break;
        ++question.id;
        if (std::chrono::steady_clock::now() < this_try) {  // refused at once: no faster than its clock
          static_cast<void>(::poll(nullptr, 0, 5));
        }
      }
    }
  }
  return {};
}

}  // namespace doors::ctl
