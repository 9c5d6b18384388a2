#include "sync/pop/agent.h"

#include <algorithm>
#include <chrono>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include "sync/pop/channel.h"
#include "tests/sync/pop/fake_doord.h"
#include "tests/sync/pop/world.h"
#include "zones/base/text_encoding.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: the agent and its control socket") {
  /// A client on the test's own loop: sends one request and collects what comes up to the last reply.
  struct Client {
    Client(boost::asio::io_context& io, const std::filesystem::path& socket)
        : channel(io, *connect_local_now(socket),
                  {[this](Packet packet) { replies.push_back(std::move(packet)); },
                   [this](const std::string&) { closed = true; },
                   {}}) {}
    std::vector<Packet> replies;
    bool closed = false;
    Channel channel;
  };

  struct Fixture {
    Fixture() {
      settings.node.pop = "pop1";
      settings.node.name = "node1";
      settings.store.path = directory / "store";
      settings.store.map_gib = 1;
      settings.store.history = 10;
      settings.journal = directory / "journal";
      settings.images = directory / "images";
      settings.doord_socket = directory / "doord.sock";
      settings.control_socket = directory / "doorsync.sock";
      settings.publishers = {Publisher{key.public_key(), {*ZonePattern::parse("*")}}};
      start();
    }
    ~Fixture() { agent.reset(); }
    void start() {
      auto started = Agent::start(io, clock, settings);
      REQUIRE(started);
      agent = std::move(*started);
    }
    /// The replies to one request, by verb; `last` ends them.
    std::vector<Packet> ask(const ControlMessage& request, std::string_view last,
                            std::vector<UniqueFd> fds = {}) {
      Client client(io, settings.control_socket);
      client.channel.send(request, std::move(fds));
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
      while (!client.closed && std::chrono::steady_clock::now() < deadline) {
        io.restart();
        io.run_one_for(std::chrono::milliseconds(100));
        if (client.replies.empty()) continue;
        const ControlMessage& latest = client.replies.back().message;
        const bool refused = latest.verb() == "refused" && latest.text("zone").empty();
        if (latest.verb() == last || latest.verb() == "error" || refused) break;
      }
      REQUIRE_FALSE(client.replies.empty());
      return std::move(client.replies);
    }
    std::vector<Packet> publish(const std::vector<Draft>& drafts) {
      std::vector<PushItem> items;
      for (const Draft& draft : drafts) items.push_back({draft.version, draft.frames.octets});
      std::vector<UniqueFd> fds;
      fds.push_back(*sign_push_file(items, key));
      return ask(ControlMessage("publish"), "published", std::move(fds));
    }
    std::string wait(const std::string& wanted) {
      const auto replies =
          ask(ControlMessage("wait").with("zone", wanted).with("timeout_ms", std::uint64_t{50'000}), "end");
      std::string all;
      for (const Packet& reply : replies) {
        all += reply.message.verb() + ":" + std::string(reply.message.text("zone")) + "/" +
               std::string(reply.message.text("serial")) + std::string(reply.message.text("state")) +
               std::string(reply.message.text("complete")) + " ";
      }
      return all;
    }
    std::optional<StoredVersion> head() {
      const auto replies = ask(ControlMessage("heads").with("zone", "example."), "end");
      if (replies.front().message.verb() != "head") return std::nullopt;
      StoredVersion stored;
      const ControlMessage& head = replies.front().message;
      stored.version.zone = *Name::parse(head.text("zone"));
      stored.version.number = {static_cast<std::uint32_t>(*head.number("epoch")), *head.number("seq")};
      hash = std::string(head.text("hash"));
      return stored;
    }

    const std::filesystem::path directory = fresh_directory("agent");
    PrivateKey key = *PrivateKey::generate();
    DoorsyncSettings settings;
    RealClock clock;
    boost::asio::io_context io;
    FakeDoord doord{io, directory / "doord.sock"};
    std::string hash;
    std::unique_ptr<Agent> agent;
  };

  TEST_CASE("published, waited for, listed, told, fetched") {
    Fixture fixture;
    const Content content = content_of("example.", 7);
    const auto published = fixture.publish({draft_of(content)});
    REQUIRE(published.size() == 2);
    CHECK(published[0].message.verb() == "accepted");
    CHECK(published[0].message.text("serial") == "7");
    CHECK(published[1].message.verb() == "published");
    CHECK(published[1].message.number("revision") == 1);
    CHECK(fixture.wait("example. 1 1") == "receipt:example./7served end:/yes ");
    CHECK(fixture.doord.serving["example."] == "1/1");

    const auto heads = fixture.ask(ControlMessage("heads"), "end");
    REQUIRE(heads.size() == 2);
    CHECK(heads[0].message.text("zone") == "example.");
    CHECK(heads[0].message.number("records") == content.record_count());
    CHECK(heads[0].message.text("kind") == "push");
    CHECK(fixture.ask(ControlMessage("history").with("zone", "example."), "end").size() == 2);

    const auto reply = fixture.ask(ControlMessage("content").with("zone", "example."), "content");
    REQUIRE(reply[0].fds.size() == 1);
    const auto stream = decompress_frames(*read_descriptor(reply[0].fds[0].get(), 1u << 20), 1u << 20);
    REQUIRE(stream);
    CHECK(text_of(*stream) == text_of(content.stream()));

    const auto status = fixture.ask(ControlMessage("status"), "end");
    REQUIRE(status.size() == 2);
    CHECK(status[0].message.text("state") == "served");
    CHECK(status[1].message.text("doord") == "connected");
    CHECK(status[1].message.text("revision") == "1");
  }

  TEST_CASE("a whole push is waited for by its revision") {
    Fixture fixture;
    std::vector<Draft> drafts;
    for (int i = 0; i < 50; ++i) drafts.push_back(draft_of(content_of("z" + std::to_string(i) + ".", 1)));
    CHECK(fixture.publish(drafts).back().message.verb() == "published");
    const auto receipts = fixture.ask(ControlMessage("wait").with("revision", std::uint64_t{1}), "end");
    CHECK(receipts.size() == 51);
    CHECK(receipts.back().message.text("complete") == "yes");
    CHECK(std::ranges::count(fixture.doord.log, "swap") == 1);
  }

  TEST_CASE("what is refused comes back with gate and reason, and the zone stays") {
    Fixture fixture;
    fixture.publish({draft_of(content_of("example.", 7))});
    const auto refused = fixture.publish({draft_of(content_of("example.", 8))});
    CHECK(refused[0].message.verb() == "refused");
    CHECK(refused[0].message.text("gate") == "serial");
    REQUIRE(refused.size() == 2);
    CHECK(refused[1].message.text("reason") == "1 of 1 zones refused");
    CHECK(fixture.ask(ControlMessage("heads"), "end")[0].message.text("serial") == "7");
  }

  TEST_CASE("bad requests are errors, not ends") {
    Fixture fixture;
    for (const ControlMessage& request :
         {ControlMessage("nonsense"), ControlMessage("heads").with("zone", "a..b"), ControlMessage("history"),
          ControlMessage("content").with("zone", "absent."),
          ControlMessage("wait").with("zone", "example. 1"),
          ControlMessage("wait").with("zone", "example. x 1")}) {
      CAPTURE(request.verb());
      CHECK(fixture.ask(request, "error").back().message.verb() == "error");
    }
    CHECK(fixture.ask(ControlMessage("publish"), "refused").back().message.text("reason") ==
          "a push comes with one descriptor");
    std::vector<UniqueFd> fds;
    fds.emplace_back(::dup(0));
    CHECK(fixture.ask(ControlMessage("publish"), "refused", std::move(fds)).back().message.text("reason") ==
          "the bundle is no sealed memory file");
    CHECK(fixture.ask(ControlMessage("status"), "end").size() == 1);
  }

  TEST_CASE("a wait whose version never comes ends in time") {
    Fixture fixture;
    const auto receipts = fixture.ask(
        ControlMessage("wait").with("zone", "example. 1 1").with("timeout_ms", std::uint64_t{80}), "end");
    REQUIRE(receipts.size() == 2);
    CHECK(receipts[0].message.text("state") == "failed");
    CHECK(receipts[1].message.text("complete") == "no");
  }

  TEST_CASE("after a restart everything is there, and doord is handed what it lost") {
    Fixture fixture;
    fixture.publish({draft_of(content_of("example.", 7))});
    CHECK(fixture.wait("example. 1 1") == "receipt:example./7served end:/yes ");
    fixture.agent.reset();
    fixture.doord.stop(true);
    fixture.doord.start();
    fixture.start();
    CHECK(fixture.wait("example. 1 1") == "receipt:example./7served end:/yes ");
    CHECK(fixture.doord.serving["example."] == "1/1");
  }

  TEST_CASE(
      "a damaged store is set aside and made again from the journal, and a damaged journal from the store") {
    Fixture fixture;
    fixture.publish({draft_of(content_of("example.", 7))});
    CHECK(fixture.wait("example. 1 1") == "receipt:example./7served end:/yes ");
    const char* which = "";
    SUBCASE("store") { which = "store/lmdb"; }
    SUBCASE("journal") { which = "journal"; }
    fixture.agent.reset();
    std::filesystem::resize_file(fixture.directory / which / "data.mdb", 9000);
    fixture.start();
    CHECK(fixture.wait("example. 1 1") == "receipt:example./7served end:/yes ");
    REQUIRE(fixture.head());
    const auto before = fixture.head();
    // The chain goes on where it was.
    Draft next = draft_of(content_of("example.", 8), &*before);
    const auto hash = from_hex(fixture.hash);
    std::copy(hash->begin(), hash->end(), next.version.previous.begin());
    CHECK(fixture.publish({next}).back().message.verb() == "published");
    CHECK(fixture.wait("example. 1 2") == "receipt:example./8served end:/yes ");
  }

  TEST_CASE("other publishers are taken up by a reload, and what they signed comes in") {
    Fixture fixture;
    DoorsyncSettings none = fixture.settings;
    none.publishers.clear();
    fixture.agent->reload(none);
    const auto refused = fixture.publish({draft_of(content_of("example.", 7))});
    CHECK(refused[0].message.verb() == "refused");
    fixture.agent->reload(fixture.settings);
    CHECK(fixture.publish({draft_of(content_of("example.", 7))}).back().message.verb() == "published");
  }
}

}  // namespace
}  // namespace doors
