// FRR's vty socket: whatever arrives, in whatever pieces, the reader ends up in the same state, within its
// bounds.
#include "server/routes/frr_reply.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using doors::FrrReply;
  const doors::Octets whole = std::as_bytes(std::span(data, size));
  FrrReply at_once;
  (void)at_once.feed(whole);

  FrrReply in_pieces;
  std::size_t piece = 1;
  for (std::size_t at = 0; at < size; at += piece) {
    piece = 1 + data[at] % 7;
    (void)in_pieces.feed(whole.subspan(at, std::min(piece, size - at)));
  }
  if (at_once.state() != in_pieces.state()) std::abort();
  if (at_once.state() == FrrReply::State::complete) {
    if (at_once.code() != in_pieces.code() || at_once.has_route() != in_pieces.has_route()) std::abort();
    if (at_once.code() != data[size - 1] || size > FrrReply::max_octets) std::abort();
    const auto text = whole.first(size - 4);
    const doors::Octets own = doors::octets_of(FrrReply::own_path);
    const bool names_it = std::search(text.begin(), text.end(), own.begin(), own.end()) != text.end();
    if (at_once.has_route() != names_it) std::abort();
  }
  return 0;
}
