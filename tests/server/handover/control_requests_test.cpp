#include "server/handover/control_requests.h"

#include <doctest/doctest.h>

#include "tests/server/handover/fake_host.h"
#include "tests/zones/image/image_of.h"

namespace doors {
namespace {

constexpr const char* zone_text =
    "@ 300 IN SOA ns host 17 3600 600 86400 60\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\n";

std::vector<UniqueFd> image_fd(std::string_view origin, std::uint32_t epoch, std::uint64_t seq) {
  ImageVersion version;
  version.epoch = epoch;
  version.seq = seq;
  const auto octets = build_image(content_of(origin, zone_text), version);
  REQUIRE(octets);
  auto fd = sealed_memory_file("test image", *octets);
  REQUIRE(fd);
  std::vector<UniqueFd> fds;
  fds.push_back(*std::move(fd));
  return fds;
}

ControlMessage offer(std::string zone, std::uint64_t epoch, std::uint64_t seq) {
  return ControlMessage("offer").with("zone", std::move(zone)).with("epoch", epoch).with("seq", seq);
}

/// The one reply there must be.
ControlMessage only(const std::vector<ControlMessage>& replies) {
  REQUIRE(replies.size() == 1);
  return replies.front();
}

}  // namespace

TEST_SUITE("handover: control requests") {
  TEST_CASE("an offered image is served after a swap, and replaced by the next") {
    FakeHost host;
    FakeClient client(host);
    const auto staged = only(client.ask(offer("example.", 1, 5), image_fd("example.", 1, 5)));
    CHECK(staged == ControlMessage("staged")
                        .with("zone", "example.")
                        .with("epoch", "1")
                        .with("seq", "5")
                        .with("serial", "17"));
    CHECK(host.served()->size() == 0);
    CHECK(only(client.ask(ControlMessage("swap"))) ==
          ControlMessage("swapped").with("zones", "1").with("generation", "1"));
    CHECK(host.served()->size() == 1);
    static_cast<void>(client.ask(offer("Example", 1, 6), image_fd("example.", 1, 6)));
    CHECK(only(client.ask(ControlMessage("swap"))).text("generation") == "2");
    REQUIRE(host.served()->size() == 1);
    CHECK(host.served()->images().front()->version().seq == 6);
    CHECK(client.done == 4);
  }

  TEST_CASE("an offer that is not what it says is refused with the reason") {
    FakeHost host;
    FakeClient client(host);
    struct Row {
      const char* zone;
      std::uint64_t epoch, seq;
      const char* reason;
    };
    for (const Row& row :
         {Row{"other.", 1, 5, "the image is of example."},
          Row{"example.", 2, 5, "the image is of version 1/5"},
          Row{"example.", 1, 4, "the image is of version 1/5"}, Row{"..", 1, 5, "bad zone name"}}) {
      CAPTURE(row.reason);
      const auto refused = only(client.ask(offer(row.zone, row.epoch, row.seq), image_fd("example.", 1, 5)));
      CHECK(refused.verb() == "refused");
      CHECK(refused.text("zone") == row.zone);
      CHECK(refused.text("reason").starts_with(row.reason));
    }
    CHECK(only(client.ask(offer("example.", 1, 5))).verb() == "refused");
    auto two = image_fd("example.", 1, 5);
    two.push_back(std::move(image_fd("example.", 1, 5).front()));
    CHECK(only(client.ask(offer("example.", 1, 5), std::move(two))).verb() == "refused");
    CHECK(only(client.ask(ControlMessage("offer"), image_fd("example.", 1, 5))).verb() == "refused");
    CHECK(only(client.ask(ControlMessage("swap"))).text("zones") == "0");
  }

  TEST_CASE("a zone is removed by a swap, in any spelling; removing what is not there is no error") {
    FakeHost host;
    FakeClient client(host);
    static_cast<void>(client.ask(offer("example.", 1, 5), image_fd("example.", 1, 5)));
    static_cast<void>(client.ask(ControlMessage("swap")));
    CHECK(only(client.ask(ControlMessage("remove").with("zone", "EXAMPLE"))).verb() == "staged");
    CHECK(only(client.ask(ControlMessage("remove").with("zone", "never."))).verb() == "staged");
    CHECK(only(client.ask(ControlMessage("remove").with("zone", "a..b"))).verb() == "refused");
    CHECK(only(client.ask(ControlMessage("remove"))).verb() == "refused");
    CHECK(host.served()->size() == 1);
    CHECK(only(client.ask(ControlMessage("swap"))).text("zones") == "0");
  }

  TEST_CASE("a zone is withheld by a swap, until it is offered or removed") {
    FakeHost host;
    FakeClient client(host);
    const auto withholds = [&host] {
      return host.served()->withholds(HashedName(*Name::parse("www.example.")), 127, nullptr);
    };
    static_cast<void>(client.ask(offer("example.", 1, 5), image_fd("example.", 1, 5)));
    static_cast<void>(client.ask(ControlMessage("swap")));
    CHECK_FALSE(withholds());
    CHECK(only(client.ask(ControlMessage("withhold").with("zone", "EXAMPLE"))).verb() == "staged");
    CHECK(only(client.ask(ControlMessage("withhold").with("zone", "a..b"))).verb() == "refused");
    CHECK(only(client.ask(ControlMessage("swap"))).text("zones") == "0");
    CHECK(withholds());
    static_cast<void>(client.ask(offer("example.", 1, 6), image_fd("example.", 1, 6)));
    CHECK(only(client.ask(ControlMessage("swap"))).text("zones") == "1");
    CHECK_FALSE(withholds());
    static_cast<void>(client.ask(ControlMessage("withhold").with("zone", "example.")));
    static_cast<void>(client.ask(ControlMessage("swap")));
    CHECK(withholds());
    static_cast<void>(client.ask(ControlMessage("remove").with("zone", "example.")));
    static_cast<void>(client.ask(ControlMessage("swap")));
    CHECK_FALSE(withholds());
  }

  TEST_CASE("staging is the client's own and goes with it") {
    FakeHost host;
    FakeClient first(host);
    FakeClient second(host);
    static_cast<void>(first.ask(offer("example.", 1, 5), image_fd("example.", 1, 5)));
    CHECK(only(second.ask(ControlMessage("swap"))).text("zones") == "0");
    first.leave();
    CHECK(only(second.ask(ControlMessage("swap"))).text("zones") == "0");
  }

  TEST_CASE("a swap is acknowledged when the workers have it, and to nobody who has left") {
    FakeHost host;
    host.hold = true;
    FakeClient client(host);
    FakeClient gone(host);
    CHECK(client.ask(ControlMessage("swap")).empty());
    CHECK(client.done == 0);
    CHECK(gone.ask(ControlMessage("swap")).empty());
    gone.leave();
    for (const auto& finish : host.held) finish();
    CHECK(only(client.replies()).verb() == "swapped");
    CHECK(client.done == 1);
    CHECK(gone.replies().empty());
  }

  TEST_CASE("zones are listed in order, or one of them") {
    FakeHost host;
    FakeClient client(host);
    for (const char* origin : {"b.", "a.", "x.a."}) {
      static_cast<void>(client.ask(offer(origin, 2, 3), image_fd(origin, 2, 3)));
    }
    CHECK(only(client.ask(ControlMessage("zones"))).verb() == "end");
    static_cast<void>(client.ask(ControlMessage("swap")));
    const auto rows = client.ask(ControlMessage("zones"));
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].text("zone") == "a.");
    CHECK(rows[1].text("zone") == "x.a.");
    CHECK(rows[2].text("zone") == "b.");
    CHECK(rows[2].number("epoch") == 2);
    CHECK(rows[2].number("seq") == 3);
    CHECK(rows[2].number("serial") == 17);
    CHECK(rows[2].number("records") == 3);
    CHECK(rows[2].text("digest").size() == 64);
    CHECK(rows[3].verb() == "end");
    CHECK(client.ask(ControlMessage("zones").with("zone", "A"))[0] == rows[0]);
    CHECK(only(client.ask(ControlMessage("zones").with("zone", "y.a."))).verb() == "end");
    CHECK(only(client.ask(ControlMessage("zones").with("zone", "a..b"))).verb() == "error");
  }

  TEST_CASE("status adds the workers up and fits into a message however many there are") {
    FakeHost host;
    FakeClient client(host);
    for (std::size_t workers : {1u, 2u, 256u}) {
      host.server_status.workers.assign(workers, {});
      for (auto& worker : host.server_status.workers) {
        worker.values.counters.fill(1'000'000'000'000);
        worker.values.rcodes.fill(1'000'000'000'000);
        worker.beat_age_ms = 3;
      }
      host.server_status.workers.back().beat_age_ms = 77;
      const auto status = only(client.ask(ControlMessage("status")));
      CHECK(status.number("udp_queries") == 2'000'000'000'000 * workers);
      CHECK(status.number("rcode.nxdomain") == 1'000'000'000'000 * workers);
      CHECK(status.number("beat_age_ms") == 77);
      CHECK(status.encode());
    }
  }

  TEST_CASE("who asks for the status may say whether the PoP drains") {
    FakeHost host;
    FakeClient client(host);
    CHECK(only(client.ask(ControlMessage("status"))).text("draining") == "no");
    CHECK(only(client.ask(ControlMessage("status").with("draining", "yes"))).text("draining") == "yes");
    CHECK(only(client.ask(ControlMessage("status"))).text("draining") == "yes");
    CHECK(only(client.ask(ControlMessage("status").with("draining", "no"))).text("draining") == "no");
  }

  TEST_CASE("reload tells what became of it") {
    FakeHost host;
    FakeClient client(host);
    CHECK(only(client.ask(ControlMessage("reload"))).verb() == "ok");
    host.reload_result = failure("doord.toml:3: no");
    CHECK(only(client.ask(ControlMessage("reload"))) ==
          ControlMessage("error").with("reason", "doord.toml:3: no"));
  }

  TEST_CASE("who waits for NOTIFY is told when one comes; who has left takes none") {
    FakeHost host;
    FakeClient client(host);
    CHECK(client.ask(ControlMessage("await_notify")).empty());
    CHECK(client.done == 0);
    REQUIRE(host.notify_waiter);
    CHECK(host.notify_waiter({*Name::parse("a.example."), *Name::parse("b.")}));
    REQUIRE(client.replies().size() == 3);
    CHECK(client.replies()[0] == ControlMessage("notify").with("zone", "a.example."));
    CHECK(client.replies()[1] == ControlMessage("notify").with("zone", "b."));
    CHECK(client.replies()[2] == ControlMessage("end"));
    CHECK(client.done == 1);
    CHECK(client.ask(ControlMessage("await_notify")).empty());
    client.there = false;  // closed, and nobody has noticed yet: it takes none, and its request ends
    CHECK_FALSE(host.notify_waiter({*Name::parse("a.example.")}));
    CHECK(client.done == 2);
    client.there = true;
    CHECK(client.ask(ControlMessage("await_notify")).empty());
    client.leave();
    CHECK_FALSE(host.notify_waiter({*Name::parse("a.example.")}));
  }
  TEST_CASE("addresses are listed, and an unknown verb is an error") {
    FakeHost host;
    FakeClient client(host);
    CHECK(only(client.ask(ControlMessage("listening"))) == ControlMessage("listening")
                                                               .with("udp", "127.0.0.1:53")
                                                               .with("udp", "[::1]:53")
                                                               .with("tcp", "127.0.0.1:53"));
    CHECK(only(client.ask(ControlMessage("sing"))).verb() == "error");
  }
}

}  // namespace doors
