#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "zones/base/control_message.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Asks a local control socket again and again and never waits for it: connects without blocking,
/// has at most one request out, calls a peer silent that does not answer within 1 s, and reconnects to one
/// that closes, talks garbage or stays silent for 10 s. One thread, `io`'s.
class LocalPoller {
 public:
  struct Settings {
    std::filesystem::path socket;
    std::chrono::milliseconds interval{1000};
    std::function<ControlMessage()> request;  ///< made for each try
    std::vector<std::string> last_verbs;  ///< a reply with one of these ends the answer; `error` always does
    std::size_t most_messages = 1;        ///< of one answer; more is garbage
  };
  using Answered = std::function<void(const std::vector<ControlMessage>&)>;  ///< never empty
  using Silent = std::function<void(const std::string& words)>;              ///< on each failed try

  LocalPoller(boost::asio::io_context& io, Settings settings, Answered answered, Silent silent);
  LocalPoller(const LocalPoller&) = delete;
  LocalPoller& operator=(const LocalPoller&) = delete;
  ~LocalPoller();  // NOLINT(bugprone-exception-escape): as at its definition

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
