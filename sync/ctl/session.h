#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sync/ctl/outcome.h"
#include "zones/base/local_socket.h"

namespace doors::ctl {

/// One connection to the control socket of doord, doorsync or doorkeeper, in request and reply. A server that
/// cannot be reached, hangs up or stays silent gives `unreachable`; its `error` reply gives `refused` with
/// its reason. One thread; after a failure the session is of no more use.
class Session {
 public:
  /// `program` is for messages: "cannot reach doorsync at PATH: … (is doorsync running?)".
  [[nodiscard]] static Outcome<Session> open(const std::filesystem::path& path, std::string program);

  /// Over a connection that is there, such as one inherited.
  [[nodiscard]] static Session over(UniqueFd socket, std::string program) {
    return {std::move(socket), std::move(program)};
  }

  /// Sends a request, `fds` beside it.
  [[nodiscard]] Outcome<void> send(const ControlMessage& request, const std::vector<int>& fds = {});
  /// The next message within `silence`.
  [[nodiscard]] Outcome<Packet> receive(std::chrono::milliseconds silence);
  /// Request and its one reply.
  [[nodiscard]] Outcome<Packet> ask(const ControlMessage& request, std::chrono::milliseconds silence,
                                    const std::vector<int>& fds = {});
  /// Request and a stream of replies up to the one called `last`, which is given back; each before it goes to
  /// `each`. `silence` bounds the wait for each message, not the whole.
  [[nodiscard]] Outcome<ControlMessage> stream(const ControlMessage& request, std::string_view last,
                                               std::chrono::milliseconds silence,
                                               const std::function<void(const ControlMessage&)>& each);

  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

 private:
  Session(UniqueFd socket, std::string program) : socket_(std::move(socket)), program_(std::move(program)) {}
  UniqueFd socket_;
  std::string program_;
};

/// How long a healthy server may be silent inside one request.
inline constexpr std::chrono::milliseconds usual_silence{10'000};

}  // namespace doors::ctl
