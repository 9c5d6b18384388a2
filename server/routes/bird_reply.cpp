#include "server/routes/bird_reply.h"

namespace doors {

BirdReply::State BirdReply::feed(Octets octets) noexcept {
  for (const std::byte octet : octets) {
    // An octet behind the last line was not asked for; one over the bound would never end.
    if (state_ != State::more || ++taken_ > max_octets) state_ = State::broken;
    if (state_ == State::broken) return state_;
    take(static_cast<char>(octet));
  }
  return state_;
}

void BirdReply::take(char octet) noexcept {
  switch (place_) {
    case Place::line_start:
      if (octet >= '0' && octet <= '9') {
        code_ = octet - '0';
        digits_ = 1;
        place_ = Place::in_code;
      } else if (octet == '+' || (octet == ' ' && has_code_)) {
        place_ = Place::in_text;
      } else {
        state_ = State::broken;
      }
      return;
    case Place::in_code:
      if (digits_ < 4) {
        if (octet < '0' || octet > '9') {
          state_ = State::broken;
          return;
        }
        code_ = code_ * 10 + (octet - '0');
        ++digits_;
        return;
      }
      has_code_ = true;
      has_route_ = has_route_ || code_ == route_code;
      ends_here_ = octet != '-';
      if (octet == '\n') {
        state_ = State::complete;
      } else if (octet == '-' || octet == ' ') {
        place_ = Place::in_text;
      } else {
        state_ = State::broken;
      }
      return;
    case Place::in_text:
      if (octet != '\n') return;
      if (ends_here_) state_ = State::complete;
      place_ = Place::line_start;
      return;
  }
}

}  // namespace doors
