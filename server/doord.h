#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "server/config.h"
#include "zones/base/error.h"

namespace doors {

/// The responder: wires workers, listeners, the control socket and the zones together. The thread that makes
/// it is the control thread and runs it; the workers are threads of their own.
class Doord {
 public:
  /// `config_path` is read again at a reload.
  Doord(std::filesystem::path config_path, DoordConfig config);
  Doord(const Doord&) = delete;
  Doord& operator=(const Doord&) = delete;
  ~Doord();

  /// Maps the images, opens all sockets and starts to answer. `control_fd` is a connected control socket of
  /// the parent process: when the parent closes it, run() ends. Error: why it cannot start.
  [[nodiscard]] Result<void> start(std::optional<int> control_fd);
  /// Serves until SIGTERM or SIGINT, or until the parent is gone.
  void run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
