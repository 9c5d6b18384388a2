#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "zones/base/control_message.h"
#include "zones/base/file.h"

namespace doors {

/// A control message with the descriptors that rode beside it.
struct Packet {
  ControlMessage message;
  std::vector<UniqueFd> fds;  ///< at most local_socket_max_fds
};

inline constexpr std::size_t local_socket_max_fds = 16;

/// Local SEQPACKET sockets, the meeting place of our processes: plain system calls around a descriptor,
/// without an event loop, because both `server/` and `sync/` speak them and neither may include the other.
/// The functions work on blocking and non-blocking descriptors; with a non-blocking one, `would_block` is
/// told apart.

/// Connects to the socket at `path`. Errors name the path ("… is doorsync running?" is the caller's to add).
[[nodiscard]] Result<UniqueFd> connect_local(const std::filesystem::path& path);

/// The same without ever waiting, and the descriptor stays non-blocking: a peer that is stopped and whose
/// queue of connections is full is an error at once, where connect_local() would hang as long as the peer
/// does.
[[nodiscard]] Result<UniqueFd> connect_local_now(const std::filesystem::path& path);

/// Listens at `path` with the permission bits `mode`. A stale socket file is replaced; one that another
/// process answers on, or a file that is no socket, is an error.
[[nodiscard]] Result<UniqueFd> listen_local(const std::filesystem::path& path, unsigned mode = 0660);

/// A connected pair, for a parent and its child.
[[nodiscard]] Result<std::pair<UniqueFd, UniqueFd>> local_pair();

/// Sends one message and, beside it, duplicates of `fds`. Never raises SIGPIPE.
[[nodiscard]] Result<void> send_packet(int fd, const ControlMessage& message,
                                       const std::vector<int>& fds = {});

enum class ReceiveProblem { closed, would_block, bad_message, system };
struct ReceiveError {
  ReceiveProblem problem = ReceiveProblem::system;
  std::string message;
};

/// Receives one message. Descriptors beyond local_socket_max_fds make it a bad_message; all received
/// descriptors are close-on-exec and none leaks on an error.
[[nodiscard]] Expected<Packet, ReceiveError> receive_packet(int fd);

/// The same, waiting until `deadline` at most for something to arrive; then `would_block`.
[[nodiscard]] Expected<Packet, ReceiveError> receive_packet_until(
    int fd, std::chrono::steady_clock::time_point deadline);

/// One request and its one reply, within `timeout`: the usual life of a client.
[[nodiscard]] Result<Packet> ask_local(int fd, const ControlMessage& request,
                                       std::chrono::milliseconds timeout, const std::vector<int>& fds = {});

}  // namespace doors
