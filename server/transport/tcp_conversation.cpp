#include "server/transport/tcp_conversation.h"

#include "server/transport/tcp_framer.h"

namespace doors {

namespace {

/// A buffer up to here stays with its client for the next part of a message; a larger one is given back.
constexpr std::size_t kept_octets = 2048;

void clear(std::vector<std::byte>& buffer) noexcept {
  if (buffer.capacity() > kept_octets)
    std::vector<std::byte>().swap(buffer);
  else
    buffer.clear();
}

}  // namespace

TcpWorkspace::TcpWorkspace() : out_(flush_octets + TcpFramer::max_frame_octets) {}

TcpConversation::Outcome TcpConversation::receive(Octets arrived, TcpWorkspace& workspace, TcpPeer& peer) {
  Outcome outcome;
  if (unanswered_.empty()) {  // the usual case: answered where it was received, and nothing is left over
    const std::size_t taken = answer_from(arrived, workspace, peer, outcome);
    if (!outcome.close)
      unanswered_.assign(arrived.begin() + static_cast<std::ptrdiff_t>(taken), arrived.end());
  } else {
    unanswered_.insert(unanswered_.end(), arrived.begin(), arrived.end());
    drop_answered(answer_from(unanswered_, workspace, peer, outcome));
  }
  return outcome;
}

TcpConversation::Outcome TcpConversation::writable(TcpWorkspace& workspace, TcpPeer& peer) {
  Outcome outcome;
  if (!unsent_.empty()) {
    const auto sent = peer.send(unsent_);
    if (!sent) {
      outcome.close = true;
      return outcome;
    }
    if (*sent < unsent_.size()) {
      unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(*sent));
      return outcome;
    }
    clear(unsent_);
  }
  if (streaming_) stream(workspace, peer, outcome);
  if (!blocked() && !outcome.close) drop_answered(answer_from(unanswered_, workspace, peer, outcome));
  return outcome;
}

void TcpConversation::stream(TcpWorkspace& workspace, TcpPeer& peer, Outcome& outcome) {
  const MutableOctets out = workspace.out();
  const auto size = peer.more(out.subspan(TcpFramer::prefix_octets, TcpFramer::max_message_octets));
  streaming_ = size && *size != 0;
  outcome.close = !size;
  if (!streaming_) return;
  ++outcome.answered;
  store_u16(out.data(), static_cast<std::uint16_t>(*size));
  if (!send(out.first(TcpFramer::prefix_octets + *size), peer)) outcome.close = true;
}

void TcpConversation::reset() noexcept {
  clear(unanswered_);
  clear(unsent_);
  streaming_ = false;
}

std::size_t TcpConversation::answer_from(Octets octets, TcpWorkspace& workspace, TcpPeer& peer,
                                         Outcome& outcome) {
  TcpFramer framer(octets);
  const MutableOctets out = workspace.out();
  std::size_t filled = 0;
  const auto flush = [&] {
    if (filled != 0 && !send(out.first(filled), peer)) outcome.close = true;
    filled = 0;
  };
  while (!blocked() && !outcome.close) {
    const auto message = framer.next();
    if (!message) break;
    const MutableOctets body = out.subspan(filled + TcpFramer::prefix_octets, TcpFramer::max_message_octets);
    const std::size_t size = peer.answer(*message, body);
    if (size == 0) {  // not a query of anyone who speaks DNS: what came before is still answered
      flush();
      outcome.close = true;
      break;
    }
    store_u16(out.data() + filled, static_cast<std::uint16_t>(size));
    filled += TcpFramer::prefix_octets + size;
    ++outcome.answered;
    streaming_ = peer.has_more();
    if (filled >= TcpWorkspace::flush_octets) flush();
  }
  flush();
  return octets.size() - framer.rest().size();
}

bool TcpConversation::send(Octets octets, TcpPeer& peer) {
  const auto sent = peer.send(octets);
  if (!sent) return false;
  unsent_.insert(unsent_.end(), octets.begin() + static_cast<std::ptrdiff_t>(*sent), octets.end());
  return true;
}

void TcpConversation::drop_answered(std::size_t taken) {
  if (taken == unanswered_.size())
    clear(unanswered_);
  else
    unanswered_.erase(unanswered_.begin(), unanswered_.begin() + static_cast<std::ptrdiff_t>(taken));
}

}  // namespace doors
