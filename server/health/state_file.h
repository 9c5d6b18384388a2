#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "server/health/keeper.h"
#include "zones/base/error.h"

namespace doors {

/// The state file's text: TOML, so that a person can read what survives a restart.
///
///     [drain]              only while an order stands
///     reason = "…"  by = "…"  since_ms = 1795264000000
///     [weight] far = true  only while ordered
///     [[change]]           at most 100, oldest first
///     at_ms = …  event = "…"  subject = "…"  reason = "…"
[[nodiscard]] std::string write_memory(const KeeperMemory& memory);
/// Reads it strictly; `file` is for the error's words.
[[nodiscard]] Result<KeeperMemory> read_memory(std::string_view text, std::string file);

/// Reads DIRECTORY/state.toml. Without the file: nothing is remembered. A file that cannot be read or is
/// damaged gives a drained state that says so: whether an operator had closed this PoP is not known, and a
/// PoP that somebody is working on must not open by itself.
[[nodiscard]] KeeperMemory load_memory(const std::filesystem::path& directory, WallTime now);

/// Writes the state file on a thread of its own: a disk that hangs must not stop the renewals. Only the
/// newest text waits. save() from any one thread; `failed` is called on the writer's thread.
class StateWriter {
 public:
  StateWriter(const std::filesystem::path& directory, std::function<void(std::string)> failed);
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;
  /// Writes what still waits, then ends.
  ~StateWriter();

  /// Takes the next text to write. `done` is called on the writer's thread once it, or a later one, is
  /// durable or has failed (`error` not empty).
  void save(std::string text, std::function<void(std::string error)> done = nullptr);

 private:
  void run();

  std::filesystem::path path_;
  std::function<void(std::string)> failed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<std::string> waiting_;
  std::vector<std::function<void(std::string)>> waiters_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace doors
