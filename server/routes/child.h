#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "zones/base/error.h"
#include "zones/base/file.h"

namespace doors {

/// A program that was started without a shell, in a process group of its own; what it prints comes by a pipe.
/// All children are one thread's.
class Child {
 public:
  /// Runs `words[0]` (a path) with `words` as its arguments, stdin empty, stdout and stderr in one pipe, no
  /// other descriptor. Refused while 8 earlier ones were killed and have not ended.
  [[nodiscard]] static Result<Child> start(const std::vector<std::string>& words);

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  /// Kills it and its group; never waits for it.
  ~Child();

  /// Readable once the program has ended; owned here.
  [[nodiscard]] int ended_fd() const noexcept { return ended_.get(); }
  /// What it prints; non-blocking, owned here.
  [[nodiscard]] int output_fd() const noexcept { return output_.get(); }
  /// Once it has ended: "" for exit code 0, else how it ended.
  [[nodiscard]] std::string result();

 private:
  Child(pid_t pid, UniqueFd ended, UniqueFd output) noexcept
      : pid_(pid), ended_(std::move(ended)), output_(std::move(output)) {}

  pid_t pid_;  ///< 0: waited for
  UniqueFd ended_;
  UniqueFd output_;
};

}  // namespace doors
