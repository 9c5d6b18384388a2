#include "sync/ctl/zone_edit.h"

#include <doctest/doctest.h>

#include "zones/load/zone_file.h"

using namespace doors;
using namespace doors::ctl;

namespace {

constexpr const char* apex = "@ 300 SOA ns host 7 1 2 3 4\n@ 300 NS ns.test.\n";

/// The SOA and what stands at one name, as doorsync gives it; NS are there where the name is the apex.
Content node_of(const std::string& records) {
  ContentBuilder builder{*Name::parse("example.")};
  const auto zone = load_zone_text("$ORIGIN example.\n" + std::string(apex) + records, "test.zone", {});
  REQUIRE(zone);
  const Content& content = zone->content;
  for (std::size_t i = 0; i < content.rrset_count(); ++i) {
    const RRsetView rrset = content.rrset(i);
    if (rrset.type == RRType::ns && rrset.owner == content.origin() && !records.empty()) continue;
    for (const Octets rdata : rrset.rdatas) REQUIRE(builder.add(rrset.owner, rrset.type, rrset.ttl, rdata));
  }
  return *builder.finish();
}

ZoneEdit edit_of(ZoneEdit::Kind kind, const std::string& owner, const std::string& ttl,
                 const std::string& type, std::vector<std::string> rdata = {}) {
  ZoneEdit edit;
  edit.kind = kind;
  edit.owner = *Name::parse(owner, Name::parse("example.")->view());
  edit.ttl = ttl;
  edit.type = type;
  edit.rdata = std::move(rdata);
  return edit;
}

/// "TYPE records ttl" of each RRset but the SOA.
std::string shown(const Content& content) {
  std::string all;
  for (std::size_t i = 0; i < content.rrset_count(); ++i) {
    const RRsetView rrset = content.rrset(i);
    if (rrset.type == RRType::soa) continue;
    all += to_string(rrset.type) + " " + std::to_string(rrset.rdatas.size()) + " " +
           std::to_string(rrset.ttl.raw()) + "; ";
  }
  return all;
}

}  // namespace

TEST_SUITE("ctl: edits of single records") {
  using Kind = ZoneEdit::Kind;

  TEST_CASE("an edit becomes the difference that it makes, and the serial goes up") {
    struct Row {
      const char* title;
      std::string node;
      ZoneEdit edit;
      const char* after;
    };
    const std::string two = "www 300 A 192.0.2.1\nwww 300 A 192.0.2.2\n";
    for (const Row& row : std::initializer_list<Row>{
             {"a new name", "x 1 A 192.0.2.9\n", edit_of(Kind::add, "x", "60", "TXT", {"a b"}),
              "A 1 1; TXT 1 60; "},
             {"one more", two, edit_of(Kind::add, "www", "300", "A", {"192.0.2.3"}), "A 3 300; "},
             {"one more takes its TTL", two, edit_of(Kind::add, "www", "60", "A", {"192.0.2.3"}), "A 3 60; "},
             {"one for all", two, edit_of(Kind::replace, "www", "300", "A", {"192.0.2.3"}), "A 1 300; "},
             {"the same with another TTL", "www 300 A 192.0.2.1\n",
              edit_of(Kind::replace, "www", "60", "A", {"192.0.2.1"}), "A 1 60; "},
             {"one less", two, edit_of(Kind::remove, "www", "", "A", {"192.0.2.1"}), "A 1 300; "},
             {"a type less", two + "www 300 TXT a\n", edit_of(Kind::remove, "www", "", "A"), "TXT 1 300; "},
             {"a name less", two + "www 300 TXT a\n", edit_of(Kind::remove, "www", "", ""), ""},
             {"of the apex", "", edit_of(Kind::add, "@", "300", "NS", {"ns2.test."}), "NS 2 300; "}}) {
      CAPTURE(row.title);
      const Content node = node_of(row.node);
      const auto delta = plan_edit(node_of(row.node), row.edit);
      REQUIRE(delta);
      CHECK(delta->gone().serial() == Serial(7));
      CHECK(delta->come().serial() == Serial(8));
      const auto after = delta->apply(node);
      REQUIRE(after);
      CHECK(shown(*after) == row.after);
    }
  }

  TEST_CASE("what makes no sense is refused with the reason") {
    struct Row {
      std::string node;
      ZoneEdit edit;
      const char* reason;
    };
    const std::string one = "www 300 A 192.0.2.1\n";
    for (const Row& row : std::initializer_list<Row>{
             {one, edit_of(Kind::add, "www", "300", "A", {"192.0.2.1"}), "there already"},
             {one, edit_of(Kind::replace, "www", "300", "A", {"192.0.2.1"}), "there already"},
             {one, edit_of(Kind::remove, "www", "", "A", {"192.0.2.2"}), "no such record"},
             {one, edit_of(Kind::remove, "www", "", "AAAA"), "no such record"},
             {one, edit_of(Kind::remove, "x", "", ""), "no such record"},
             {one, edit_of(Kind::add, "www", "300", "CNAME", {"x.test."}), "CNAME"},
             {"w 300 CNAME a.test.\n", edit_of(Kind::add, "w", "300", "CNAME", {"b.test."}), "one CNAME"},
             {"w 300 DNAME a.test.\n", edit_of(Kind::add, "w", "300", "DNAME", {"b.test."}), "one DNAME"},
             {one, edit_of(Kind::add, "www", "300", "A", {"192.0.2.300"}), "A"},
             {one, edit_of(Kind::add, "www", "300", "NOTYPE", {"1"}), "no type"},
             {one, edit_of(Kind::replace, "www", "soon", "A", {"192.0.2.2"}), ""},
             {"", edit_of(Kind::replace, "@", "300", "SOA", {"a", "b", "1", "1", "1", "1", "1"}), "SOA"},
             {"", edit_of(Kind::remove, "@", "", "NS"), "NS"},
             {"", edit_of(Kind::remove, "@", "", ""), "apex"}}) {
      CAPTURE(row.reason);
      CAPTURE(row.edit.type);
      const auto delta = plan_edit(node_of(row.node), row.edit);
      REQUIRE(!delta);
      CHECK(delta.error().message.find(row.reason) != std::string::npos);
    }
  }
}
