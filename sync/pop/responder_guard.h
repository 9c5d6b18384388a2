#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "sync/fleet/plan.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Watches what this PoP's doord answers while a rollout goes on that this node takes part in, from when its
/// wave is opened until the rollout is over, and says what speaks against it: once for each rollout. doord is
/// asked on a thread of its own. The loop's thread only.
class ResponderGuard {
 public:
  using Against = std::function<void(std::uint32_t rollout, const std::string& reason)>;
  /// `io` must outlive it.
  ResponderGuard(boost::asio::io_context& io, std::filesystem::path doord_socket, FleetNode self,
                 Against against);
  ResponderGuard(const ResponderGuard&) = delete;
  ResponderGuard& operator=(const ResponderGuard&) = delete;
  ~ResponderGuard();

  /// The rollout as the plan has it now.
  void follow(const Rollout& rollout);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
