#include "server/routes/child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace doors {

namespace {

/// posix_spawn's two settings, given back whatever happens.
struct Spawning {
  Spawning() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

constexpr std::size_t most_unseen = 8;

/// Killed, but not seen dead yet: one that hangs in the kernel must not hang us. Children are one thread's.
std::vector<pid_t>& unseen() {
  static std::vector<pid_t> pids;
  return pids;
}

void reap_unseen() {
  std::erase_if(unseen(), [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& words) {
  reap_unseen();
  if (unseen().size() >= most_unseen)
    return failure(std::to_string(unseen().size()) + " earlier runs cannot be ended");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("cannot make a pipe", errno);
  UniqueFd output(ends[0]);
  const UniqueFd theirs(ends[1]);
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);

  Spawning how;
  ::posix_spawn_file_actions_addopen(&how.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&how.actions, theirs.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&how.actions, theirs.get(), STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&how.actions, STDERR_FILENO + 1);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setpgroup(&how.attributes, 0);
  ::posix_spawnattr_setsigmask(&how.attributes, &none);
  ::posix_spawnattr_setsigdefault(&how.attributes, &all);
  ::posix_spawnattr_setflags(&how.attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> copies = words;
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, arguments.front(), &how.actions, &how.attributes, arguments.data(), environ);
  if (error != 0) return system_failure("cannot run " + words.front(), error);
  UniqueFd ended(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const int why = errno;
  Child child(pid, std::move(ended), std::move(output));
  if (child.ended_fd() < 0) return system_failure("cannot watch " + words.front(), why);
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      ended_(std::move(other.ended_)),
      output_(std::move(other.output_)) {}

Child::~Child() {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // which may have left its group
  unseen().push_back(pid_);
  reap_unseen();
}

std::string Child::result() {
  int status = 0;
  // What it has started and left behind goes with it.
  ::kill(-pid_, SIGKILL);
  if (::waitpid(std::exchange(pid_, 0), &status, 0) < 0) return "its end was not seen";
  if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  return code == 0 ? "" : "exit code " + std::to_string(code);
}

}  // namespace doors
