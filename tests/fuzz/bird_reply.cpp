// BIRD's control socket: whatever arrives, in whatever pieces, the reader ends up in the same state, within
// its bounds.
#include "server/routes/bird_reply.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const doors::Octets whole = std::as_bytes(std::span(data, size));
  doors::BirdReply at_once;
  (void)at_once.feed(whole);

  doors::BirdReply in_pieces;
  std::size_t piece = 1;
  for (std::size_t at = 0; at < size; at += piece) {
    piece = 1 + data[at] % 7;
    (void)in_pieces.feed(whole.subspan(at, std::min(piece, size - at)));
  }
  if (at_once.state() != in_pieces.state()) std::abort();
  if (at_once.state() == doors::BirdReply::State::complete) {
    if (at_once.code() != in_pieces.code() || at_once.has_route() != in_pieces.has_route()) std::abort();
    if (at_once.code() < 0 || at_once.code() > 9999 || size > doors::BirdReply::max_octets) std::abort();
    if (data[size - 1] != '\n') std::abort();  // complete at a line's end, and nothing behind it
  }
  return 0;
}
