#include <algorithm>
#include <array>
#include <random>

#include <doctest/doctest.h>

#include "tests/zones/content/records.h"

namespace doors {

using test::content_of;
using test::hex;
using test::name;
using test::places;
using test::soa_rdata;
using Strings = std::vector<std::string>;

TEST_SUITE("content: builder (RFC 4034 §6)") {
  TEST_CASE("owners come in canonical order whatever the order they were added in") {
    // The example of RFC 4034 §6.1.
    const Content content = content_of("example.", {{"z.example.", RRType::a, 1, "c0000201"},
                                                    {"\\200.z.example.", RRType::a, 1, "c0000201"},
                                                    {"*.z.example.", RRType::a, 1, "c0000201"},
                                                    {"\\001.z.example.", RRType::a, 1, "c0000201"},
                                                    {"zABC.a.EXAMPLE.", RRType::a, 1, "c0000201"},
                                                    {"Z.a.example.", RRType::a, 1, "c0000201"},
                                                    {"yljkjljk.a.example.", RRType::a, 1, "c0000201"},
                                                    {"a.example.", RRType::a, 1, "c0000201"},
                                                    {"example.", RRType::soa, 1, soa_rdata}});
    CHECK(places(content) == Strings{"example. SOA", "a.example. A", "yljkjljk.a.example. A",
                                     "z.a.example. A", "zabc.a.example. A", "z.example. A",
                                     "\\001.z.example. A", "*.z.example. A", "\\200.z.example. A"});
  }

  TEST_CASE("labels with octets 0 and 1 keep their order and their octets") {
    const Content content = content_of("e.", {{"\\001\\000.e.", RRType::a, 1, "c0000201"},
                                              {"\\000\\001.e.", RRType::a, 1, "c0000201"},
                                              {"\\000.e.", RRType::a, 1, "c0000201"},
                                              {"a.\\000.e.", RRType::a, 1, "c0000201"},
                                              {"\\001.e.", RRType::a, 1, "c0000201"},
                                              {"\\002.e.", RRType::a, 1, "c0000201"},
                                              {"e.", RRType::soa, 1, soa_rdata}});
    CHECK(places(content) == Strings{"e. SOA", "\\000.e. A", "a.\\000.e. A", "\\000\\001.e. A", "\\001.e. A",
                                     "\\001\\000.e. A", "\\002.e. A"});
  }

  TEST_CASE("random names come back whole and in the order of canonical_compare") {
    std::mt19937 random(20211);
    const Name origin = name("x.");
    ContentBuilder builder(origin);
    REQUIRE(builder.add(origin, RRType::soa, Ttl(1), hex(soa_rdata)));
    for (int i = 0; i < 3000; ++i) {
      std::vector<std::byte> labels;
      const std::size_t label_count = 1 + random() % 6;
      for (std::size_t label = 0; label < label_count; ++label) {
        const std::size_t length = 1 + random() % (random() % 8 == 0 ? 40 : 3);
        labels.push_back(static_cast<std::byte>(length));
        for (std::size_t octet = 0; octet < length; ++octet) {
          labels.push_back(static_cast<std::byte>(random() % 3 == 0 ? random() % 4 : random()));
        }
      }
      const auto owner = Name::join(labels, origin);
      REQUIRE(owner);
      REQUIRE(builder.add(*owner, RRType::a, Ttl(1), hex("c0000201")));
    }
    auto content = builder.finish();
    REQUIRE(content);
    for (std::size_t i = 1; i < content->rrset_count(); ++i) {
      CHECK(content->rrset(i - 1).owner.canonical_compare(content->rrset(i).owner) < 0);
    }
    const Octets stream = content->stream();
    CHECK(Content::parse({stream.begin(), stream.end()}));
  }

  TEST_CASE("an owner of 255 octets fits, under an origin of any length") {
    const std::string label(63, 'l');
    for (const std::string& origin : {std::string("."), std::string("origin.of.some.length.")}) {
      CAPTURE(origin);
      const std::string three = label + "." + label + "." + label + ".";
      const std::size_t left = 255 - 1 - 3 * 64 - (origin == "." ? 0 : origin.size()) - 1;
      const std::string owner = std::string(left, 'x') + "." + three + (origin == "." ? "" : origin);
      const Content content =
          content_of(origin, {{origin, RRType::soa, 1, soa_rdata}, {owner, RRType::a, 1, "c0000201"}});
      CHECK(content.rrset(1).owner.size() == 255);
      CHECK(content.rrset(1).owner == name(owner).view());
    }
  }

  TEST_CASE("types ascend, and each RRSIG set stands by the type it covers") {
    const std::string sig = " 08 01 00000001 00000002 00000001 0001 00 aa";
    const std::string over_ns = "0002" + sig;
    const std::string over_soa = "0006" + sig;
    const Content content = content_of(".", {{".", RRType::rrsig, 9, over_soa},
                                             {".", RRType::rrsig, 8, over_ns},
                                             {".", RRType::ns, 8, "0161 00"},
                                             {".", RRType::soa, 9, soa_rdata}});
    CHECK(places(content) == Strings{". NS", ". SOA", ". RRSIG(NS)", ". RRSIG(SOA)"});
    CHECK(content.find(NameView(), RRType::rrsig, RRType::soa)->ttl == Ttl(9));
    CHECK(content.find(NameView(), RRType::rrsig, RRType::ns)->ttl == Ttl(8));
    CHECK_FALSE(content.find(NameView(), RRType::rrsig));
  }

  TEST_CASE("equal records count once; the case of a name inside the RDATA makes no difference") {
    auto builder = test::builder_of("e.", {{"e.", RRType::soa, 1, soa_rdata},
                                           {"e.", RRType::ns, 5, "024e53 0145 00"},
                                           {"e.", RRType::ns, 5, "026e73 0165 00"},
                                           {"E.", RRType::ns, 5, "026e73 0165 00"},
                                           {"e.", RRType::ns, 5, "0161 00"}});
    ContentBuilder::Details details;
    auto content = builder.finish(&details);
    REQUIRE(content);
    CHECK(content->record_count() == 3);
    CHECK(details.tags == std::vector<std::uint32_t>{5, 2, 1});
    CHECK(text_of(content->rrset(0).rdatas.front()) == std::string_view("\1a\0", 3));
  }

  TEST_CASE("the first TTL of an RRset wins (RFC 2181 §5.2), in whatever order its records sort") {
    auto builder = test::builder_of("e.", {{"e.", RRType::soa, 1, soa_rdata},
                                           {"e.", RRType::a, 300, "c0000209"},
                                           {"e.", RRType::a, 200, "c0000201"},
                                           {"e.", RRType::a, 300, "c0000203"}});
    ContentBuilder::Details details;
    auto content = builder.finish(&details);
    REQUIRE(content);
    CHECK(content->rrset(0).ttl == Ttl(300));
    CHECK(content->rrset(0).rdatas.size() == 3);
    CHECK(builder.ttl_conflicts() == 1);
    REQUIRE(details.conflicts.size() == 1);
    CHECK(details.conflicts[0].tag == 3);
    CHECK(details.conflicts[0].ttl == Ttl(200));
    CHECK(details.conflicts[0].kept == Ttl(300));
  }

  TEST_CASE("what is no data of the zone is refused, and the builder goes on") {
    ContentBuilder builder(name("e."));
    const auto add = [&](std::string_view owner, RRType type, std::string_view rdata) {
      return builder.add(name(owner), type, Ttl(1), hex(rdata)).has_value();
    };
    CHECK_FALSE(add("f.", RRType::a, "c0000201"));
    CHECK_FALSE(add("xe.", RRType::a, "c0000201"));
    CHECK_FALSE(add("e.", RRType::any, ""));
    CHECK_FALSE(add("e.", RRType::opt, ""));
    CHECK_FALSE(add("e.", RRType{}, ""));
    CHECK_FALSE(add("e.", RRType::a, "c00002"));
    CHECK_FALSE(add("e.", RRType::ns, "c00c"));
    CHECK_FALSE(add("e.", RRType::ns, "016100ff"));
    CHECK_FALSE(add("a.e.", RRType::soa, soa_rdata));
    CHECK_FALSE(add("e.", RRType::rrsig, "0000 08 01 00000001 00000002 00000001 0001 00 aa"));
    CHECK(add("e.", RRType::soa, soa_rdata));
    CHECK(add("e.", RRType(65280), ""));
    auto content = builder.finish();
    REQUIRE(content);
    CHECK(content->record_count() == 2);
  }

  TEST_CASE("there is exactly one SOA") {
    auto none = test::builder_of("e.", {{"e.", RRType::a, 1, "c0000201"}}).finish();
    REQUIRE_FALSE(none);
    CHECK(none.error().message == "no SOA at e.");
    auto two = test::builder_of(
                   "e.", {{"e.", RRType::soa, 1, soa_rdata}, {"e.", RRType::soa, 1, test::next_soa_rdata}})
                   .finish();
    REQUIRE_FALSE(two);
    CHECK(two.error().message == "more than one SOA at e.");
    CHECK_FALSE(ContentBuilder(NameView()).finish());
  }

  TEST_CASE("65,535 records fit into one RRset and no more") {
    for (const std::uint32_t count : {65'535u, 65'536u}) {
      CAPTURE(count);
      ContentBuilder builder(name("e."));
      REQUIRE(builder.add(name("e."), RRType::soa, Ttl(1), hex(soa_rdata)));
      for (std::uint32_t i = 0; i < count; ++i) {
        std::array<std::byte, 4> address;
        store_u32(address.data(), i);
        REQUIRE(builder.add(name("e."), RRType::a, Ttl(1), address));
      }
      auto content = builder.finish();
      CHECK(content.has_value() == (count == 65'535));
      if (content) CHECK(content->rrset(0).rdatas.size() == 65'535);
    }
  }

  TEST_CASE("RDATA of 65,535 octets fits") {
    ContentBuilder builder(name("e."));
    REQUIRE(builder.add(name("e."), RRType::soa, Ttl(1), hex(soa_rdata)));
    for (const int fill : {1, 2, 3}) {
      REQUIRE(builder.add(name("e."), RRType::null, Ttl(1), std::vector<std::byte>(65'535, std::byte(fill))));
    }
    CHECK_FALSE(builder.add(name("e."), RRType::null, Ttl(1), std::vector<std::byte>(65'536)));
    auto content = builder.finish();
    REQUIRE(content);
    CHECK(content->find(name("e."), RRType::null)->rdatas.size() == 3);
  }

  TEST_CASE("builders appended to one another, finished in pieces at once, give what one gives") {
    std::mt19937 random(5);
    ContentBuilder one(name("example."));
    ContentBuilder first(name("example."));
    const auto add = [](ContentBuilder& builder, std::uint32_t tag, std::uint32_t number) {
      const Name owner = name("n" + std::to_string(number % 70'000) + ".example.");
      const std::array<std::byte, 4> address{std::byte{1}, static_cast<std::byte>(number >> 8),
                                             static_cast<std::byte>(number), std::byte{0}};
      REQUIRE(builder.add(owner, RRType::a, Ttl(number % 49 == 0 ? 7 : 8), address, tag));
    };
    const auto add_soa = [](ContentBuilder& builder) {
      REQUIRE(builder.add(name("example."), RRType::soa, Ttl(1), hex(soa_rdata), 1));
    };
    add_soa(one);
    add_soa(first);
    std::uint32_t tag = 2;
    for (std::size_t part = 0; part < 5; ++part) {
      ContentBuilder next(name("example."));
      const std::uint32_t base = tag;
      for (std::size_t i = 0; i < 30'000; ++i, ++tag) {
        const auto number = static_cast<std::uint32_t>(random());
        add(one, tag, number);
        add(part == 4 ? first : next, part == 4 ? tag : tag - base, number);
      }
      first.append(std::move(next), base);
    }
    CHECK(first.size() == one.size());
    ContentBuilder::Details of_one;
    ContentBuilder::Details of_parts;
    const auto whole = one.finish(&of_one);
    const auto parts = first.finish(&of_parts, run_on_all_cores);
    REQUIRE(whole);
    REQUIRE(parts);
    CHECK(std::ranges::equal(parts->stream(), whole->stream()));
    CHECK(parts->record_count() == whole->record_count());
    CHECK(parts->rrset_octets(60'000).size() == whole->rrset_octets(60'000).size());
    CHECK(of_parts.tags == of_one.tags);
    CHECK(first.ttl_conflicts() == one.ttl_conflicts());
    CHECK(one.ttl_conflicts() > 100);
    REQUIRE(of_parts.conflicts.size() == 100);
    for (std::size_t i = 0; i < 100; ++i) CHECK(of_parts.conflicts[i].tag == of_one.conflicts[i].tag);
  }
}

}  // namespace doors
