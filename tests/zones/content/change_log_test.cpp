#include "zones/content/change_log.h"

#include <doctest/doctest.h>

#include "tests/zones/content/records.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("content: change log") {
  /// `octets` long in one TXT record.
  Content version(std::uint32_t serial, std::size_t octets = 10) {
    ContentBuilder builder{test::name("e.")};
    std::vector<std::byte> soa = test::hex(test::soa_rdata);
    store_u32(soa.data() + 2, serial);
    REQUIRE(builder.add(test::name("e."), RRType::soa, Ttl(1), soa));
    std::vector<std::byte> text;
    for (; octets > 0; --octets) {
      text.push_back(std::byte{1});
      text.push_back(static_cast<std::byte>(serial));
    }
    REQUIRE(builder.add(test::name("t.e."), RRType::txt, Ttl(1), text));
    return *builder.finish();
  }
  Delta step(std::uint32_t from, std::uint32_t to, std::size_t octets = 10) {
    return *Delta::between(version(from, octets), version(to, octets));
  }
  std::uint32_t serial_at_end(const std::vector<Delta>& deltas) {
    return deltas.empty() ? 0 : deltas.back().come().serial().raw();
  }

  TEST_CASE("it gives the steps from a serial on") {
    ChangeLog log;
    CHECK(log.since(Serial(1)).empty());
    for (std::uint32_t serial = 1; serial < 5; ++serial) log.add(step(serial, serial + 1));
    const auto read = ChangeLog::parse(log.octets());
    REQUIRE(read);
    for (std::uint32_t serial = 1; serial < 5; ++serial) {
      const auto deltas = read->since(Serial(serial));
      REQUIRE(deltas.size() == 5 - serial);
      CHECK(deltas.front().gone().serial() == Serial(serial));
      CHECK(serial_at_end(deltas) == 5);
      const auto joined = Delta::joined(deltas);
      REQUIRE(joined);
      CHECK(std::ranges::equal(joined->apply(version(serial))->stream(), version(5).stream()));
    }
    CHECK(read->since(Serial(5)).empty());
    CHECK(read->since(Serial(7)).empty());
  }

  TEST_CASE("a step that does not go on begins it anew") {
    ChangeLog log;
    log.add(step(1, 2));
    log.add(step(7, 8));
    CHECK(log.since(Serial(1)).empty());
    CHECK(serial_at_end(log.since(Serial(7))) == 8);
  }

  TEST_CASE("of a serial that came twice the newest version is meant") {
    ChangeLog log;
    log.add(step(1, 2));
    log.add(step(2, 1));
    log.add(step(1, 3));
    CHECK(log.since(Serial(1)).size() == 1);
    CHECK(log.since(Serial(2)).size() == 2);
  }

  TEST_CASE("old steps fall off") {
    ChangeLog by_count;
    for (std::uint32_t serial = 0; serial < ChangeLog::max_steps + 10; ++serial)
      by_count.add(step(serial, serial + 1));
    CHECK(by_count.since(Serial(9)).empty());
    CHECK(by_count.since(Serial(10)).size() == ChangeLog::max_steps);
    ChangeLog by_octets;
    for (std::uint32_t serial = 0; serial < 40; ++serial) by_octets.add(step(serial, serial + 1, 5000));
    CHECK(by_octets.octets().size() <= ChangeLog::max_octets + 64);
    CHECK(by_octets.since(Serial(0)).empty());
    CHECK(serial_at_end(by_octets.since(Serial(39))) == 40);
    CHECK(ChangeLog::parse(by_octets.octets()));
    ChangeLog too_large;
    for (std::uint32_t serial = 0; serial < 10; ++serial) too_large.add(step(serial, serial + 1));
    Content huge = version(11, 30000);
    for (int i = 0; i < 8; ++i) {  // one step over the whole bound leaves nothing
      ContentBuilder builder{huge.origin()};
      for (std::size_t at = 0; at < huge.rrset_count(); ++at) {
        for (const Octets rdata : huge.rrset(at).rdatas)
          REQUIRE(builder.add(huge.rrset(at).owner, huge.rrset(at).type, Ttl(1), rdata));
      }
      const std::vector<std::byte> text = std::vector<std::byte>(60'000, std::byte{0});
      REQUIRE(builder.add(test::name("t" + std::to_string(i) + ".e."), RRType::txt, Ttl(1), text));
      huge = *builder.finish();
    }
    too_large.add(*Delta::between(version(10), huge));
    CHECK(too_large.empty());
  }

  TEST_CASE("a damaged one is told from a good one") {
    ChangeLog log;
    log.add(step(1, 2));
    log.add(step(2, 3));
    const std::vector<std::byte> good = log.octets();
    for (std::size_t at = 0; at < good.size(); ++at) {
      CAPTURE(at);
      auto bad = good;
      bad[at] ^= std::byte{1};
      CHECK(!ChangeLog::parse(bad));
      CHECK(!ChangeLog::parse(Octets(good).first(at)));
    }
    CHECK(ChangeLog::parse(ChangeLog().octets()));
  }
}

}  // namespace
}  // namespace doors
