#include "bench/tools/open_questions.h"

#include <bit>
#include <cstring>

namespace doors::bench {

OpenQuestions::OpenQuestions(unsigned slots, const Questions& questions)
    : questions_(questions), mask_(static_cast<std::uint16_t>(std::bit_ceil(slots) - 1)), slots_(slots) {
  for (unsigned i = slots; i-- > 0;) {
    slots_[i].id = static_cast<std::uint16_t>(i);
    free_.push_back(static_cast<std::uint16_t>(i));
  }
}

std::uint16_t OpenQuestions::open(std::size_t question, std::uint64_t since_ns) noexcept {
  Slot& slot = slots_[free_.back()];
  free_.pop_back();
  slot.id = static_cast<std::uint16_t>(slot.id + mask_ + 1);
  slot.since_ns = since_ns;
  slot.question = question;
  slot.open = true;
  return slot.id;
}

void OpenQuestions::close(std::span<const std::uint8_t> message, std::uint64_t now, Tally& tally) noexcept {
  const bool response = message.size() >= 12 && (message[2] & 0x80) != 0;
  const unsigned id = response ? static_cast<unsigned>(message[0] << 8 | message[1]) : 0;
  const std::size_t at = id & mask_;
  if (!response || at >= slots_.size() || !slots_[at].open || slots_[at].id != id) {
    ++tally.strange;
    return;
  }
  Slot& slot = slots_[at];
  const auto asked = questions_[slot.question];
  const std::size_t question = asked.size() - 12 - (asked[11] != 0 ? 11 : 0);
  if (message.size() < 12 + question || std::memcmp(message.data() + 12, asked.data() + 12, question) != 0) {
    ++tally.strange;
    return;
  }
  slot.open = false;
  free_.push_back(static_cast<std::uint16_t>(at));
  ++tally.answered;
  ++tally.rcodes[message[3] & 15];
  tally.latency.count(now - slot.since_ns);
}

void OpenQuestions::expire(std::uint64_t since_ns, Tally& tally) noexcept {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].open || slots_[i].since_ns >= since_ns) continue;
    slots_[i].open = false;
    free_.push_back(static_cast<std::uint16_t>(i));
    ++tally.lost;
  }
}

}  // namespace doors::bench
