#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// What a TcpConversation asks of the world around it.
class TcpPeer {
 public:
  TcpPeer() = default;
  TcpPeer(const TcpPeer&) = delete;
  TcpPeer& operator=(const TcpPeer&) = delete;
  virtual ~TcpPeer() = default;
  /// Answers one message into `out` (65,535 octets); 0 when no answer is the right one.
  virtual std::size_t answer(Octets message, MutableOctets out) noexcept = 0;
  /// Whether the response that answer() began has more messages: a zone transfer.
  [[nodiscard]] virtual bool has_more() const noexcept = 0;
  /// Writes the next of them into `out` (65,535 octets) and gives its octets; 0 behind the last one; nothing
  /// when it cannot go on and the connection has to end.
  virtual std::optional<std::size_t> more(MutableOctets out) noexcept = 0;
  /// Sends without waiting; gives how many octets were taken, fewer when the peer does not read, or nothing
  /// when the connection is gone.
  virtual std::optional<std::size_t> send(Octets octets) noexcept = 0;
};

/// Room to build responses in: shared by all conversations of a worker, so that an idle client costs none.
class TcpWorkspace {
 public:
  /// Responses are gathered up to here before they are sent in one call.
  static constexpr std::size_t flush_octets = 16 * 1024;
  TcpWorkspace();
  [[nodiscard]] MutableOctets out() noexcept { return out_; }

 private:
  std::vector<std::byte> out_;  // flush_octets and one whole frame
};

/// The octets of one TCP client in both directions, without a socket or a clock (RFC 7766). Messages are
/// taken in any segmentation, several at once (pipelining), answered in their order, and the answers joined.
/// Between calls it keeps only what is not whole yet and what the peer has not read yet:
///
///     received -> [ part of a message, at most 64 KiB + one read ] -> answer() -> [ at most 80 KiB unread ]
///     -> send()
///
/// While the peer does not read, nothing more is answered and nothing more should be received. A response of
/// many messages goes on with one more each time the peer has taken the one before, so it holds up no other
/// client. One thread.
class TcpConversation {
 public:
  /// What a call led to.
  struct Outcome {
    bool close = false;        ///< an unanswerable message or a lost connection: close it
    std::size_t answered = 0;  ///< responses written, or messages of one that has many
  };

  /// Octets have arrived.
  Outcome receive(Octets arrived, TcpWorkspace& workspace, TcpPeer& peer);
  /// The peer can take octets again: sends what waits, then goes on answering.
  Outcome writable(TcpWorkspace& workspace, TcpPeer& peer);
  /// Forgets everything: for another client.
  void reset() noexcept;

  /// Something waits for the peer to read: do not receive(), but call writable() when it can be sent.
  [[nodiscard]] bool blocked() const noexcept { return !unsent_.empty() || streaming_; }
  /// What it waits for is to take the next message of a response that has many.
  [[nodiscard]] bool streaming() const noexcept { return streaming_; }
  /// A message has begun and is not whole yet.
  [[nodiscard]] bool mid_message() const noexcept { return !unanswered_.empty() && !blocked(); }
  /// Octets kept for this client.
  [[nodiscard]] std::size_t held_octets() const noexcept {
    return unanswered_.capacity() + unsent_.capacity();
  }

 private:
  /// Answers whole messages from the front of `octets`; gives how many octets it took.
  std::size_t answer_from(Octets octets, TcpWorkspace& workspace, TcpPeer& peer, Outcome& outcome);
  /// Sends, and keeps what was not taken. False when the connection is gone.
  bool send(Octets octets, TcpPeer& peer);
  void drop_answered(std::size_t taken);
  /// Sends the next message of a response that has many.
  void stream(TcpWorkspace& workspace, TcpPeer& peer, Outcome& outcome);

  std::vector<std::byte> unanswered_;
  std::vector<std::byte> unsent_;
  bool streaming_ = false;  // the peer has_more()
};

}  // namespace doors
