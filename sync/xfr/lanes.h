#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>

namespace doors::xfr {

/// Who may have a worker now: at most so many at once, and for one primary few of them, so that a primary
/// that stalls holds up its own zones alone. Who waits gets its turn in the order of coming, the primaries in
/// turn. One thread.
class Lanes {
 public:
  Lanes(std::size_t most, std::size_t most_per_primary) noexcept
      : most_(most), most_per_primary_(most_per_primary) {}

  /// Calls `begin` when there is room, perhaps at once; it says whether it has use for it. With use, end()
  /// gives the room back.
  void wait(const std::string& primary, std::function<bool()> begin);
  void end(const std::string& primary);

 private:
  struct Lane {
    std::size_t running = 0;
    std::deque<std::function<bool()>> waiting;
  };
  void pump();

  std::size_t most_;
  std::size_t most_per_primary_;
  std::size_t running_ = 0;
  std::map<std::string, Lane> lanes_;
  std::string last_;  // the primary whose turn it was
};

}  // namespace doors::xfr
