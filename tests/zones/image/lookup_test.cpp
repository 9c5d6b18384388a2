#include <doctest/doctest.h>

#include "tests/zones/image/zone.h"

using namespace doors;
using namespace doors::test;

namespace {

struct Row {
  const char* question;
  const char* found;
};

void check_rows(const ZoneImage& image, std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.question);
    CHECK(lookup(image, row.question) == row.found);
  }
}

std::string labels(int count, const std::string& label) {
  std::string text;
  for (int i = 0; i < count; ++i) text += label + ".";
  return text;
}

}  // namespace

TEST_SUITE("image: look-ups (RFC 1034 4.3.2)") {
  TEST_CASE("a name that is there is found whatever the case it is asked in") {
    const auto image = image_of("Example.", "WWW A 1\nns A 2\n");
    check_rows(*image, {{"www.example.", "exact www.example."},
                        {"wWw.eXAMPLE.", "exact www.example."},
                        {"example.", "exact example."},
                        {"EXAMPLE.", "exact example."},
                        {"wwww.example.", "none below example."},
                        {"w.example.", "none below example."},
                        {"a.www.example.", "none below www.example."},
                        {"b.a.www.example.", "none below www.example."}});
    CHECK(image->origin().to_string() == "example.");
    CHECK(image->record_count() == 4);
  }

  TEST_CASE("an empty non-terminal exists, and its children do") {
    const auto image = image_of("example.", "a.b.c TXT x\n");
    check_rows(*image, {{"a.b.c.example.", "exact a.b.c.example."},
                        {"b.c.example.", "exact b.c.example. empty"},
                        {"c.example.", "exact c.example. empty"},
                        {"x.c.example.", "none below c.example."},
                        {"x.y.b.c.example.", "none below b.c.example."}});
    CHECK(node_of(*image, "b.c.example.").rrset_count() == 0);
    CHECK_FALSE(node_of(*image, "b.c.example.").is_occluded());
  }

  TEST_CASE("a suffix of the name can be asked for") {
    const auto image = image_of("example.", "a.b TXT x\n");
    const HashedName name(test::name("q.a.b.example."));
    CHECK(words(*image, image->lookup(name, 1)) == "exact example.");
    CHECK(words(*image, image->lookup(name, 2)) == "exact b.example. empty");
    CHECK(words(*image, image->lookup(name, 3)) == "exact a.b.example.");
    CHECK(words(*image, image->lookup(name, 4)) == "none below a.b.example.");
    CHECK(image->find(name, 3).name().to_string() == "a.b.example.");
    CHECK_FALSE(image->find(name, 4));
    CHECK_FALSE(image->find(name, 0));
  }
}

