#include "sync/ctl/responder.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zones/base/local_socket.h"

namespace doors::ctl {
namespace {

constexpr int control_fd_of_child = 3;
constexpr int config_fd_of_child = 4;

/// Between fork and exec in the child: only calls that are safe after a fork. Writes errno to `report` on
/// failure.
[[noreturn]] void become(const char* program, char* const* arguments, int control, int config, int report,
                         pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGPIPE, &usual, nullptr);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent was gone before we asked
  // First out of the way of 3 and 4, then onto them; dup2 clears close-on-exec.
  const int high_control = fcntl(control, F_DUPFD_CLOEXEC, 16);
  const int high_config = fcntl(config, F_DUPFD_CLOEXEC, 16);
  const int high_report = fcntl(report, F_DUPFD_CLOEXEC, 16);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (high_control >= 0 && high_config >= 0 && high_report >= 0 && nothing >= 0 &&
      dup2(nothing, STDIN_FILENO) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 &&
      dup2(high_control, control_fd_of_child) >= 0 && dup2(high_config, config_fd_of_child) >= 0) {
    execv(program, arguments);
  }
  const int why = errno;
  static_cast<void>(!write(high_report, &why, sizeof why));
  _exit(127);
}

std::string words_of(int status) {
  if (WIFEXITED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
  return "killed by signal " + std::to_string(WTERMSIG(status));
}

}  // namespace

Outcome<Responder> Responder::start(const std::filesystem::path& program, const std::string& config) {
  Result<std::pair<UniqueFd, UniqueFd>> pair = local_pair();
  if (!pair) return refused("cannot make a socket pair: " + pair.error().message);
  const Result<UniqueFd> config_fd = sealed_memory_file("doord.toml", octets_of(config));
  if (!config_fd) return refused(config_fd.error().message);
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    return refused("cannot make a pipe: " + std::generic_category().message(errno));
  }
  UniqueFd report_in(report[0]);
  UniqueFd report_out(report[1]);

  const std::string path = program.string();
  std::string name = "doord";
  std::string config_option = "--config";
  std::string config_path = "/proc/self/fd/" + std::to_string(config_fd_of_child);
  std::string control_option = "--control-fd";
  std::string control_number = std::to_string(control_fd_of_child);
  const std::array<char*, 6> arguments{name.data(),           config_option.data(),  config_path.data(),
                                       control_option.data(), control_number.data(), nullptr};
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return refused("cannot start doord: " + std::generic_category().message(errno));
  if (child == 0) {
    become(path.c_str(), arguments.data(), pair->second.get(), config_fd->get(), report_out.get(), parent);
  }
  Responder responder(child, std::move(pair->first));
  report_out.reset();
  int why = 0;
  if (::read(report_in.get(), &why, sizeof why) == sizeof why) {  // else end of file: exec closed it
    return refused("cannot run " + path + ": " + std::generic_category().message(why));
  }
  return responder;
}

Responder::Responder(Responder&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), control_(std::move(other.control_)), status_(other.status_) {}

Responder::~Responder() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
}

std::optional<std::string> Responder::ended(std::chrono::milliseconds patience) {
  if (pid_ >= 0) {
    const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (::waitpid(pid_, &status_, WNOHANG) != pid_) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return std::nullopt;
      pollfd poll_fd{handle.get(), POLLIN, 0};
      static_cast<void>(::poll(&poll_fd, 1, handle ? static_cast<int>(left.count()) : 10));
    }
    pid_ = -1;
  }
  return words_of(status_);
}

bool Responder::stop(std::chrono::milliseconds patience) {
  if (pid_ >= 0) ::kill(pid_, SIGTERM);
  if (!ended(patience)) {
    ::kill(pid_, SIGKILL);
    static_cast<void>(ended(std::chrono::minutes(1)));
  }
  return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

Outcome<std::filesystem::path> find_program(const std::string& name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    std::filesystem::path beside = self.parent_path() / name;
    if (::access(beside.c_str(), X_OK) == 0) return beside;
  }
  const char* variable = std::getenv("PATH");
  std::string_view path = variable == nullptr ? "" : variable;
  while (!path.empty()) {
    const std::string_view directory = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(directory.size() + 1, path.size()));
    std::filesystem::path candidate = std::filesystem::path(directory.empty() ? "." : directory) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return refused("cannot find " + name + ", neither beside doorctl nor in $PATH");
}

}  // namespace doors::ctl
