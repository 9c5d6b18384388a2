#pragma once

#include <cstddef>
#include <functional>

namespace doors::ctl {

/// Runs work(0) … work(count - 1), each once, in this order, on `threads` threads (0 = one per CPU; never
/// more than count), and comes back when all are done. `tick(done)` is called on the calling thread about
/// every 100 ms meanwhile; it may be empty. `work` must be safe to call on several threads at once and must
/// not throw.
void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t)>& tick);

}  // namespace doors::ctl
