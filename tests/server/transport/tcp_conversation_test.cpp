#include "server/transport/tcp_conversation.h"

#include <algorithm>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "server/transport/tcp_framer.h"

using namespace doors;

namespace {

std::string frame(std::string_view message) {
  std::string text;
  text += static_cast<char>(message.size() >> 8);
  text += static_cast<char>(message.size() & 0xff);
  return text.append(message);
}

/// Answers a message with itself between brackets, and "?" with nothing; takes `room` octets.
class EchoPeer final : public TcpPeer {
 public:
  std::size_t answer(Octets message, MutableOctets out) noexcept override {
    REQUIRE(out.size() >= 65535);
    ++asked;
    if (text_of(message) == "?") return 0;
    if (text_of(message) == "many") parts = 3;
    const std::string reply = "<" + std::string(text_of(message)).substr(0, 65533) + ">";
    std::copy_n(octets_of(reply).begin(), reply.size(), out.begin());
    return reply.size();
  }
  [[nodiscard]] bool has_more() const noexcept override { return parts != 0; }
  std::optional<std::size_t> more(MutableOctets out) noexcept override {
    if (broken) return std::nullopt;
    if (parts == 0) return 0;
    --parts;
    out[0] = std::byte{'+'};
    return 1;
  }
  std::optional<std::size_t> send(Octets octets) noexcept override {
    if (gone) return std::nullopt;
    ++sends;
    const std::size_t taken = std::min(octets.size(), room);
    room -= taken;
    sent.append(text_of(octets.first(taken)));
    return taken;
  }

  std::string sent;
  std::size_t room = std::numeric_limits<std::size_t>::max();
  std::size_t asked = 0;
  std::size_t sends = 0;
  std::size_t parts = 0;  // that follow
  bool broken = false;
  bool gone = false;
};

}  // namespace

TEST_SUITE("transport: TCP conversation (RFC 7766)") {
  TEST_CASE("messages are found in any segmentation") {
    const std::string long_one(3000, 'x');
    const std::string received = frame("a") + frame("bc") + frame(long_one) + frame("d");
    const std::string expected = frame("<a>") + frame("<bc>") + frame("<" + long_one + ">") + frame("<d>");
    for (std::size_t step = 1; step <= received.size(); step = step < 20 ? step + 1 : step * 2) {
      CAPTURE(step);
      TcpWorkspace workspace;
      TcpConversation conversation;
      EchoPeer peer;
      for (std::size_t at = 0; at < received.size(); at += step) {
        CHECK_FALSE(conversation.receive(octets_of(received.substr(at, step)), workspace, peer).close);
      }
      CHECK(peer.sent == expected);
      CHECK_FALSE(conversation.mid_message());
      CHECK_FALSE(conversation.blocked());
    }
  }

  TEST_CASE("answers to pipelined messages leave in one call, in order") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    const auto outcome =
        conversation.receive(octets_of(frame("1") + frame("2") + frame("3")), workspace, peer);
    CHECK(outcome.answered == 3);
    CHECK(peer.sends == 1);
    CHECK(peer.sent == frame("<1>") + frame("<2>") + frame("<3>"));
    CHECK(conversation.held_octets() == 0);
  }

  TEST_CASE("a message that has begun is told apart from an idle client") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    CHECK_FALSE(conversation.mid_message());
    static_cast<void>(
        conversation.receive(octets_of(frame("whole") + std::string(1, '\0')), workspace, peer));
    CHECK(conversation.mid_message());
    static_cast<void>(conversation.receive(octets_of("\x01"
                                                     "z"),
                                           workspace, peer));
    CHECK_FALSE(conversation.mid_message());
    CHECK(peer.sent == frame("<whole>") + frame("<z>"));
  }

  TEST_CASE("nothing is answered while the peer does not read, and nothing is lost") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    peer.room = 10;
    std::string received;
    std::string expected;
    for (int i = 0; i < 100; ++i) {
      const std::string message(1000, static_cast<char>('a' + i % 26));
      received += frame(message);
      expected += frame("<" + message + ">");
    }
    static_cast<void>(conversation.receive(octets_of(received), workspace, peer));
    CHECK(conversation.blocked());
    CHECK_FALSE(conversation.mid_message());
    CHECK(peer.asked <= 20);
    CHECK(conversation.held_octets() <=
          received.size() + TcpWorkspace::flush_octets + TcpFramer::max_frame_octets);
    while (conversation.blocked()) {
      peer.room = 777;
      CHECK_FALSE(conversation.writable(workspace, peer).close);
    }
    CHECK(peer.sent == expected);
    CHECK(conversation.held_octets() <= 2 * 2048);
  }

  TEST_CASE("what cannot be answered ends the conversation, after the answers to what came before") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    const auto outcome =
        conversation.receive(octets_of(frame("1") + frame("?") + frame("2")), workspace, peer);
    CHECK(outcome.close);
    CHECK(peer.sent == frame("<1>"));
  }

  TEST_CASE("a lost connection ends the conversation") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    peer.gone = true;
    CHECK(conversation.receive(octets_of(frame("1")), workspace, peer).close);
  }

  TEST_CASE("a response of many messages goes out one at a time, before what was asked next is answered") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    const auto begun = conversation.receive(octets_of(frame("many") + frame("next")), workspace, peer);
    CHECK(begun.answered == 1);
    CHECK(peer.sent == frame("<many>"));
    CHECK(conversation.blocked());
    CHECK_FALSE(conversation.mid_message());
    for (int i = 0; i < 3; ++i) {
      CHECK(conversation.writable(workspace, peer).answered == 1);
      CHECK(conversation.blocked());
    }
    CHECK(peer.asked == 1);
    CHECK(conversation.writable(workspace, peer).answered == 1);
    CHECK_FALSE(conversation.blocked());
    CHECK(peer.sent == frame("<many>") + frame("+") + frame("+") + frame("+") + frame("<next>"));
  }

  TEST_CASE("no message of many is made before the peer has taken the one before") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    peer.room = 3;
    static_cast<void>(conversation.receive(octets_of(frame("many")), workspace, peer));
    for (int i = 0; i < 10; ++i) {
      CHECK(conversation.writable(workspace, peer).answered == 0);
      CHECK(conversation.blocked());
    }
    CHECK(peer.parts == 3);
    peer.room = 5;  // the rest
    CHECK(conversation.writable(workspace, peer).answered == 1);
    CHECK(peer.parts == 2);
    CHECK(conversation.held_octets() <= 2048);
  }

  TEST_CASE("a response of many messages that cannot go on ends the conversation") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    static_cast<void>(conversation.receive(octets_of(frame("many") + frame("next")), workspace, peer));
    peer.broken = true;
    CHECK(conversation.writable(workspace, peer).close);
    CHECK(peer.asked == 1);
    conversation.reset();
    CHECK_FALSE(conversation.blocked());
  }

  TEST_CASE("the longest message there is fits") {
    TcpWorkspace workspace;
    TcpConversation conversation;
    EchoPeer peer;
    const std::string message(65535, 'm');
    const std::string received = frame("before") + frame(message);
    CHECK_FALSE(conversation.receive(octets_of(received.substr(0, 40'000)), workspace, peer).close);
    CHECK_FALSE(conversation.receive(octets_of(received.substr(40'000)), workspace, peer).close);
    CHECK(peer.sent == frame("<before>") + frame("<" + message.substr(0, 65533) + ">"));
    CHECK(conversation.held_octets() <= 2048);
  }
}
