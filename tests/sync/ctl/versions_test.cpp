#include "sync/ctl/versions.h"

#include <thread>

#include <doctest/doctest.h>

#include "zones/base/file.h"
#include "zones/content/digest.h"
#include "zones/content/frames.h"
#include "zones/load/zone_file.h"

using namespace doors;
using namespace doors::ctl;

namespace {

constexpr std::chrono::seconds patience{20};

struct Kept {
  Content content;
  StoredVersion version;
};

/// The version of a zone as doorsync's `heads` told it.
Kept kept(const std::string& origin, std::uint64_t records = 2) {
  auto zone = load_zone_text("$ORIGIN " + origin + "\n@ 300 SOA ns host 7 1 2 3 4\n@ 300 NS ns.test.\n",
                             "test.zone", {});
  REQUIRE(zone);
  StoredVersion version;
  version.zone = *Name::parse(origin);
  version.number = {1, 1};
  version.digest = content_digest(zone->content);
  version.records = records;
  return {std::move(zone->content), version};
}

ControlMessage reply_of(const Kept& zone) {
  return std::move(ControlMessage("content").with("zone", zone.version.zone.to_string()));
}

/// Plays doorsync on the other end of a session.
class Doorsync {
 public:
  Doorsync() {
    auto pair = local_pair();
    REQUIRE(pair);
    session_.emplace(Session::over(std::move(pair->first), "doorsync"));
    socket_ = std::move(pair->second);
  }
  Session& session() { return *session_; }
  /// The zone that is asked for next; "" if nobody asks in time.
  std::string next_asked(std::chrono::milliseconds limit = patience) {
    const auto packet = receive_packet_until(socket_.get(), std::chrono::steady_clock::now() + limit);
    return packet ? std::string(packet->message.text("zone")) : "";
  }
  void give(const Kept& zone) {
    const auto frames = compress_frames(zone.content.stream());
    const auto file = sealed_memory_file("test", frames->octets);
    (void)send_packet(socket_.get(), reply_of(zone), {file->get()});
  }
  void refuse(const std::string& reason) {
    (void)send_packet(socket_.get(), ControlMessage("error").with("reason", reason));
  }
  void hang_up() { socket_.reset(); }

 private:
  std::optional<Session> session_;
  UniqueFd socket_;
};

/// Asks for the contents of `zones`; what came of each.
std::vector<std::string> contents_of(Doorsync& doorsync, const std::vector<Kept>& zones) {
  std::vector<const StoredVersion*> versions;
  for (const Kept& zone : zones) versions.push_back(&zone.version);
  std::vector<std::string> came;
  const auto asked =
      ask_contents(doorsync.session(), versions, [&](std::size_t i, const Result<Content>& content) {
        came.push_back(std::to_string(i) + ": " +
                       (content ? content->origin().to_string() : content.error().message));
      });
  if (!asked) came.push_back(asked.error().message);
  return came;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("ctl: versions that doorsync keeps") {
  TEST_CASE("contents are asked for ahead of the replies, and come in order") {
    const std::vector<Kept> zones{kept("a."), kept("b."), kept("c.")};
    Doorsync doorsync;
    Strings asked;
    std::thread server([&] {
      for (std::size_t i = 0; i < zones.size(); ++i) asked.push_back(doorsync.next_asked());
      for (const Kept& zone : zones) doorsync.give(zone);
    });
    const Strings came = contents_of(doorsync, zones);
    server.join();
    CHECK(asked == Strings{"a.", "b.", "c."});
    CHECK(came == Strings{"0: a.", "1: b.", "2: c."});
  }

  TEST_CASE("not more than 32 ahead, and not more than a million records unless one zone has them") {
    std::vector<Kept> zones;
    for (int i = 0; i < 40; ++i) zones.push_back(kept("z" + std::to_string(i) + "."));
    for (int i = 40; i < 43; ++i) zones.push_back(kept("z" + std::to_string(i) + ".", 900'000));
    Doorsync doorsync;
    Strings wrong;
    std::thread server([&] {
      std::size_t asked = 0;
      for (std::size_t given = 0; given < zones.size(); ++given) {
        // The first of the large ones goes with the last small ones.
        const std::size_t expected = given <= 8 ? given + 32 : given <= 40 ? 41 : given + 1;
        for (; asked < expected; ++asked) {
          if (doorsync.next_asked().empty()) wrong.push_back("not asked for " + std::to_string(asked));
        }
        const std::string early = doorsync.next_asked(std::chrono::milliseconds(1));
        if (!early.empty()) wrong.push_back(early + " asked for before " + std::to_string(given) + " came");
        doorsync.give(zones[given]);
      }
    });
    CHECK(contents_of(doorsync, zones).back() == "42: z42.");
    server.join();
    CHECK(wrong == Strings{});
  }

  TEST_CASE("of one that cannot be had the reason comes, and the others come") {
    const std::vector<Kept> zones{kept("a."), kept("b."), kept("c.")};
    Doorsync doorsync;
    doorsync.refuse("blob is missing");
    doorsync.give(kept("other."));
    doorsync.give(zones[2]);
    CHECK(contents_of(doorsync, zones) ==
          Strings{"0: content of a. 1/1: doorsync: blob is missing",
                  "1: content of b. 1/1 does not have the digest of its version", "2: c."});
  }

  TEST_CASE("a lost doorsync ends it") {
    Doorsync doorsync;
    const std::vector<Kept> zones{kept("a."), kept("b.")};
    doorsync.give(zones[0]);
    std::thread server([&] {
      (void)doorsync.next_asked();
      (void)doorsync.next_asked();
      doorsync.hang_up();
    });
    const Strings came = contents_of(doorsync, zones);
    server.join();
    CHECK(came == Strings{"0: a.", "content of b. 1/1: doorsync closed the connection"});
  }
}
