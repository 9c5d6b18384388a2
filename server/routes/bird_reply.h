#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/routes/speaker_socket.h"
#include "zones/base/octets.h"

namespace doors {

/// Reads one reply from BIRD's control socket by its codes alone, so that no version's wording matters:
///
///     "1007-Table master4:"      NNNN-  a line with more to come
///     " 192.0.2.0/24 unicast …"  space  goes on under the code before it
///     "+…"                       plus   said by BIRD unasked; no part of a reply
///     "0000 "                    NNNN   and a space (or the line's end): the last line
///
/// Feed it whatever arrived, in any pieces. At most `max_octets` per reply; what breaks the form or the
/// bound, and any octet behind the last line, makes it broken for good: then the connection is closed, never
/// guessed about. Keeps no text. Codes: 0xxx done, 1xxx and 2xxx table rows, 8xxx could not, 9xxx was not
/// understood.
class BirdReply final : public SpeakerReply {
 public:
  static constexpr std::size_t max_octets = std::size_t{64} * 1024;
  static constexpr int route_code = 1007;  ///< a route's row

  State feed(Octets octets) noexcept override;
  [[nodiscard]] State state() const noexcept { return state_; }
  /// The last line's code, 0..9999; only when complete.
  [[nodiscard]] int code() const noexcept override { return code_; }
  [[nodiscard]] bool succeeded() const noexcept override { return state_ == State::complete && code_ < 8000; }
  /// Whether any line carried a route.
  [[nodiscard]] bool has_route() const noexcept override { return has_route_; }

 private:
  enum class Place : std::uint8_t { line_start, in_code, in_text };
  void take(char octet) noexcept;

  State state_ = State::more;
  Place place_ = Place::line_start;
  bool ends_here_ = false;  ///< the line being read is the last one
  bool has_code_ = false;   ///< some line had a code, so a line of text may follow
  bool has_route_ = false;
  std::uint8_t digits_ = 0;
  int code_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace doors
