#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"
#include "sync/fleet/canary.h"

namespace doors::ctl {

/// Watches what doord answers around a push. Made before the push is prepared; begin() right before it is
/// published; run() once the zones are served.
class CanaryWatch {
 public:
  /// Takes a first reading. Error: doord cannot be asked.
  [[nodiscard]] static Outcome<CanaryWatch> start(const Settings& settings);
  /// Takes the reading that the push is compared with, a second after the first.
  [[nodiscard]] Outcome<void> begin();
  /// Watches for as long as it is configured; gives the reason to stop as soon as there is one.
  [[nodiscard]] std::optional<std::string> run(Terminal& terminal) const;

 private:
  CanaryWatch(const Settings& settings, const AnswerCounts& before) : settings_(&settings), before_(before) {}
  const Settings* settings_;
  AnswerCounts before_;
  AnswerCounts at_push_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace doors::ctl
