#pragma once

#include <string_view>

namespace doors::ctl {

/// What `--help` and `doorctl help COMMAND` print below the options: what matters about the command, and
/// examples.
/// "" is doorctl itself. Empty for an unknown command.
[[nodiscard]] std::string_view examples_of(std::string_view command) noexcept;

}  // namespace doors::ctl
