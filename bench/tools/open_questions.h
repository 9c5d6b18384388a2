#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/tools/load.h"

namespace doors::bench {

/// The questions open on one socket or connection: a fixed number of slots. A message's id is its slot and,
/// above, how often the slot was used, so that what comes too late is not taken for an answer to the slot's
/// next question.
class OpenQuestions {
 public:
  OpenQuestions(unsigned slots, const Questions& questions);

  [[nodiscard]] bool full() const noexcept { return free_.empty(); }
  [[nodiscard]] std::size_t open() const noexcept { return slots_.size() - free_.size(); }
  /// Opens a question; not when full(). Gives its id.
  std::uint16_t open(std::size_t question, std::uint64_t since_ns) noexcept;
  /// Closes the question that `message` answers, counts it, its RCODE and latency.
  void close(std::span<const std::uint8_t> message, std::uint64_t now, Tally& tally) noexcept;
  /// Gives up what was opened before `since_ns`.
  void expire(std::uint64_t since_ns, Tally& tally) noexcept;

 private:
  struct Slot {
    std::uint64_t since_ns = 0;
    std::size_t question = 0;
    std::uint16_t id = 0;
    bool open = false;
  };

  const Questions& questions_;
  std::uint16_t mask_;
  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_;
};

}  // namespace doors::bench
