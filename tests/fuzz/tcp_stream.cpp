// Any octets as what a TCP client sends, cut anywhere, to a peer that reads as it likes: the answers must be
// those to the same octets in one piece, and what is kept for the client must stay bounded.
//   input: seed for cuts and reading (2 octets) | stream
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "server/transport/tcp_conversation.h"
#include "server/transport/tcp_framer.h"

namespace {

using namespace doors;

void must(bool fine) {
  if (!fine) std::abort();
}

/// Answers with the message's length, twice, and after a message that begins with '*' in three more messages;
/// has no answer to fewer than three octets.
class Peer final : public TcpPeer {
 public:
  std::size_t answer(Octets message, MutableOctets out) noexcept override {
    must(out.size() >= 65535);
    if (message.size() < 3) return 0;
    const std::size_t size = std::min<std::size_t>(65535, 2 * message.size());
    std::fill_n(out.begin(), size, static_cast<std::byte>(message.size()));
    if (message[0] == std::byte{'*'}) parts = 3;
    return size;
  }
  [[nodiscard]] bool has_more() const noexcept override { return parts != 0; }
  std::optional<std::size_t> more(MutableOctets out) noexcept override {
    must(out.size() >= 65535);
    if (parts == 0) return 0;
    std::fill_n(out.begin(), 40'000, std::byte{'+'});
    --parts;
    return 40'000;
  }
  std::optional<std::size_t> send(Octets octets) noexcept override {
    const std::size_t taken = std::min(octets.size(), room);
    room -= taken;
    sent.append(text_of(octets.first(taken)));
    return taken;
  }
  std::size_t parts = 0;
  std::string sent;
  std::size_t room = std::numeric_limits<std::size_t>::max();
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::uint32_t random = data[0] * 256u + data[1];
  const Octets stream{reinterpret_cast<const std::byte*>(data) + 2, size - 2};
  static TcpWorkspace workspace;
  constexpr std::size_t read_octets = 16 * 1024;

  Peer whole;
  TcpConversation at_once;
  bool closed = false;
  for (std::size_t at = 0; at < stream.size() && !closed; at += read_octets) {
    closed = at_once.receive(stream.subspan(at, std::min(read_octets, stream.size() - at)), workspace, whole)
                 .close;
    while (!closed && at_once.blocked()) closed = at_once.writable(workspace, whole).close;
  }

  Peer slow;
  TcpConversation cut;
  bool cut_closed = false;
  std::size_t at = 0;
  while (!cut_closed && (at < stream.size() || cut.blocked())) {
    random = random * 1664525 + 1013904223;
    slow.room = random >> 18;
    if (cut.blocked()) {
      ++slow.room;  // so that it ends
      cut_closed = cut.writable(workspace, slow).close;
    } else {
      const std::size_t count = std::min<std::size_t>(1 + (random >> 8) % read_octets, stream.size() - at);
      cut_closed = cut.receive(stream.subspan(at, count), workspace, slow).close;
      at += count;
    }
    must(cut.held_octets() <=
         2 * (read_octets + 2 * TcpFramer::max_frame_octets) + TcpWorkspace::flush_octets);
  }
  // Who is closed while not reading may miss the last answers, and nothing else.
  must(cut_closed == closed);
  must(cut_closed ? whole.sent.starts_with(slow.sent) : whole.sent == slow.sent);
  return 0;
}
