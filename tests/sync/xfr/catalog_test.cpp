#include "sync/xfr/catalog.h"

#include <doctest/doctest.h>

#include "sync/xfr/catalog_set.h"
#include "zones/load/zone_file.h"

namespace doors::xfr {
namespace {

Name name(const std::string& text) { return *Name::parse(text); }

/// A catalog's content: version 2 and these lines.
Content catalog(const std::string& lines, const char* version = "version 0 IN TXT 2\n") {
  auto loaded = load_zone_text(
      "$ORIGIN cat.\n@ 0 IN SOA . . 1 60 60 600 0\n@ 0 IN NS invalid.\n" + std::string(version) + lines,
      "cat.zone", {});
  if (!loaded) FAIL(loaded.error().front().to_string());
  return std::move(loaded->content);
}
/// "ZONE=ID+group>owner …", or why not.
std::string read(const std::string& lines, const char* version = "version 0 IN TXT 2\n") {
  const auto members = read_catalog(catalog(lines, version), 4);
  if (!members) return members.error().message;
  std::string text;
  for (const auto& [zone, member] : *members) {
    text += zone.to_string() + "=" + member.unique;
    for (const std::string& group : member.groups) text += "+" + group;
    if (member.new_owner) text += ">" + member.new_owner->to_string();
    text += " ";
  }
  return text;
}

TEST_SUITE("xfr: catalog zones (RFC 9432)") {
  TEST_CASE("members, groups and new owners are read, whatever their case, and nothing else") {
    CHECK(read("") == "");
    CHECK(read("A1.Zones 0 IN PTR Example.COM.\nb2.zones 0 IN PTR example.net.\ngroup.b2.zones 0 IN TXT \"a "
               "\" b\n"
               "coo.b2.zones 0 IN PTR other.\nfoo.ext.zones 0 IN TXT x\nfoo 0 IN PTR not.\nx.b2.zones 0 IN "
               "PTR not.\n"
               "a.b.c.zones 0 IN PTR not.\ngroup.c3.zones 0 IN TXT x\nzones 0 IN PTR not.\nd4.zones 0 IN TXT "
               "x\n") == "example.com.=a1 example.net.=b2+a b>other. ");
  }

  TEST_CASE("a broken one is not read at all") {
    const std::string broken = "the catalog is broken: ";
    const char* const members = "a.zones 0 IN PTR a.\n";
    CHECK(read(members, "") == broken + "no version 2 at cat.");
    CHECK(read(members, "version 0 IN TXT 1\n") == broken + "no version 2 at cat.");
    CHECK(read(members, "version.ext 0 IN TXT 2\n") == broken + "no version 2 at cat.");
    CHECK(read(members, "version 0 IN TXT 2\nversion 0 IN TXT 3\n") ==
          broken + "several versions at version.cat.");
    CHECK(read("a.zones 0 IN PTR a.\na.zones 0 IN PTR b.\n") ==
          broken + "several PTR records at a.zones.cat.");
    CHECK(read("a.zones 0 IN PTR a.\ncoo.a.zones 0 IN PTR b.\ncoo.a.zones 0 IN PTR c.\n") ==
          broken + "several PTR records at coo.a.zones.cat.");
    CHECK(read("a.zones 0 IN PTR a.\nb.zones 0 IN PTR A.\n") ==
          broken + "the member a. is there twice, at cat.");
  }

  TEST_CASE("one that lists too many zones is not read at all") {
    std::string members;
    for (const char* zone : {"a", "b", "c", "d"})
      members += zone + std::string(".zones 0 IN PTR ") + zone + ".\n";
    CHECK(read(members) == "a.=a b.=b c.=c d.=d ");
    CHECK(read(members + "e.zones 0 IN PTR e.\n") == "the catalog lists over most_zones = 4 zones");
  }

  /// Members as "zone id", with a new owner or not.
  CatalogMembers list(const std::vector<std::string>& zones, const char* new_owner = nullptr) {
    CatalogMembers members;
    for (const std::string& text : zones) {
      const std::size_t space = text.find(' ');
      CatalogMember member;
      member.unique = space == std::string::npos ? "id" : text.substr(space + 1);
      if (new_owner != nullptr) member.new_owner = name(new_owner);
      members.emplace(name(text.substr(0, space)), member);
    }
    return members;
  }
  std::string words(const char* verb, const std::vector<Name>& names) {
    std::string text;
    for (const Name& each : names) text += verb + each.to_string() + " ";
    return text;
  }
  struct Node {
    CatalogSet set{{{name("one."), 20}, {name("two."), 20}}, {name("own.")}};
    std::string take(const char* catalog, CatalogMembers members, bool forced = false) {
      const auto next = set.with(name(catalog), std::move(members), forced);
      if (!next) return next.error().message;
      const CatalogSet::Change change = next->change_from(set);
      set = *next;
      std::string text = words("+", change.added) + words("-", change.removed) + words("!", change.reset) +
                         words("~", change.regrouped);
      for (const std::string& problem : change.problems) text += "(" + problem + ") ";
      return text;
    }
  };

  TEST_CASE("zones come and go, and another identifier is another zone") {
    Node node;
    CHECK(node.take("one.", list({"a. 1", "b. 1"})) == "+a. +b. ");
    CHECK(node.take("one.", list({"a. 1", "b. 1"})) == "");
    CHECK(node.take("one.", list({"a. 2", "b. 1", "c. 1"})) == "+c. !a. ");
    CHECK(node.take("one.", list({"a. 2", "c. 1"})) == "-b. ");
    CatalogMembers grouped = list({"a. 2", "c. 1"});
    grouped.at(name("a.")).groups = {"g"};
    CHECK(node.take("one.", grouped) == "~a. ");
    CHECK(node.take("one.", list({"a. 2", "c. 1", "own. 1"})) ==
          "~a. (own. of the catalog one. has a [[secondary]] of its own) ");
  }

  TEST_CASE("a catalog that loses too much at once is not believed, unless it is forced") {
    Node node;
    CHECK(node.take("one.", list({"a.", "b.", "c.", "d.", "e."})) == "+a. +b. +c. +d. +e. ");
    CHECK(node.take("one.", list({"a.", "b.", "c."})) ==
          "the catalog loses 2 of 5 zones at once, over 20 % (doorctl retransfer takes it all the same)");
    CHECK(node.set.zones().size() == 5);
    CHECK(node.take("one.", list({"a.", "b.", "c.", "d."})) == "-e. ");
    CHECK(node.take("one.", list({}), true) == "-a. -b. -c. -d. ");
  }

  TEST_CASE("who has a zone keeps it until it names a new owner (coo)") {
    Node node;
    CHECK(node.take("two.", list({"a. x", "b. x"})) == "+a. +b. ");
    CHECK(node.take("one.", list({"a. x"})) == "(a. of the catalog one. belongs to two.) ");
    CHECK(node.set.zones().at(name("a.")).catalog == name("two."));
    CHECK(node.take("two.", list({"a. x", "b. x"}, "one.")) == "~a. ");  // b. is not in the other one
    CHECK(node.set.zones().at(name("a.")).catalog == name("one."));
    CHECK(node.take("two.", list({"b. x"})) == "");
    CHECK(node.take("one.", list({"a. x", "b. y"})) == "(b. of the catalog one. belongs to two.) ");
  }

  TEST_CASE("a zone that one catalog drops and another has is another zone") {
    Node node;
    CHECK(node.take("one.", list({"a.", "b."})) == "+a. +b. ");
    CHECK(node.take("two.", list({"a."})) == "(a. of the catalog two. belongs to one.) ");
    CHECK(node.take("one.", list({"b."})) == "!a. ");
  }
}

}  // namespace
}  // namespace doors::xfr
