#pragma once

#include <cstddef>
#include <functional>

namespace doors {

/// Runs work(0) … work(count - 1), each once, in this order, on `threads` threads (0 = one per CPU; never
/// more than count), and comes back when all are done. `tick(done)` is called on the calling thread about
/// every 100 ms meanwhile; it may be empty. `work` must be safe to call on several threads at once and must
/// not throw.
void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t)>& tick);

/// How a function that has no threads of its own gets pieces of work done: it gives their number and the
/// work, and all are done when the call is back. In turn, or by who may have threads several at once.
using RunPieces = std::function<void(std::size_t count, const std::function<void(std::size_t)>& work)>;
inline void run_in_turn(std::size_t count, const std::function<void(std::size_t)>& work) {
  for (std::size_t i = 0; i < count; ++i) work(i);
}
inline void run_on_all_cores(std::size_t count, const std::function<void(std::size_t)>& work) {
  if (count < 2) return run_in_turn(count, work);
  parallel_for(count, 0, work, {});
}

}  // namespace doors
