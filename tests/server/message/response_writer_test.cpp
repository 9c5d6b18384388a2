#include "server/message/response_writer.h"

#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/reply.h"

using namespace doors;

namespace {

/// The records of an RRset as images hold them.
std::vector<std::byte> records_of(RRType type, const std::vector<std::string>& rdatas) {
  std::vector<std::byte> octets;
  const auto u16 = [&octets](unsigned value) {
    octets.push_back(static_cast<std::byte>(value >> 8));
    octets.push_back(static_cast<std::byte>(value & 0xff));
  };
  for (const std::string& rdata : rdatas) {
    for (const unsigned field : {unsigned{raw(type)}, 1u, 0u, 300u, static_cast<unsigned>(rdata.size())})
      u16(field);
    for (const char c : rdata) octets.push_back(static_cast<std::byte>(c));
  }
  return octets;
}
std::string wire(std::string_view name) {
  const auto parsed = *Name::parse(name);
  return std::string(text_of(parsed.wire()));
}
std::vector<std::byte> question_of(std::string_view name) {
  std::vector<std::byte> octets;
  for (const char c : wire(name) + std::string("\0\1\0\1", 4)) octets.push_back(static_cast<std::byte>(c));
  return octets;
}

/// A response to a question for `name` in a buffer of `limit` octets.
struct Written {
  explicit Written(std::string_view name, std::size_t limit = 65535)
      : question(question_of(name)), hashed(*Name::parse(name)), writer(out, limit) {
    writer.question(question, &hashed);
  }
  Reply finish(Rcode rcode = Rcode::noerror) {
    octets = writer.finish(1, 0x8000, rcode);
    const auto reply = read_reply(Octets(out.data(), octets));
    if (!reply) FAIL(reply.error());
    return *reply;
  }
  /// Writes an RRset, and keeps what the writer borrows.
  bool rrset(MessageSection section, std::string_view owner, RRType type,
             const std::vector<std::string>& rdatas, const std::vector<std::string>& signatures = {}) {
    const Name& name = names.emplace_back(*Name::parse(owner));
    const auto& records = kept.emplace_back(records_of(type, rdatas));
    return writer.rrset(section, Owner{name, 0}, type, records,
                        kept.emplace_back(records_of(RRType::rrsig, signatures)));
  }
  std::vector<std::byte> question;
  HashedName hashed;
  std::deque<Name> names;
  std::deque<std::vector<std::byte>> kept;
  std::vector<std::byte> out = std::vector<std::byte>(65535);
  std::size_t octets = 0;
  ResponseWriter writer;
};

}  // namespace

