#pragma once

#include <cstdint>
#include <optional>

#include "sync/ctl/outcome.h"
#include "zones/base/file.h"

namespace doors::ctl {

enum class Told : std::uint8_t {
  stop,    ///< SIGINT, SIGTERM, or the terminal hung up
  reload,  ///< SIGHUP sent by somebody
  child,   ///< SIGCHLD
};

/// The signals of a foreground program as things to read: blocked in every thread that starts after
/// catch_all().
class Signals {
 public:
  [[nodiscard]] static Outcome<Signals> catch_all();
  [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }
  /// The next one, if any; does not wait.
  [[nodiscard]] std::optional<Told> next();

 private:
  explicit Signals(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace doors::ctl
