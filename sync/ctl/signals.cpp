#include "sync/ctl/signals.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <sys/signalfd.h>
#include <unistd.h>

namespace doors::ctl {

Outcome<Signals> Signals::catch_all() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
  UniqueFd fd;
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0) {
    fd.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  if (!fd) return refused("cannot watch for signals: " + std::generic_category().message(errno));
  return Signals(std::move(fd));
}

std::optional<Told> Signals::next() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  switch (info.ssi_signo) {
    case SIGCHLD:
      return Told::child;
    // From the kernel it says that the terminal is gone; from a person that the files should be read again.
    case SIGHUP:
      return info.ssi_code == SI_KERNEL ? Told::stop : Told::reload;
    default:
      return Told::stop;
  }
}

}  // namespace doors::ctl
