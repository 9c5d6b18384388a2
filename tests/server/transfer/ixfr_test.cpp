// Incremental transfers: what a secondary makes of them is the zone, and what is not known is sent whole.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/transfer/differences.h"
#include "server/transfer/exchange.h"
#include "tests/server/transfer/ixfr_question.h"
#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "tests/zones/base/temporary_directory.h"
#include "zones/base/file.h"
#include "zones/content/change_log.h"
#include "zones/image/image_file.h"
#include "zones/load/zone_file.h"

using namespace doors;

namespace {

constexpr const char* top = "@ 300 IN NS ns\nns 300 IN A 192.0.2.1\nsame 300 IN TXT \"stays\"\n";

std::string zone_text(std::uint32_t serial, const std::string& rest) {
  return "@ 300 IN SOA ns host " + std::to_string(serial) + " 3600 600 86400 300\n" + top + rest;
}

Content content_of(const std::string& text) {
  ZoneFileOptions options;
  options.origin = *Name::parse("example.");
  auto loaded = load_zone_text(text, "text", options);
  REQUIRE_MESSAGE(loaded, loaded.error().front().to_string());
  return std::move(loaded->content);
}

/// Versions of example. one after the other, the last of which is served, with the log that leads there.
class History {
 public:
  explicit History(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) contents.push_back(content_of(text));
    for (std::size_t i = 0; i + 1 < contents.size(); ++i)
      log.add(*Delta::between(contents[i], contents[i + 1]));
    Snapshot served = zone_of("example.", texts.back());
    zone = served.zones->images().front();
    Access access;
    AccessRule all{.zones = {}, .every_zone = true, .sources = {*IpPrefix::parse("0.0.0.0/0")}, .keys = {}};
    access.transfers = {all};
    access.change_logs = directory.path();
    served.access = std::make_shared<const Access>(access);
    snapshot = std::make_shared<const Snapshot>(served);
    write_log(log.octets());
  }
  void write_log(Octets octets) const { REQUIRE(write_file_durably(log_file(), octets)); }
  [[nodiscard]] std::filesystem::path log_file() const {
    const ImageVersion version = zone->version();
    return log_path(directory.path(), zone->origin(), version.epoch, version.seq);
  }

  test::TemporaryDirectory directory;
  std::vector<Content> contents;
  ChangeLog log;
  std::shared_ptr<const ZoneImage> zone;
  std::shared_ptr<const Snapshot> snapshot;
};

/// All messages of the response to an IXFR.
std::vector<Record> asked(const History& history, std::string_view question, std::uint32_t serial,
                          Counters* counters = nullptr) {
  ManualClock clock;
  Counters own;
  Exchange exchange(clock, counters != nullptr ? *counters : own,
                    [](const std::function<void()>& work) { work(); });
  const AskedMessage asked = message(question, serial);
  std::vector<std::byte> out(65535);
  BatchItem item{asked.octets, asked.client, out};
  respond_batch({&item, 1}, *history.snapshot, Now::of(clock.wall()));
  REQUIRE(item.depends_on_asker);
  auto stream = exchange.complete(item, history.snapshot);
  CHECK(item.size <= asked.limit);
  std::vector<Record> records;
  std::size_t size = item.size;
  for (int messages = 0; size != 0 && messages < 100; ++messages) {
    const auto reply = read_reply(Octets(out).first(size));
    REQUIRE_MESSAGE(reply, reply.error());
    CHECK(reply->rcode() == 0);
    records.insert(records.end(), reply->answer.begin(), reply->answer.end());
    size = stream ? stream->next(out).value_or(0) : 0;
  }
  if (stream) exchange.end(std::move(stream));
  return records;
}

std::string types_of(const std::vector<Record>& records) {
  std::string text;
  for (const Record& record : records) text += (text.empty() ? "" : " ") + to_string(RRType(record.type));
  return text;
}

std::uint32_t serial_of(const Record& soa) {
  return load_u32(octets_of(soa.rdata).data() + soa.rdata.size() - 20);
}

/// What a secondary that has `before` makes of the response: each record that goes has to be there, each
/// that comes must not (RFC 1995 §4).
Content applied(const Content& before, const std::vector<Record>& records) {
  struct Held {
    std::string owner;
    std::uint16_t type;
    std::uint32_t ttl;
    std::string rdata;
    bool operator==(const Held&) const = default;
  };
  std::vector<Held> zone;
  for (std::size_t i = 0; i < before.rrset_count(); ++i) {
    const RRsetView rrset = before.rrset(i);
    for (const Octets rdata : rrset.rdatas) {
      zone.push_back({std::string(text_of(rrset.owner.wire())), raw(rrset.type), rrset.ttl.raw(),
                      std::string(text_of(rdata))});
    }
  }
  REQUIRE(records.size() >= 2);
  bool coming = true;
  for (std::size_t i = 1; i + 1 < records.size(); ++i) {
    const Record& record = records[i];
    if (record.type == raw(RRType::soa)) coming = !coming;
    const Held held{record.owner, record.type, record.ttl, record.rdata};
    const auto there = std::find(zone.begin(), zone.end(), held);
    CHECK((there == zone.end()) == coming);
    if (coming)
      zone.push_back(held);
    else
      zone.erase(there);
  }
  CHECK(coming);
  ContentBuilder builder(before.origin());
  for (const Held& held : zone) {
    REQUIRE(builder.add(*NameView::checked(octets_of(held.owner)), RRType(held.type), Ttl(held.ttl),
                        octets_of(held.rdata)));
  }
  return *builder.finish();
}

