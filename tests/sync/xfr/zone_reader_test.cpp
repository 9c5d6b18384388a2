#include "sync/xfr/zone_reader.h"

#include <doctest/doctest.h>

#include "tests/sync/xfr/messages.h"

namespace doors::xfr {
namespace {

using namespace doors::test;

const Name zone = *Name::parse("e.");

/// What a whole response comes to: "up to date", "serial records", or why not.
std::string outcome(ZoneReader reader, const std::vector<Bytes>& messages) {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto last = reader.add(messages[i]);
    if (!last) return last.error().message;
    if (*last != (i + 1 == messages.size()))
      return *last ? "too soon" : i + 1 == messages.size() ? "no end" : "";
    if (*last) {
      const auto content = reader.finish();
      if (!content) return content.error().message;
      if (!*content) return "up to date";
      return std::to_string((*content)->serial().raw()) + " " + std::to_string((*content)->record_count());
    }
  }
  return "no end";
}
std::string whole(const std::vector<Bytes>& records, const Shape& shape = {}) {
  return outcome(ZoneReader(zone, 7, {}), {message(records, shape)});
}

Content before() {
  ZoneReader reader(zone, 7, {});
  REQUIRE(reader.add(message({soa(1), ns(), a("ns.e.", 1), a("w.e.", 2), soa(1)})));
  return **reader.finish();
}
std::string news(const std::vector<Bytes>& records) {
  const Content old = before();
  return outcome(ZoneReader(old, 7, {}), {message(records, {.type = RRType::ixfr})});
}

TEST_SUITE("xfr: reading a zone (RFC 5936, 1995)") {
  TEST_CASE("the serial is read from the answer to that question alone, and from an authority") {
    const auto said = [](const std::vector<Bytes>& records, Shape shape) {
      const auto read = read_soa_response(message(records, shape), zone, 7);
      return read ? std::to_string(read->serial) : read.error().message;
    };
    const Shape right{.type = RRType::soa};
    CHECK(said({soa(5)}, right) == "5");
    CHECK(said({a("w.e.", 1), soa(5)}, right) == "5");
    CHECK(said({soa(5, "f.")}, right) == "the primary answers without the zone's SOA");
    CHECK(said({}, right) == "the primary answers without the zone's SOA");
    CHECK(said({soa(5)}, {.id = 8, .type = RRType::soa}) == "another ID than asked with");
    CHECK(said({soa(5)}, {.type = RRType::ns}) == "another question than asked");
    CHECK(said({soa(5)}, {.type = RRType::soa, .question = "f."}) == "another question than asked");
    CHECK(said({soa(5)}, {.type = RRType::soa, .question = nullptr}) == "not one question");
    CHECK(said({soa(5)}, {.flags = 0x8000, .type = RRType::soa}) == "the primary answers without authority");
    CHECK(said({soa(5)}, {.flags = 0x8600, .type = RRType::soa}) == "truncated");
    CHECK(said({soa(5)}, {.flags = 0x0400, .type = RRType::soa}) == "no response to a query");
    CHECK(said({}, {.flags = 0x8405, .type = RRType::soa}) == "the primary answers REFUSED");
    Bytes cut = message({soa(5)}, right);
    cut.pop_back();
    CHECK_FALSE(read_soa_response(cut, zone, 7));
  }

  TEST_CASE("a whole zone comes in one message or many, the question in the first") {
    CHECK(whole({soa(1), ns(), a("w.e.", 1), soa(1)}) == "1 3");
    const Shape later{.question = nullptr};
    ZoneReader reader(zone, 7, {});
    CHECK_FALSE(*reader.add(message({soa(1)})));
    CHECK_FALSE(*reader.add(message({ns()}, later)));
    CHECK_FALSE(*reader.add(message({a("w.e.", 1)})));
    CHECK(*reader.add(message({soa(1)}, later)));
    CHECK((**reader.finish()).record_count() == 3);
    CHECK_FALSE(reader.add(message({ns()}, later)));
  }

  TEST_CASE("what is wrong with a whole zone is said, and nothing of it is taken") {
    struct Row {
      std::vector<Bytes> records;
      Shape shape;
      const char* said;
    };
    const std::vector<Bytes> fine{soa(1), ns(), soa(1)};
    Bytes four_octets;
    put_u32(four_octets, 0);
    const Bytes three_octets{std::byte{0}, std::byte{0}, std::byte{0}};
    const Bytes chaos = record("w.e.", RRType::a, four_octets, 3);
    for (const Row& row : {
             Row{fine, {.id = 8}, "another ID than asked with"},
             Row{fine, {.flags = 0x0400}, "no response to a query"},
             Row{fine, {.flags = 0xa400}, "no response to a query"},
             Row{fine, {.flags = 0x8600}, "truncated"},
             Row{fine, {.flags = 0x8405}, "the primary answers REFUSED"},
             Row{fine, {.question = "f."}, "another question than asked"},
             Row{fine, {.type = RRType::ixfr}, "another question than asked"},
             Row{fine, {.question = nullptr}, "not one question"},
             Row{{}, {}, "a message without records"},
             Row{{ns(), soa(1), soa(1)}, {}, "the first record is no SOA"},
             Row{{soa(1, "f.e."), ns(), soa(1)}, {}, "a SOA that is not the zone's: f.e."},
             Row{{soa(1), ns(), soa(1), a("w.e.", 1)}, {}, "records behind the last SOA"},
             Row{{soa(1), ns(), soa(2)}, {}, "another SOA at the end than at the beginning"},
             Row{{soa(1), ns()}, {}, "no end"},
             Row{{soa(1), a("w.e.", 1), soa(1)}, {}, "no NS at the apex"},
             Row{{soa(1), ns(), chaos, soa(1)}, {}, "a record of another class"},
         }) {
      CAPTURE(row.said);
      CHECK(whole(row.records, row.shape) == row.said);
    }
    CHECK(whole({soa(1), ns(), a("w.f.", 1), soa(1)}).starts_with("w.f. A: "));
    CHECK(whole({soa(1), ns(), record("w.e.", RRType::a, three_octets), soa(1)}).starts_with("w.e. A: "));
    CHECK(whole({soa(1), ns(), record("w.e.", RRType::any, {}), soa(1)}).starts_with("w.e. "));
    CHECK(whole({soa(1), ns(), record("w.e.", RRType::ns, {std::byte{9}}), soa(1)}) ==
          "malformed RDATA of w.e. NS");
    Bytes cut = message(fine);
    cut.resize(cut.size() - 1);
    CHECK(outcome(ZoneReader(zone, 7, {}), {cut}) == "a cut-off record");
  }

  TEST_CASE("a response is no larger than it may be") {
    const std::vector<Bytes> five{soa(1), ns(), a("w.e.", 1), a("w.e.", 2), soa(1)};
    CHECK(outcome(ZoneReader(zone, 7, {.records = 5}), {message(five)}) == "1 4");
    CHECK(outcome(ZoneReader(zone, 7, {.records = 4}), {message(five)}) == "over 4 records");
    CHECK(outcome(ZoneReader(zone, 7, {.octets = 100}), {message(five)}) == "over 100 octets");
  }

  TEST_CASE("names inside RDATA may be compressed") {
    Bytes pointer;
    put_u16(pointer, 0xc00c);
    CHECK(whole({soa(1), ns(), record("w.e.", RRType::cname, pointer), soa(1)}) == "1 3");
  }

  TEST_CASE("differences are applied one after the other") {
    CHECK(news({soa(1)}) == "up to date");
    CHECK(news({soa(0)}) == "up to date");
    CHECK(news({soa(2), soa(1), a("w.e.", 2), soa(2), a("w.e.", 3), soa(2)}) == "2 4");
    CHECK(news({soa(2), soa(1), soa(2), a("w.e.", 2), soa(2)}) == "2 4");  // comes, and is there
    CHECK(news({soa(3), soa(1), soa(2), a("w.e.", 3), soa(2), a("w.e.", 2), soa(3), soa(3)}) == "3 4");
    CHECK(news({soa(3), soa(1), soa(2), a("x.e.", 3), soa(2), a("x.e.", 3), soa(3), soa(3)}) == "3 4");
  }

  TEST_CASE("an IXFR may give the whole zone") {
    CHECK(news({soa(2), ns(), soa(2)}) == "2 2");
    CHECK(news({soa(2), ns("f.e."), soa(2)}) == "no NS at the apex");
  }

  TEST_CASE("differences that do not fit are refused") {
    CHECK(news({soa(3), soa(2), soa(3), soa(3)}) == "a gap: a difference from 2, where 1 was reached");
    CHECK(news({soa(3), soa(1), soa(2), soa(1), soa(3), soa(3)}) ==
          "a gap: a difference from 1, where 2 was reached");
    CHECK(news({soa(2), soa(1), soa(1), soa(2)}) == "a difference that leads back");
    CHECK(news({soa(2), soa(1), a("w.e.", 9), soa(2), soa(2)}) == "a record goes that is not there: w.e. A");
    CHECK(news({soa(2), soa(1), soa(2), a("w.f.", 2), soa(2)}) == "out of the zone: w.f. A");
    CHECK(news({soa(2), soa(1), ns(), soa(2), soa(2)}) == "no NS at the apex");
    CHECK(news({soa(2), soa(1), soa(2)}) == "no end");
    CHECK(news({soa(2), soa(1), soa(2), soa(2), a("w.e.", 4)}) == "records behind the last SOA");
    CHECK(news({soa(2)}) == "no end");
  }
}

}  // namespace
}  // namespace doors::xfr
