#include "sync/xfr/worker_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "zones/base/local_socket.h"

namespace doors::xfr {

namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

constexpr std::chrono::milliseconds slack{5'000};  // beyond its own bounds, then it is killed

/// Starts this program again with `fd` as descriptor 3 and nothing else but stderr.
Result<pid_t> spawn_worker(int fd) {
  constexpr int workers_fd = 3;
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return failure("no memory");
  int error = ::posix_spawn_file_actions_adddup2(&actions, fd, workers_fd);
  std::array<char, 9> name{"doorsync"};
  std::array<char, 18> option{"--transfer-worker"};
  const std::array<char*, 3> arguments{name.data(), option.data(), nullptr};
  const std::array<char*, 1> environment{nullptr};
  pid_t pid = 0;
  if (error == 0) {
    error = ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments.data(), environment.data());
  }
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return system_failure("cannot start a transfer worker", error);
  return pid;
}

}  // namespace

class WorkerProcess::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, UniqueFd socket, UniqueFd result, pid_t pid, Done done)
      : socket_(io, socket.release()),
        timer_(io),
        result_(std::move(result)),
        pid_(pid),
        done_(std::move(done)) {}

  ~Impl() {
    (void)::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  void wait(std::chrono::milliseconds most) {
    socket_.async_wait(Descriptor::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         if (!error) self->answered();
                       });
    timer_.expires_after(most);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->end(Outcome::failure("not done in its time"));
    });
  }

  void forget() {
    done_ = nullptr;
    boost::system::error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
  }

 private:
  void answered() {
    const auto packet = receive_packet(socket_.native_handle());
    if (!packet) return end(Outcome::failure("the worker died: out of its bounds, or killed"));
    auto outcome = Outcome::read(packet->message);
    end(outcome ? *std::move(outcome) : Outcome::failure(outcome.error().message));
  }

  void end(Outcome outcome) {
    const Done done = std::exchange(done_, nullptr);
    forget();
    if (done) done(std::move(outcome), std::move(result_));
  }

  Descriptor socket_;
  boost::asio::steady_timer timer_;
  UniqueFd result_;
  pid_t pid_;
  Done done_;
};

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(boost::asio::io_context& io, const Job& job,
                                                            const UniqueFd& before, Done done) {
  auto pair = local_pair();
  if (!pair) return Unexpected(pair.error());
  UniqueFd result;
  std::vector<int> files;
  if (job.task != Task::ask_serial) {
    result.reset(::memfd_create("manydoors-transfer", MFD_CLOEXEC));
    if (!result) return system_failure("cannot create memory file", errno);
    files.push_back(result.get());
  }
  if (job.task == Task::take_news) files.push_back(before.get());
  if (auto sent = send_packet(pair->first.get(), job.to_message(), files); !sent)
    return Unexpected(sent.error());
  const auto pid = spawn_worker(pair->second.get());
  if (!pid) return Unexpected(pid.error());
  pair->second.reset();
  auto impl = std::make_shared<Impl>(io, std::move(pair->first), std::move(result), *pid, std::move(done));
  impl->wait(job.bounds.connect + job.bounds.whole + slack);
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(std::move(impl)));
}

// NOLINTNEXTLINE(bugprone-exception-escape): what Asio throws here would be a lack of memory
WorkerProcess::~WorkerProcess() { impl_->forget(); }

}  // namespace doors::xfr