void check_leads_there(const History& history, std::size_t from, const std::vector<Record>& records) {
  CAPTURE(from);
  const Content& wanted = history.contents.back();
  const Content got = applied(history.contents[from], records);
  CHECK(std::ranges::equal(got.stream(), wanted.stream()));
  CHECK(serial_of(records.front()) == wanted.serial().raw());
  CHECK(serial_of(records.back()) == wanted.serial().raw());
}

const std::string filling = [] {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "f" + std::to_string(i) + " 300 IN A 192.0.2.9\n";
  return text;
}();

}  // namespace

TEST_SUITE("transfer: IXFR (RFC 1995)") {
  const History& some_history() {
    static const History history({
        zone_text(5, filling + "a 300 IN A 192.0.2.1\na 300 IN A 192.0.2.2\ngone 300 IN MX 1 ns\n"),
        zone_text(6, filling + "a 300 IN A 192.0.2.2\na 300 IN A 192.0.2.3\n"),
        zone_text(7, filling + "a 300 IN A 192.0.2.2\na 300 IN A 192.0.2.3\nnew 300 IN TXT \"x\"\n"),
    });
    return history;
  }
  TEST_CASE("each step has the records that go and those that come, and no others") {
    CHECK(types_of(asked(some_history(), "example. IXFR +tcp", 5)) == "SOA SOA A MX SOA A SOA SOA TXT SOA");
    CHECK(types_of(asked(some_history(), "example. IXFR +tcp", 6)) == "SOA SOA SOA TXT SOA");
    for (const std::size_t from : {0u, 1u})
      check_leads_there(some_history(), from,
                        asked(some_history(), "example. IXFR +tcp", static_cast<std::uint32_t>(5 + from)));
  }
  TEST_CASE("over UDP too, where it fits; else the SOA alone") {
    check_leads_there(some_history(), 0, asked(some_history(), "example. IXFR", 5));
    check_leads_there(some_history(), 1, asked(some_history(), "example. IXFR +edns", 6));
    std::string large;
    for (int i = 0; i < 5; ++i)
      large += "t" + std::to_string(i) + " 300 IN TXT " + std::string(150, 'x') + "\n";
    const History history({zone_text(5, filling), zone_text(6, filling + large)});
    CHECK(types_of(asked(history, "example. IXFR", 5)) == "SOA");
    CHECK(types_of(asked(history, "example. IXFR +size=1232", 5)) == "SOA SOA SOA TXT TXT TXT TXT TXT SOA");
  }
  TEST_CASE("who has our serial, or a newer one, gets the SOA alone") {
    for (const std::uint32_t serial : {7u, 8u}) {
      CHECK(types_of(asked(some_history(), "example. IXFR +tcp", serial)) == "SOA");
      CHECK(types_of(asked(some_history(), "example. IXFR", serial)) == "SOA");
    }
  }
  TEST_CASE("another TTL makes all records of an RRset others") {
    const History history({zone_text(1, filling + "a 300 IN A 192.0.2.1\na 300 IN A 192.0.2.2\n"),
                           zone_text(2, filling + "a 60 IN A 192.0.2.1\na 60 IN A 192.0.2.2\n")});
    const auto records = asked(history, "example. IXFR +tcp", 1);
    CHECK(types_of(records) == "SOA SOA A A SOA A A SOA");
    check_leads_there(history, 0, records);
  }
  TEST_CASE("differences of many messages lead there too") {
    std::vector<std::string> texts;
    std::string rest;
    for (int i = 0; i < 2000; ++i) rest += "f" + std::to_string(i) + " 300 IN A 192.0.2.9\n";
    texts.push_back(zone_text(1, rest));
    for (int i = 0; i < 600; ++i)
      rest +=
          "t" + std::to_string(i) + " 300 IN TXT " + std::string(200, static_cast<char>('a' + i % 26)) + "\n";
    texts.push_back(zone_text(2, rest));
    const History history(texts);
    const auto records = asked(history, "example. IXFR +tcp", 1);
    CHECK(records.size() == 604);
    check_leads_there(history, 0, records);
  }
  TEST_CASE("serials go round") {
    const History history(
        {zone_text(4'294'967'295, filling), zone_text(3, filling + "a 300 IN A 192.0.2.1\n")});
    check_leads_there(history, 0, asked(history, "example. IXFR +tcp", 4'294'967'295));
  }

  const std::size_t whole_zone = 53 + 2;
  TEST_CASE("what the log does not tell is sent whole: too old, no log, a damaged one") {
    const History history({zone_text(5, filling), zone_text(6, filling)});
    CHECK(asked(history, "example. IXFR +tcp", 5).size() == 4);
    CHECK(asked(history, "example. IXFR +tcp", 4).size() == whole_zone);
    std::vector<std::byte> octets = history.log.octets();
    octets.back() ^= std::byte{1};
    history.write_log(octets);
    CHECK(asked(history, "example. IXFR +tcp", 5).size() == whole_zone);
    CHECK(types_of(asked(history, "example. IXFR", 5)) == "SOA");
    history.write_log({});
    CHECK(asked(history, "example. IXFR +tcp", 5).size() == whole_zone);
    std::filesystem::remove(history.log_file());
    CHECK(asked(history, "example. IXFR +tcp", 5).size() == whole_zone);
  }
  TEST_CASE(
      "a log that leads elsewhere is not believed: to another serial, of another zone, back in between") {
    const History history({zone_text(5, filling), zone_text(6, filling)});
    const auto log_of = [&](const std::vector<std::uint32_t>& serials) {
      ChangeLog log;
      for (std::size_t i = 0; i + 1 < serials.size(); ++i) {
        log.add(*Delta::between(content_of(zone_text(serials[i], filling)),
                                content_of(zone_text(serials[i + 1], filling))));
      }
      history.write_log(log.octets());
    };
    log_of({4, 6});
    CHECK(asked(history, "example. IXFR +tcp", 4).size() == 4);
    log_of({4, 5});
    CHECK(asked(history, "example. IXFR +tcp", 4).size() == whole_zone);
    log_of({4, 7, 6});
    CHECK(asked(history, "example. IXFR +tcp", 4).size() == whole_zone);
  }
  TEST_CASE("differences that say more than the zone does are not sent") {
    std::string many;
    for (int i = 0; i < 60; ++i) many += "m" + std::to_string(i) + " 300 IN A 192.0.2.9\n";
    const History history({zone_text(5, filling + many), zone_text(6, filling)});
    CHECK(asked(history, "example. IXFR +tcp", 5).size() == whole_zone);
  }
  TEST_CASE("it is counted, and over UDP logs are read twenty times a second at most") {
    Counters counters;
    CHECK(asked(some_history(), "example. IXFR +tcp", 5, &counters).size() > 1);
    CHECK(asked(some_history(), "example. IXFR", 5, &counters).size() > 1);
    CHECK(counters.read()[Counter::transfers_incremental] == 2);
    CHECK(counters.read()[Counter::transfers] == 0);

    ManualClock clock;
    Exchange exchange(clock, counters, [](const std::function<void()>& work) { work(); });
    const auto answers = [&] {
      const AskedMessage question = message("example. IXFR", 5);
      std::vector<std::byte> out(65535);
      BatchItem item{question.octets, question.client, out};
      respond_batch({&item, 1}, *some_history().snapshot, Now::of(clock.wall()));
      REQUIRE_FALSE(exchange.complete(item, some_history().snapshot));
      return read_reply(Octets(out).first(item.size))->answer.size();
    };
    for (int i = 0; i < 20; ++i) CHECK(answers() > 1);
    CHECK(answers() == 1);
    clock.advance(std::chrono::seconds(1));
    CHECK(answers() > 1);
  }
  TEST_CASE("over TCP they are read fifty times a second at most, and for nobody whose turn it is not") {
    Counters counters;
    ManualClock clock;
    Exchange exchange(clock, counters, [](const std::function<void()>& work) { work(); });
    const AskedMessage question = message("example. IXFR +tcp", 5);
    std::vector<std::byte> out(65535);
    BatchItem item{question.octets, question.client, out};
    const auto ask = [&] {
      respond_batch({&item, 1}, *some_history().snapshot, Now::of(clock.wall()));
      return exchange.complete(item, some_history().snapshot);
    };
    auto stream = ask();
    REQUIRE(stream);
    for (int i = 0; i < 60; ++i) {
      CHECK_FALSE(ask());
      CHECK(read_reply(Octets(out).first(item.size))->rcode() == static_cast<unsigned>(Rcode::servfail));
    }
    exchange.end(std::move(stream));
    const auto goes_incremental = [&] {
      const auto before = counters.read()[Counter::transfers_incremental];
      exchange.end(ask());
      return counters.read()[Counter::transfers_incremental] > before;
    };
    for (int i = 1; i < 50; ++i) CHECK(goes_incremental());
    CHECK_FALSE(goes_incremental());
    CHECK(counters.read()[Counter::transfers] == 1);  // whole
    clock.advance(std::chrono::seconds(1));
    CHECK(goes_incremental());
  }
}