TEST_SUITE("message: response writer (RFC 1035 §4.1.4, RFC 3597 §4)") {
  TEST_CASE("names are compressed against the question and each other, to the last label") {
    Written w("com.");
    std::vector<std::string> servers;
    for (char c = 'a'; c <= 'm'; ++c) servers.push_back(wire(std::string(1, c) + ".gtld-servers.net."));
    REQUIRE(w.rrset(MessageSection::authority, "com.", RRType::ns, servers));
    for (char c = 'a'; c <= 'm'; ++c) {
      REQUIRE(w.rrset(MessageSection::additional, std::string(1, c) + ".gtld-servers.net.", RRType::a,
                      {"\1\2\3\4"}));
    }
    const Reply reply = w.finish();
    CHECK(reply.authority.size() == 13);
    CHECK(reply.additional.size() == 13);
    // header, question, 13 NS of which the first spells its name and the others one label, 13 A with a
    // pointer.
    CHECK(w.octets == 12 + 9 + 13 * 12 + 20 + 12 * 4 + 13 * 16);
  }
  TEST_CASE("a question's upper case is pointed to, and kept") {
    Written w("WWW.Example.");
    REQUIRE(w.rrset(MessageSection::answer, "mail.www.example.", RRType::a, {"\1\2\3\4"}));
    CHECK(w.finish().answer.at(0).owner == wire("mail.WWW.Example."));
    CHECK(w.octets == 12 + 13 + 4 + 7 + 14);
  }
  TEST_CASE("an owner name that is known to stand in the question needs no search") {
    Written w("www.example.");
    const auto records = records_of(RRType::a, {"\1\2\3\4", "\1\2\3\5"});
    REQUIRE(w.writer.rrset(MessageSection::answer, Owner{w.hashed.view(), 12}, RRType::a, records, {}));
    REQUIRE(w.writer.rrset(MessageSection::authority, Owner{w.hashed.suffix(1), 16}, RRType::a, records, {}));
    const Reply reply = w.finish();
    CHECK(reply.answer.at(1).owner == wire("www.example."));
    CHECK(reply.authority.at(1).owner == wire("example."));
  }
  TEST_CASE("names in the RDATA of newer types stay whole") {
    Written w("example.");
    const std::string target = wire("target.example.");
    REQUIRE(w.rrset(MessageSection::answer, "example.", RRType::srv, {std::string(6, '\0') + target}));
    REQUIRE(w.rrset(MessageSection::answer, "example.", RRType::dname, {target}));
    REQUIRE(w.rrset(MessageSection::answer, "example.", RRType::rt, {std::string(2, '\0') + target}));
    CHECK(w.finish().answer.size() == 3);  // the second reader refuses pointers there
  }
  TEST_CASE("an RRset that does not fit leaves nothing behind, its names neither") {
    const std::string name = wire("a-long-name-of-a-server.elsewhere.test.");
    for (std::size_t limit = 60; limit < 200; ++limit) {
      CAPTURE(limit);
      Written w("example.", limit);
      const bool fits =
          w.rrset(MessageSection::answer, "example.", RRType::mx,
                  {std::string(2, '\0') + name, std::string(2, '\1') + wire("b.elsewhere.test.")});
      if (!fits) CHECK(w.writer.size() == 12 + 13);
      const bool second = w.rrset(MessageSection::authority, "example.", RRType::ns, {name});
      const Reply reply = w.finish();
      CHECK(w.octets <= limit);
      CHECK(reply.answer.size() == (fits ? 2 : 0));
      CHECK(reply.authority.size() == (second ? 1 : 0));
      if (second) CHECK(reply.authority.at(0).rdata == name);
    }
  }
  TEST_CASE("after one that does not fit, names written before it are still known") {
    Written w("example.", 120);
    REQUIRE(w.rrset(MessageSection::answer, "example.", RRType::ns, {wire("ns.elsewhere.test.")}));
    const std::size_t before = w.writer.size();
    CHECK_FALSE(w.rrset(MessageSection::answer, "example.", RRType::mx,
                        {std::string(2, '\0') + wire("a.b.elsewhere.test."),
                         std::string(2, '\1') + wire(std::string(60, 'x') + ".")}));
    CHECK(w.writer.size() == before);
    REQUIRE(w.rrset(MessageSection::authority, "a.b.elsewhere.test.", RRType::a, {"\1\2\3\4"}));
    CHECK(w.writer.size() == before + 2 + 2 + 2 + 14);
    CHECK(w.finish().authority.at(0).owner == wire("a.b.elsewhere.test."));
  }
  TEST_CASE("an RRset without room for its signatures is left out") {
    const std::string signature(100, 's');
    Written small("example.", 100);
    CHECK_FALSE(small.rrset(MessageSection::answer, "example.", RRType::a, {"\1\2\3\4"}, {signature}));
    CHECK(small.finish().answer.empty());
    Written large("example.", 200);
    CHECK(large.rrset(MessageSection::answer, "example.", RRType::a, {"\1\2\3\4"}, {signature}));
    CHECK(large.finish().answer.size() == 2);
  }
  TEST_CASE("the OPT record's room is kept, its extended rcode is split") {
    Written w("example.", 64);
    const std::string nsid = "n1";
    w.writer.begin_edns(1232, true);
    CHECK(w.writer.option(EdnsOption::nsid, octets_of(nsid)));
    CHECK(w.rrset(MessageSection::answer, "example.", RRType::a, {"\1\2\3\4"}));
    CHECK_FALSE(w.rrset(MessageSection::answer, "example.", RRType::a, {"\1\2\3\5"}));
    const Reply reply = w.finish(Rcode::badvers);
    CHECK(reply.rcode() == 16);
    CHECK((reply.flags & 0xf) == 0);
    CHECK(reply.option(3) == nsid);
    CHECK(reply.opt_flags == 0x8000);
    CHECK(w.octets == 12 + 13 + 16 + 11 + 6);
  }
  TEST_CASE("an option behind the records takes only the room that they left") {
    Written w("example.", 62);
    const std::string text = "2 octets";
    CHECK_FALSE(w.writer.option(EdnsOption::nsid, octets_of(text)));  // no OPT record yet
    w.writer.begin_edns(512, false);
    CHECK(w.rrset(MessageSection::answer, "example.", RRType::a, {"\1\2\3\4"}));
    CHECK_FALSE(w.writer.option(EdnsOption::report_channel, octets_of(text)));
    CHECK(w.writer.option(EdnsOption::expire, octets_of(text).first(6)));
    CHECK_FALSE(w.writer.option(EdnsOption::cookie, {}));
    Written wide("example.", 200);
    wide.writer.begin_edns(512, false);
    CHECK(wide.writer.option(EdnsOption::cookie, {}));
    CHECK(wide.finish().option(10) == "");
    const Reply reply = w.finish();
    CHECK(w.octets == 62);
    CHECK(reply.payload == 512);
    CHECK(reply.options.size() == 1);
    CHECK(reply.option(9) == text.substr(0, 6));
  }
  TEST_CASE("a question of 127 labels and hundreds of unlike names do not overrun the table") {
    std::string deep;
    for (int i = 0; i < 127; ++i) deep += "a.";
    Written w(deep);
    std::vector<std::string> targets;
    for (int i = 0; i < 600; ++i) {
      const std::string number = std::to_string(i);
      targets.push_back(std::string(2, '\0') + wire("h" + number + ".z" + number + ".t" + number + "."));
    }
    REQUIRE(w.rrset(MessageSection::answer, deep, RRType::mx, targets));
    const Reply reply = w.finish();
    CHECK(reply.answer.size() == 600);
    CHECK(reply.answer.at(599).rdata == targets[599]);
  }
  TEST_CASE("names that the table's hash takes for equal are told apart") {
    Written w("example.");
    std::vector<std::string> targets;
    for (char c = 'b'; c < 'z'; ++c) {  // the same length, first, middle and last octet
      targets.push_back(std::string(2, '\0') + wire(std::string("a") + c + "aaaaaa.example."));
      targets.push_back(std::string(2, '\0') + wire(std::string("aa") + c + "aaaaa.example."));
    }
    REQUIRE(w.rrset(MessageSection::answer, "example.", RRType::mx, targets));
    const Reply reply = w.finish();
    for (std::size_t i = 0; i < targets.size(); ++i) CHECK(reply.answer.at(i).rdata == targets[i]);
  }
  TEST_CASE("an SOA whose names fit and whose numbers do not leaves nothing behind") {
    const std::string soa = wire("ns.elsewhere.test.") + wire("host.elsewhere.test.") + std::string(20, '\1');
    for (std::size_t limit = 40; limit < 110; ++limit) {
      CAPTURE(limit);
      Written w("example.", limit);
      const bool fits = w.rrset(MessageSection::answer, "example.", RRType::soa, {soa});
      CHECK(fits == (limit >= 12 + 13 + 12 + 19 + 7 + 20));
      CHECK(w.finish().answer.size() == (fits ? 1 : 0));
      CHECK(w.octets == (fits ? 12u + 13 + 12 + 19 + 7 + 20 : 12u + 13));
    }
  }
  TEST_CASE(
      "without a question, or with one whose name is not told, names are compressed against each other") {
    for (const bool with_name : {false, true}) {
      const HashedName hashed(*Name::parse("a.example."));
      std::vector<std::byte> out(512);
      ResponseWriter writer(out, out.size());
      writer.question({}, with_name ? &hashed : nullptr);
      const Name owner = *Name::parse("a.example.");
      const auto records = records_of(RRType::a, {"\1\2\3\4"});
      REQUIRE(writer.rrset(MessageSection::answer, Owner{owner, 0}, RRType::a, records, {}));
      REQUIRE(writer.rrset(MessageSection::additional, Owner{owner, 0}, RRType::a, records, {}));
      CHECK(writer.finish(1, 0x8000, Rcode::noerror) == 12 + 11 + 14 + 2 + 14);
    }
    const auto question = question_of("a.example.");
    std::vector<std::byte> out(512);
    ResponseWriter writer(out, out.size());
    writer.question(question, nullptr);
    const Name owner = *Name::parse("b.example.");
    const auto records = records_of(RRType::a, {"\1\2\3\4"});
    REQUIRE(writer.rrset(MessageSection::answer, Owner{owner, 0}, RRType::a, records, {}));
    CHECK(read_reply(Octets(out.data(), writer.finish(1, 0x8000, Rcode::noerror)))->answer.size() == 1);
  }
  TEST_CASE("not even the root fits where nothing does") {
    Written w(".", 12 + 5);
    CHECK_FALSE(w.rrset(MessageSection::answer, ".", RRType::a, {"\1\2\3\4"}));
    CHECK(w.finish().answer.empty());
  }
  TEST_CASE("octets are the same only if each is") {
    std::array<std::byte, 40> one{};
    for (std::size_t count = 0; count <= one.size(); ++count) {
      for (std::size_t at = 0; at < one.size(); ++at) {
        std::array<std::byte, 40> other = one;
        other[at] = std::byte{1};
        CAPTURE(count);
        CHECK(same_octets(one.data(), other.data(), count) == (at >= count));
      }
    }
  }
  TEST_CASE("the root is one octet, as owner and in RDATA") {
    Written w(".");
    REQUIRE(w.rrset(MessageSection::answer, ".", RRType::ns, {std::string(1, '\0')}));
    CHECK(w.finish().answer.at(0).owner == std::string(1, '\0'));
    CHECK(w.octets == 12 + 5 + 1 + 10 + 1);
  }
}
