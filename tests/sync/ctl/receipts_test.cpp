#include <doctest/doctest.h>

#include "sync/ctl/diff.h"
#include "sync/ctl/publish.h"
#include "sync/ctl/status_rows.h"
#include "zones/load/zone_file.h"

using namespace doors;
using namespace doors::ctl;

namespace {

Receipt receipt(const char* node, const char* zone, bool served, int elapsed_ms, const char* reason = "") {
  return {.pop = "ams1",
          .node = node,
          .zone = *Name::parse(zone),
          .number = {1, 1},
          .serial = 7,
          .served = served,
          .reason = reason,
          .elapsed = std::chrono::milliseconds(elapsed_ms)};
}

Content content(const std::string& more) {
  auto zone = load_zone_text(
      "$ORIGIN example.\n@ 300 IN SOA ns host 7 1 2 3 4\n@ 300 IN NS ns.other.\n" + more, "example.zone", {});
  REQUIRE(zone);
  return std::move(zone->content);
}

}  // namespace

TEST_SUITE("ctl: receipts, status and differences") {
  TEST_CASE("receipts are joined to one row per node") {
    const auto rows =
        rows_per_node({receipt("n2", "a.", true, 5), receipt("n1", "a.", true, 3),
                       receipt("n1", "b.", false, 9, "no memory"), receipt("n2", "b.", true, 7)});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].node == "n1");
    CHECK(rows[0].served == 1);
    CHECK(rows[0].failed == 1);
    CHECK(rows[0].reason == "no memory");
    CHECK(rows[1].slowest == std::chrono::milliseconds(7));
    CHECK(receipt_table(rows, 2).render() ==
          "POP   NODE  ZONES  STATE     TIME  REASON\n"
          "ams1  n1      1/2  failed  9.0 ms  b.: no memory\n"
          "ams1  n2      2/2  served  7.0 ms\n");
  }

  TEST_CASE("a node is behind for every zone it does not serve in its newest version") {
    std::map<Name, StoredVersion> heads;
    for (const char* zone : {"a.", "b.", "c.", "gone."}) {
      StoredVersion head;
      head.zone = *Name::parse(zone);
      head.number = {1, 2};
      if (std::string_view(zone) == "gone.") head.kind = VersionKind::tombstone;
      heads.emplace(head.zone, head);
    }
    const auto row = [](const char* zone, std::uint64_t seq, const char* state) {
      ZoneRow made;
      made.pop = "p";
      made.node = "n";
      made.zone = *Name::parse(zone);
      made.number = {1, seq};
      made.state = state;
      return made;
    };
    const auto nodes = summaries({row("a.", 2, "served"), row("b.", 1, "served")}, heads);
    REQUIRE(nodes.size() == 1);
    CHECK(nodes[0].current == 1);
    CHECK(nodes[0].behind == 2);
    CHECK(summaries({row("a.", 2, "failed")}, heads).at(0).behind == 3);
  }

  TEST_CASE("a difference lists what goes and what comes, and not what stays") {
    const Content before =
        content("a 60 IN A 192.0.2.1\na 60 IN A 192.0.2.2\nb 60 IN TXT x\nc 60 IN A 192.0.2.9\n");
    const Content after =
        content("a 60 IN A 192.0.2.2\na 60 IN A 192.0.2.3\nb 90 IN TXT x\nd 60 IN A 192.0.2.9\n");
    CHECK(lines_of(diff(before, after)) ==
          std::vector<std::string>{"-a.example. 60 IN A 192.0.2.1", "+a.example. 60 IN A 192.0.2.3",
                                   "-b.example. 60 IN TXT \"x\"", "+b.example. 90 IN TXT \"x\"",
                                   "-c.example. 60 IN A 192.0.2.9", "+d.example. 60 IN A 192.0.2.9"});
  }

  TEST_CASE("a version as doorsync tells it is read strictly") {
    ControlMessage message("head");
    message.with("zone", "example.").with("epoch", 1).with("seq", 4).with("serial", 7);
    message.with("digest", std::string(64, 'a')).with("hash", std::string(64, '0'));
    message.with("records", 5).with("created", 1'763'724'605).with("comment", "hello");
    const auto version = read_stored_version(message);
    REQUIRE(version);
    CHECK(version->number == VersionNumber{1, 4});
    CHECK(version->kind == VersionKind::push);
    CHECK(calendar(version->created) == "2025-11-21 11:30:05");
    CHECK_FALSE(read_stored_version(ControlMessage("head").with("zone", "example.")));
  }

  TEST_CASE("a draft follows the head it is given") {
    const Content now = content("");
    const std::array<std::byte, 32> digest{std::byte{5}};
    const auto first = draft_version(now, digest, nullptr, VersionKind::push, "c");
    REQUIRE(first);
    CHECK(first->version.number == VersionNumber{1, 1});
    CHECK(first->version.records == 2);
    CHECK(first->version.content_octets() == now.stream().size());
    StoredVersion head;
    head.number = {2, 9};
    head.hash[3] = std::byte{7};
    const auto next = draft_version(now, digest, &head, VersionKind::rollback, "c");
    REQUIRE(next);
    CHECK(next->version.number == VersionNumber{2, 10});
    CHECK(next->version.previous == head.hash);
    CHECK(next->version.encode());
  }
}
