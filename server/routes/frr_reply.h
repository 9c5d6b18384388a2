#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/routes/speaker_socket.h"
#include "zones/base/octets.h"

namespace doors {

/// Reads one reply from the socket of an FRR daemon (`bgpd.vty`), as vtysh does:
///
///     text without a NUL │ 0 0 0 │ one octet: 0 = done, others = not
///
/// Of the text, JSON here, only this is looked for: whether it names a path that this bgpd is itself the
/// source of. At most `max_octets`.
class FrrReply final : public SpeakerReply {
 public:
  static constexpr std::size_t max_octets = std::size_t{64} * 1024;
  static constexpr std::string_view own_path = "\"sourced\"";  ///< a key that only a path of its own has

  State feed(Octets octets) noexcept override;
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] int code() const noexcept override { return code_; }
  [[nodiscard]] bool succeeded() const noexcept override { return state_ == State::complete && code_ == 0; }
  [[nodiscard]] bool has_route() const noexcept override { return has_route_; }

 private:
  State state_ = State::more;
  std::uint8_t nuls_ = 0;    ///< in a row, 0..3
  std::size_t matched_ = 0;  ///< octets of `own_path` that the text just ended with
  bool has_route_ = false;
  int code_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace doors
