#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "sync/ctl/outcome.h"
#include "zones/base/file.h"

namespace doors::ctl {

/// The doord that `serve` runs as its child: executed, never linked. It dies with its parent
/// (PR_SET_PDEATHSIG), stands in a process group of its own, so that Ctrl-C reaches it only through us, and
/// writes to our stderr. One thread: the one that started it.
class Responder {
 public:
  /// Executes `program` with a config of text `config` and an inherited control socket. Error: it cannot be
  /// run.
  [[nodiscard]] static Outcome<Responder> start(const std::filesystem::path& program,
                                                const std::string& config);
  Responder(Responder&& other) noexcept;
  Responder& operator=(Responder&&) = delete;
  /// Kills and reaps it if stop() has not.
  ~Responder();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Our end of the control socket; the caller may take it over.
  [[nodiscard]] UniqueFd& control() noexcept { return control_; }
  /// How it ended, in words ("exit code 1", "killed by signal 9"), if it has or does within `patience`; reaps
  /// it.
  [[nodiscard]] std::optional<std::string> ended(std::chrono::milliseconds patience);
  /// SIGTERM, and SIGKILL if it is still there after `patience`. True if it ended by itself with exit code 0.
  bool stop(std::chrono::milliseconds patience);

 private:
  Responder(pid_t pid, UniqueFd control) noexcept : pid_(pid), control_(std::move(control)) {}
  pid_t pid_ = -1;  // -1 once reaped
  UniqueFd control_;
  int status_ = 0;
};

/// The program of that name beside this program's own file, else the first in $PATH.
[[nodiscard]] Outcome<std::filesystem::path> find_program(const std::string& name);

}  // namespace doors::ctl
