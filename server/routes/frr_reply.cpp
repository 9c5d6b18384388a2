#include "server/routes/frr_reply.h"

namespace doors {

SpeakerReply::State FrrReply::feed(Octets octets) noexcept {
  for (const std::byte octet : octets) {
    // An octet behind the end was not asked for; one over the bound would never end.
    if (state_ != State::more || ++taken_ > max_octets) state_ = State::broken;
    if (state_ == State::broken) return state_;
    if (nuls_ == 3) {
      code_ = std::to_integer<int>(octet);
      state_ = State::complete;
    } else if (octet == std::byte{0}) {
      ++nuls_;
    } else if (nuls_ != 0) {
      state_ = State::broken;
    } else if (const char c = static_cast<char>(octet); c == own_path[matched_]) {
      if (++matched_ == own_path.size()) {
        has_route_ = true;
        matched_ = 1;  // its last octet is its first
      }
    } else {
      matched_ = c == own_path.front() ? 1 : 0;
    }
  }
  return state_;
}

}  // namespace doors