TEST_SUITE("image: zone cuts (RFC 1034 4.2)") {
  TEST_CASE("a cut answers for itself and for all below it, glue too") {
    const auto image = image_of("example.",
                                "sub NS ns.sub\nsub NS ns.deep.sub\nsub TXT x\n"
                                "ns.sub A 1\nns.deep.sub AAAA 2\nns A 3\nother.ns A 4\n");
    check_rows(*image, {{"sub.example.", "cut sub.example. exact"},
                        {"ns.sub.example.", "cut sub.example."},
                        {"deep.sub.example.", "cut sub.example."},
                        {"ns.deep.sub.example.", "cut sub.example."},
                        {"x.y.z.sub.example.", "cut sub.example."},
                        {"x.ns.example.", "none below ns.example."}});
    const NodeView cut = node_of(*image, "sub.example.");
    CHECK(cut.is_zone_cut());
    CHECK_FALSE(cut.is_occluded());
    const NodeView glue = node_of(*image, "ns.sub.example.");
    CHECK(glue.is_occluded());
    CHECK(glue.cover() == cut);
    const NodeView empty = node_of(*image, "deep.sub.example.");
    CHECK(empty.is_empty_non_terminal());
    CHECK(empty.is_occluded());
    CHECK_FALSE(image->apex().is_zone_cut());
  }

  TEST_CASE("of cuts below each other the topmost decides") {
    const auto image = image_of("example.", "a NS ns\nb.a NS ns\nc.b.a A 1\n");
    check_rows(*image, {{"a.example.", "cut a.example. exact"},
                        {"b.a.example.", "cut a.example."},
                        {"c.b.a.example.", "cut a.example."},
                        {"x.c.b.a.example.", "cut a.example."}});
    CHECK(name_of(node_of(*image, "c.b.a.example.").cover()) == "a.example.");
    CHECK_FALSE(node_of(*image, "a.example.").cover());
  }

  TEST_CASE("an empty non-terminal above a cut is not occluded") {
    const auto image = image_of("example.", "cut.ent NS ns.cut.ent\nns.cut.ent A 1\n");
    check_rows(*image, {{"ent.example.", "exact ent.example. empty"},
                        {"x.ent.example.", "none below ent.example."},
                        {"ns.cut.ent.example.", "cut cut.ent.example."}});
  }

  TEST_CASE("targets are the nodes of the names that have addresses here, in the order of the records") {
    const auto image =
        image_of("example.",
                 "sub NS b.sub\nsub NS a.sub\nsub NS elsewhere.test.\nsub NS nothing\nsub NS ns\n"
                 "a.sub A 1\nb.sub AAAA 1\nns A 3\nnothing TXT x\n"
                 "@ MX 10 ns\n@ MX 20 mail\n_x SRV 1 ns\nsvc SVCB 1 ns\n");
    ImageRRset found;
    REQUIRE(node_of(*image, "sub.example.").rrset(RRType::ns, found));
    std::vector<std::string> targets;
    for (const std::uint32_t each : found.targets) targets.push_back(image->node(each).name().to_string());
    CHECK(targets == std::vector<std::string>{"a.sub.example.", "b.sub.example.", "ns.example."});
    REQUIRE(image->apex().rrset(RRType::mx, found));
    REQUIRE(found.targets.size() == 1);
    CHECK(name_of(image->node(found.targets[0])) == "ns.example.");
    REQUIRE(node_of(*image, "_x.example.").rrset(RRType::srv, found));
    CHECK(found.targets.size() == 1);
    REQUIRE(node_of(*image, "svc.example.").rrset(RRType::svcb, found));
    CHECK(found.targets.empty());  // who answers looks them up
  }
}

TEST_SUITE("image: wildcards (RFC 4592)") {
  TEST_CASE("the zone of RFC 4592 2.2.1") {
    const auto image = image_of("example.",
                                "* TXT wild\n* MX 10 host1\nsub.* TXT this-is-not-a-wildcard\nhost1 A 1\n"
                                "_ssh._tcp.host1 SRV 1 host1\n_ssh._tcp.host2 SRV 1 host1\nsubdel NS ns\n");
    check_rows(*image, {{"host3.example.", "wildcard *.example. of example."},
                        {"foo.bar.example.", "wildcard *.example. of example."},
                        {"host1.example.", "exact host1.example."},
                        {"sub.*.example.", "exact sub.*.example."},
                        {"_telnet._tcp.host1.example.", "none below _tcp.host1.example."},
                        {"host.subdel.example.", "cut subdel.example."},
                        {"ghost.*.example.", "none below *.example."},
                        {"*.example.", "exact *.example."},
                        {"host2.example.", "exact host2.example. empty"}});
  }

  TEST_CASE("a wildcard below an empty non-terminal, and one that is empty itself") {
    const auto image = image_of("example.", "*.ent TXT x\nbelow.*.other TXT y\n");
    check_rows(*image, {{"ent.example.", "exact ent.example. empty"},
                        {"a.ent.example.", "wildcard *.ent.example. of ent.example."},
                        {"b.a.ent.example.", "wildcard *.ent.example. of ent.example."},
                        {"a.other.example.", "wildcard *.other.example. of other.example."},
                        {"x.example.", "none below example."}});
    CHECK(node_of(*image, "*.other.example.").is_empty_non_terminal());
    CHECK(name_of(node_of(*image, "ent.example.").wildcard()) == "*.ent.example.");
  }

  TEST_CASE("a wildcard below a cut is nobody's") {
    const auto image = image_of("example.", "sub NS ns\n*.sub A 1\n");
    check_rows(*image, {{"x.sub.example.", "cut sub.example."}, {"*.sub.example.", "cut sub.example."}});
    CHECK_FALSE(node_of(*image, "sub.example.").wildcard());
    CHECK(node_of(*image, "*.sub.example.").is_occluded());
  }

  TEST_CASE("a label that only begins with an asterisk is none") {
    const auto image = image_of("example.", "** TXT x\n*a TXT x\n\\042 TXT y\n");
    CHECK(name_of(image->apex().wildcard()) == "*.example.");
    check_rows(*image, {{"**.example.", "exact **.example."}, {"*a.example.", "exact *a.example."}});
  }

  TEST_CASE("a wildcard at the origin of the root zone") {
    const auto image = image_of(".", "* TXT x\ntest TXT y\n");
    check_rows(*image, {{".", "exact ."}, {"a.", "wildcard *. of ."}, {"a.test.", "none below test."}});
  }
}

