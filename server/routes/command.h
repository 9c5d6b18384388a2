#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/routes/announcer.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Drives any BGP speaker by a program of the operator's: `PROGRAM ARGUMENT... PREFIX HOW`, where HOW is
/// `up`, `far`, `drain` or `withdrawn`. It is run for a prefix whenever what is wanted of it changes, and
/// again each `every`; it has to end with exit code 0 once that is so, and to do nothing if it is so already.
///
/// No shell: the arguments are given as they are. One run at a time, each with a time limit, in a process
/// group of its own that is killed when the time is over or it has printed 64 KiB; the first line it prints
/// is shown by `why` when it fails. Then it is run again after 1 s. A run for what is wanted no more is ended
/// at once. Changes go first, withdrawals before others, then what has waited longest. One thread, `io`'s;
/// `io` outlives it.
class Command final : public Announcer {
 public:
  struct Settings {
    std::vector<std::string> program;  ///< absolute path, then arguments
    std::chrono::milliseconds timeout{5000};
    std::chrono::milliseconds every{5000};
    friend bool operator==(const Settings&, const Settings&) = default;
  };
  /// `changed` is called when a run went otherwise than the one before; from the event loop.
  Command(boost::asio::io_context& io, Settings settings, std::function<void()> changed);
  /// Kills a program that still runs.
  ~Command() override;  // NOLINT(bugprone-exception-escape): as at its definition

  void want(const std::vector<Announcement>& announcements) override;
  [[nodiscard]] AnnouncerReport report() const override;

 private:
  class Runner;
  std::shared_ptr<Runner> runner_;
};

/// The word for it in a command's arguments; nothing while it is not known what is wanted.
[[nodiscard]] const char* command_word(const Announcement& announcement) noexcept;

}  // namespace doors
