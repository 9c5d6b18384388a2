#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sync/ctl/terminal.h"

namespace doors::ctl {

/// The warnings of one command on stderr. A zone of a million names can have a million; a terminal gets the
/// first of them and at the end the number of the rest, unless all are wanted.
class Warnings {
 public:
  static constexpr std::size_t most_lines = 20;

  Warnings(Terminal& terminal, bool all) : terminal_(terminal), all_(all) {}
  void add(std::string_view line) {
    if (++count_ <= most_lines || all_) terminal_.warn(line);
  }
  /// Says how many were left out, if any, and in `how` what shows them: "doorctl check --verbose".
  void end(std::string_view how) {
    if (count_ > most_lines && !all_) {
      terminal_.warn("… and " + with_commas(count_ - most_lines) + " more (" + std::string(how) +
                     " shows them)");
    }
    count_ = 0;
  }

 private:
  Terminal& terminal_;
  const bool all_;
  std::size_t count_ = 0;
};

}  // namespace doors::ctl