TEST_SUITE("image: DNAME (RFC 6672)") {
  TEST_CASE("a DNAME leads away what is below it, not itself") {
    const auto image = image_of("example.", "d DNAME target.test.\nd TXT x\nhidden.d A 1\n*.d A 2\n");
    check_rows(*image, {{"d.example.", "exact d.example."},
                        {"a.d.example.", "dname d.example."},
                        {"hidden.d.example.", "dname d.example."},
                        {"a.b.c.d.example.", "dname d.example."}});
    CHECK(node_of(*image, "hidden.d.example.").is_occluded());
    CHECK(name_of(node_of(*image, "hidden.d.example.").cover()) == "d.example.");
  }

  TEST_CASE("a DNAME at the apex leads away the whole zone") {
    const auto image = image_of("example.", "@ DNAME target.test.\nns A 1\n");
    check_rows(*image, {{"example.", "exact example."},
                        {"ns.example.", "dname example."},
                        {"x.y.example.", "dname example."}});
  }

  TEST_CASE("of a cut and a DNAME at one name the cut wins, of those below each other the topmost") {
    const auto image = image_of("example.",
                                "both NS ns\nboth DNAME t.test.\nx.both A 1\n"
                                "d DNAME t.test.\ncut.d NS ns\nc NS ns\nd.c DNAME t.test.\n");
    check_rows(*image, {{"both.example.", "cut both.example. exact"},
                        {"x.both.example.", "cut both.example."},
                        {"y.both.example.", "cut both.example."},
                        {"cut.d.example.", "dname d.example."},
                        {"x.cut.d.example.", "dname d.example."},
                        {"d.c.example.", "cut c.example."},
                        {"x.d.c.example.", "cut c.example."}});
  }
}

TEST_SUITE("image: odd names") {
  TEST_CASE("any octet may stand in a label") {
    const auto image =
        image_of("example.", "a\\000b TXT x\n\\001\\000 TXT y\na\\.b TXT z\n\\255 TXT w\n\\032 TXT v\n");
    check_rows(*image, {{"a\\000b.example.", "exact a\\000b.example."},
                        {"a.b.example.", "none below example."},
                        {"a\\.b.example.", "exact a\\.b.example."},
                        {"\\001\\000.example.", "exact \\001\\000.example."},
                        {"\\255.example.", "exact \\255.example."},
                        {"\\032.example.", "exact \\032.example."},
                        {"\\000.example.", "none below example."}});
  }

  TEST_CASE("names of 127 labels and of 255 octets") {
    const std::string deep = labels(126, "a") + "b.";  // 127 labels, 255 octets
    const auto image = image_of("b.", labels(126, "a") + "b. TXT x\n");
    CHECK(image->node_count() == 127);
    CHECK(lookup(*image, deep) == "exact " + deep);
    CHECK(lookup(*image, labels(60, "a") + "b.") == "exact " + labels(60, "a") + "b. empty");
    CHECK(lookup(*image, labels(3, "x") + labels(60, "a") + "b.") == "none below " + labels(60, "a") + "b.");
    const std::string long_label(63, 'y');
    const std::string wide =
        long_label + "." + long_label + "." + long_label + "." + std::string(59, 'y') + ".b.";
    CHECK(lookup(*image, wide) == "none below b.");
  }

  TEST_CASE("a deep question to a shallow zone") {
    const auto image = image_of("b.", "a TXT x\n");
    CHECK(lookup(*image, labels(126, "a") + "b.") == "none below a.b.");
    CHECK(lookup(*image, labels(126, "c") + "b.") == "none below b.");
  }

  TEST_CASE("the root zone") {
    const auto image = image_of(".", "com NS a.gtld.net.\na.gtld.net A 1\nnet NS a.gtld.net.\n");
    check_rows(*image, {{".", "exact ."},
                        {"com.", "cut com. exact"},
                        {"www.example.com.", "cut com."},
                        {"a.gtld.net.", "cut net."},
                        {"nope.", "none below ."},
                        {"www.nope.", "none below ."}});
  }

  TEST_CASE("a zone of nothing but its apex") {
    const auto image = image_of("x.example.", "");
    check_rows(*image, {{"x.example.", "exact x.example."}, {"a.b.x.example.", "none below x.example."}});
  }
}
