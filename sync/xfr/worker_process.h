#pragma once

#include <functional>
#include <memory>

#include "sync/xfr/job.h"
#include "zones/base/error.h"
#include "zones/base/file.h"

namespace boost::asio {
class io_context;
}

namespace doors::xfr {

/// A worker that runs (worker.h), seen from its parent: this program started anew with `--transfer-worker`.
/// The loop's thread only.
class WorkerProcess {
 public:
  /// What it says, and for Outcome::Kind::zone the file with the content's stream.
  using Done = std::function<void(Outcome, UniqueFd)>;

  /// Starts one. `before`: for Task::take_news, a file with the content's stream. `done` is called once, from
  /// the loop, whatever becomes of the process; never from inside start(), nor after the destructor, which
  /// kills it. Error: it cannot be started.
  [[nodiscard]] static Result<std::unique_ptr<WorkerProcess>> start(boost::asio::io_context& io,
                                                                    const Job& job, const UniqueFd& before,
                                                                    Done done);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();  // NOLINT(bugprone-exception-escape): as at its definition

 private:
  class Impl;
  explicit WorkerProcess(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors::xfr
