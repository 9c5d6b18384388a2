#include "sync/ctl/session.h"

namespace doors::ctl {

Outcome<Session> Session::open(const std::filesystem::path& path, std::string program) {
  Result<UniqueFd> connected = connect_local(path);
  if (!connected) {
    return unreachable("cannot reach " + program + ": " + connected.error().message + " (is " + program +
                       " running?)");
  }
  return Session(*std::move(connected), std::move(program));
}

Outcome<void> Session::send(const ControlMessage& request, const std::vector<int>& fds) {
  const Result<void> sent = send_packet(socket_.get(), request, fds);
  if (!sent) return unreachable("cannot send to " + program_ + ": " + sent.error().message);
  return {};
}

Outcome<Packet> Session::receive(std::chrono::milliseconds silence) {
  Expected<Packet, ReceiveError> packet =
      receive_packet_until(socket_.get(), std::chrono::steady_clock::now() + silence);
  if (!packet) {
    switch (packet.error().problem) {
      case ReceiveProblem::closed:
        return unreachable(program_ + " closed the connection");
      case ReceiveProblem::would_block:
        return unreachable(program_ + " gave no answer within " + std::to_string(silence.count() / 1000) +
                           " s");
      case ReceiveProblem::bad_message:
      case ReceiveProblem::system:
        break;
    }
    return unreachable("cannot read from " + program_ + ": " + packet.error().message);
  }
  if (packet->message.verb() == "error") {
    return refused(program_ + ": " + std::string(packet->message.text("reason")));
  }
  return *std::move(packet);
}

Outcome<Packet> Session::ask(const ControlMessage& request, std::chrono::milliseconds silence,
                             const std::vector<int>& fds) {
  if (Outcome<void> sent = send(request, fds); !sent) return Unexpected(sent.error());
  return receive(silence);
}

Outcome<ControlMessage> Session::stream(const ControlMessage& request, std::string_view last,
                                        std::chrono::milliseconds silence,
                                        const std::function<void(const ControlMessage&)>& each) {
  if (Outcome<void> sent = send(request); !sent) return Unexpected(sent.error());
  for (;;) {
    Outcome<Packet> packet = receive(silence);
    if (!packet) return Unexpected(packet.error());
    if (packet->message.verb() == last) return std::move(packet->message);
    each(packet->message);
  }
}

}  // namespace doors::ctl
