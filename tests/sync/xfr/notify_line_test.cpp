#include "sync/xfr/notify_line.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "zones/dns/message_layout.h"
#include "zones/dns/tsig.h"
#include "zones/tsig/signer.h"
#include "zones/tsig/verify.h"

namespace doors::xfr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

NotifyLine::Zone zone(const std::string& name) { return std::make_shared<const Name>(*Name::parse(name)); }

/// Who is told, and what it says. Its time goes on by hand.
struct World {
  explicit World(std::optional<TsigKey> key = std::nullopt)
      : line(std::move(key), [this] { return static_cast<std::uint16_t>(ids += 7); }) {}

  std::optional<std::vector<std::byte>> next() { return line.next(now, wall); }
  /// Takes all that is due.
  std::size_t take_all() {
    std::size_t count = 0;
    while (next()) REQUIRE(++count < 10'000);
    return count;
  }
  void advance(milliseconds by) {
    now += by;
    wall += by;
  }
  void answer(const std::vector<std::byte>& message, unsigned rcode = 0) {
    line.receive(answer_to(message, rcode), wall);
  }
  static std::vector<std::byte> answer_to(std::vector<std::byte> message, unsigned rcode) {
    store_u16(&message[2], static_cast<std::uint16_t>(load_u16(&message[2]) | 0x8000u | rcode));
    return message;
  }

  std::uint16_t ids = 0;
  Monotonic now{seconds(1000)};
  WallTime wall{seconds(1'700'000'000)};
  NotifyLine line;
};

TEST_SUITE("xfr: NOTIFY to a secondary (RFC 1996)") {
  TEST_CASE("it asks for the SOA, with authority and opcode 4; NOERROR ends it") {
    World world;
    world.line.add(zone("e."));
    const auto message = world.next();
    REQUIRE(message);
    CHECK(load_u16(message->data()) == 7);
    CHECK(load_u16(message->data() + 2) == 0x2400);
    CHECK(message->size() == header_octets + 3 + 4);
    CHECK_FALSE(world.next());
    CHECK_FALSE(world.line.empty());
    world.answer(*message);
    CHECK(world.line.empty());
    CHECK(world.line.due(world.now) == Monotonic::max());
    CHECK(world.line.counts().answered == 1);
  }
  TEST_CASE("without an answer it is said again later and later, then given up") {
    World world;
    world.line.add(zone("e."));
    REQUIRE(world.next());
    for (const int pause : {1, 2, 4, 8, 16}) {
      CAPTURE(pause);
      CHECK(world.line.due(world.now) == world.now + seconds(pause));
      world.advance(seconds(pause) - milliseconds(1));
      CHECK_FALSE(world.next());
      world.advance(milliseconds(1));
      const auto again = world.next();
      REQUIRE(again);
      CHECK(load_u16(again->data()) == 7);  // an answer to any of them will do
    }
    world.advance(seconds(32));
    CHECK_FALSE(world.next());
    CHECK(world.line.empty());
    CHECK(world.line.problem() == "does not answer");
    CHECK(world.line.counts().sent == NotifyLine::most_tries);
    CHECK(world.line.counts().given_up == 1);
  }
  TEST_CASE("an answer that is not good does not end it, and is remembered") {
    World world;
    world.line.add(zone("e."));
    auto message = world.next();
    for (unsigned i = 1; i < NotifyLine::most_tries; ++i) {
      REQUIRE(message);
      world.answer(*message, 5);
      world.advance(seconds(64));
      message = world.next();
    }
    REQUIRE(message);
    world.answer(*message, 9);
    world.advance(seconds(64));
    CHECK_FALSE(world.next());
    CHECK(world.line.problem() == "answers NOTAUTH");
    world.line.add(zone("e."));
    message = world.next();
    REQUIRE(message);
    world.answer(*message);
    CHECK(world.line.problem().empty());
  }
  TEST_CASE("what answers something else is passed over") {
    World world;
    world.line.add(zone("e."));
    const auto message = world.next();
    REQUIRE(message);
    auto other_id = *message;
    other_id[0] ^= std::byte{1};
    auto other_zone = *message;
    other_zone[header_octets + 1] = std::byte{'f'};
    auto other_type = *message;
    other_type[header_octets + 4] = std::byte{1};
    auto query = *message;
    query[2] = std::byte{0x04};
    for (const auto& other : {other_id, other_zone, other_type, query}) world.answer(other);
    world.line.receive(*message, world.wall);  // no response
    for (std::size_t size = 0; size < message->size(); ++size) {
      const auto whole = World::answer_to(*message, 0);
      world.line.receive(Octets(whole).first(size), world.wall);
    }
    CHECK_FALSE(world.line.empty());
    CHECK(world.line.problem().empty());
    world.answer(*message);
    CHECK(world.line.empty());
  }
  TEST_CASE("a zone that waits is told of once; one that changes while it is told of is told of anew") {
    World world;
    for (int i = 0; i < 5; ++i) world.line.add(zone("e."));
    const auto first = world.next();
    REQUIRE(first);
    CHECK_FALSE(world.next());
    world.line.add(zone("e."));
    const auto second = world.next();
    REQUIRE(second);
    world.answer(*first);  // it may have asked before that change
    CHECK_FALSE(world.line.empty());
    world.answer(*second);
    CHECK(world.line.empty());
  }
  TEST_CASE("few at once, whatever the number of zones; each answer makes room for the next") {
    World world;
    for (int i = 0; i < 1000; ++i) world.line.add(zone("z" + std::to_string(i) + "."));
    std::vector<std::vector<std::byte>> sent;
    while (auto message = world.next()) sent.push_back(*std::move(message));
    CHECK(sent.size() == NotifyLine::most_at_once);
    std::size_t answered = 0;
    while (!sent.empty()) {
      REQUIRE(++answered <= 1000);
      world.answer(sent.back());
      sent.pop_back();
      if (auto message = world.next()) sent.push_back(*std::move(message));
    }
    CHECK(answered == 1000);
    CHECK(world.line.empty());
  }
  TEST_CASE("one that says nothing at all is not told of 100,000 zones one by one") {
    World world;
    for (int i = 0; i < 100'000; ++i) world.line.add(zone("z" + std::to_string(i) + "."));
    std::size_t sent = 0;
    for (int second = 0; second < 200 && !world.line.empty(); ++second) {
      sent += world.take_all();
      world.advance(seconds(1));
    }
    CHECK(world.line.empty());
    CHECK(sent == NotifyLine::most_at_once * NotifyLine::most_tries);
    CHECK(world.line.counts().given_up == 100'000);
  }
  TEST_CASE("one that answers for other zones is there: those that wait are not given up") {
    World world;
    world.line.add(zone("a."));
    REQUIRE(world.next());
    world.line.add(zone("b."));
    const auto answered = world.next();
    REQUIRE(answered);
    world.answer(*answered);
    for (unsigned i = 1; i < NotifyLine::most_tries; ++i) {
      world.advance(seconds(64));
      REQUIRE(world.next());
    }
    world.advance(seconds(64));
    world.line.add(zone("c."));
    const auto other = world.next();
    REQUIRE(other);
    world.answer(*other);
    CHECK(world.line.empty());
    CHECK(world.line.counts().given_up == 1);
    CHECK(world.line.counts().answered == 2);
  }

  TsigKey key() { return {*Name::parse("k."), TsigAlgorithm::hmac_sha256, {std::byte{1}, std::byte{2}}, 0}; }
  /// The answer, signed by that key.
  std::vector<std::byte> signed_answer(const std::vector<std::byte>& message, const TsigKey& by,
                                       WallTime wall, unsigned rcode = 0) {
    const std::size_t offset = header_octets + 3 + 4;
    const auto record = TsigRecord::read(message, offset);
    REQUIRE(record);
    std::vector<std::byte> answer = World::answer_to({message.begin(), message.begin() + offset}, rcode);
    store_u16(&answer[arcount_offset], 0);
    answer.resize(1000);
    TsigSigner signer(by, *record);
    answer.resize(signer.sign(answer, offset, tsig_time(wall)));
    return answer;
  }

  TEST_CASE("with a key it is signed, and only a signed answer counts") {
    World world(key());
    world.line.add(zone("e."));
    const auto message = world.next();
    REQUIRE(message);
    const std::size_t offset = header_octets + 3 + 4;
    const auto record = TsigRecord::read(*message, offset);
    REQUIRE(record);
    const TsigKey known = key();
    const TsigKeys keys({known});
    CHECK(verify_request(*message, offset, *record, keys, tsig_time(world.wall)).rcode == Rcode::noerror);

    std::vector<std::byte> bare = World::answer_to({message->begin(), message->begin() + offset}, 0);
    store_u16(&bare[arcount_offset], 0);
    world.line.receive(bare, world.wall);
    TsigKey other = key();
    other.secret.push_back(std::byte{3});
    world.line.receive(signed_answer(*message, other, world.wall), world.wall);
    CHECK_FALSE(world.line.empty());
    world.advance(milliseconds(900));
    world.line.receive(signed_answer(*message, known, world.wall), world.wall);
    CHECK(world.line.empty());
    CHECK(world.line.counts().answered == 1);
  }
}

}  // namespace
}  // namespace doors::xfr
