#pragma once

#include <filesystem>
#include <string>

#include "tests/support/asker/asker.h"

namespace doors::asker {

/// The summary as one JSON object; its keys are described by `doorask --help`.
[[nodiscard]] std::string summary(const Plan& plan, const Outcome& outcome);

/// One line a query, in the order of sending:
///   SENT ANSWERED RCODE NSID SERIAL HASH OCTETS TC NAME TYPE
/// times in seconds of CLOCK_MONOTONIC, `-` for what is not there, NSID with what is not printable as \xNN.
[[nodiscard]] Result<void> write_log(const std::filesystem::path& path, const Plan& plan,
                                     const Outcome& outcome);

}  // namespace doors::asker
