#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: DNAME (RFC 6672)") {
  const std::string apex =
      "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.53\n";
  const auto zone = zones_of({{"example.", apex + "d      60 IN DNAME target\n"
                                                  "d      60 IN A     192.0.2.7\n"
                                                  "x.target 300 IN A  192.0.2.1\n"
                                                  "over   60 IN DNAME other.test.\n"
                                                  "out    60 IN DNAME elsewhere.test.\n"
                                                  "p      60 IN DNAME q\n"
                                                  "q      60 IN DNAME p\n"
                                                  "grow   60 IN DNAME a.grow\n"
                                                  "shrink.shrink 60 IN DNAME shrink\n"
                                                  "alias 300 IN CNAME x.d\n"
                                                  "top    60 IN DNAME .\n"},
                              {"other.test.",
                               "@  300 IN SOA ns host 1 3600 600 86400 60\n@ 300 IN NS ns\n"
                               "www 300 IN A 192.0.2.9\n"},
                              {"apex.test.",
                               "@ 300 IN SOA ns.example. host 1 1 1 1 1\n@ 300 IN NS ns.example.\n"
                               "@ 300 IN DNAME target.example.\n"}});
  struct Row {
    const char* question;
    const char* reply;
  };

  TEST_CASE("below its owner: the DNAME, a CNAME made from it, and what that leads to") {
    CHECK(ask(zone, "x.d.example. A") ==
          "NOERROR d.example. DNAME target.example.; x.d.example. CNAME "
          "x.target.example.; x.target.example. A 192.0.2.1");
    CHECK(ask_all(zone, "a.b.d.example. A") ==
          "NXDOMAIN aa | answer a.b.d.example. CNAME a.b.target.example.; d.example. DNAME target.example. | "
          "authority example. SOA ttl 300");
  }
  TEST_CASE("the CNAME has the DNAME's TTL (RFC 6672 §3.1)") {
    for (const Record& record : reply_to(zone, "a.out.example. A").answer) CHECK(record.ttl == 60);
  }
  TEST_CASE("its owner itself is a name like others") {
    CHECK(ask(zone, "d.example. A") == "NOERROR d.example. A 192.0.2.7");
    CHECK(ask(zone, "d.example. DNAME") == "NOERROR d.example. DNAME target.example.");
    CHECK(ask(zone, "d.example. TXT") == "NODATA");
  }
  TEST_CASE("asked for CNAME, the one that was made is the answer") {
    CHECK(ask(zone, "x.d.example. CNAME") ==
          "NOERROR d.example. DNAME target.example.; x.d.example. CNAME x.target.example.");
  }
  TEST_CASE("into other zones of this server and out of them, to the root, at an apex, after a CNAME") {
    for (const Row& row :
         {Row{"www.over.example. A",
              "NOERROR over.example. DNAME other.test.; www.over.example. CNAME "
              "www.other.test.; www.other.test. A 192.0.2.9"},
          Row{"www.out.example. A",
              "NOERROR out.example. DNAME elsewhere.test.; www.out.example. CNAME www.elsewhere.test."},
          Row{"www.top.example. A", "NOERROR top.example. DNAME .; www.top.example. CNAME www."},
          Row{"x.apex.test. A",
              "NOERROR apex.test. DNAME target.example.; x.apex.test. CNAME x.target.example.; "
              "x.target.example. A 192.0.2.1"},
          Row{"alias.example. A",
              "NOERROR alias.example. CNAME x.d.example.; d.example. DNAME target.example.; "
              "x.d.example. CNAME x.target.example.; x.target.example. A 192.0.2.1"}}) {
      CAPTURE(row.question);
      CHECK(ask(zone, row.question) == row.reply);
    }
  }
  TEST_CASE("loops end, each record once") {
    CHECK(
        ask(zone, "a.p.example. A") ==
        "NOERROR p.example. DNAME q.example.; a.p.example. CNAME a.q.example.; q.example. DNAME p.example.; "
        "a.q.example. CNAME a.p.example.");
    const Reply growing = reply_to(zone, "x.grow.example. A");
    CHECK(growing.rcode() == 0);
    CHECK(growing.answer.size() == 10);  // the DNAME and nine CNAMEs
    CHECK(ask(zone, "x.shrink.shrink.example. A") ==
          "NXDOMAIN shrink.shrink.example. DNAME shrink.example.; x.shrink.shrink.example. CNAME "
          "x.shrink.example.");
  }
  TEST_CASE("a name that gets over 255 octets is YXDOMAIN, one of 255 is not (RFC 6672 §2.2)") {
    // target. is 8 octets on the wire, d.example. 11; "d" becomes the longer "dname-target-15".
    const auto longer = zone_of("example.", apex + "d 60 IN DNAME dname-target-15\n");
    const auto question = [](std::size_t octets_before) {  // of labels before d.example., at most 63 each
      std::string name;
      while (octets_before > 0) {
        const std::size_t label = octets_before > 66   ? 64
                                  : octets_before > 64 ? octets_before - 10
                                                       : octets_before;
        name += std::string(label - 1, 'a') + ".";
        octets_before -= label;
      }
      return name + "d.example. A +tcp";
    };
    const std::size_t target = 1 + 15 + 1 + 7 + 1;  // dname-target-15.example.
    CHECK(ask(longer, question(255 - target)).rfind("NXDOMAIN", 0) == 0);
    const Reply over = reply_to(longer, question(255 - target + 1));
    CHECK(over.rcode() == 6);
    CHECK(over.has(0x0400));
    CHECK(over.answer.size() == 1);
    CHECK(over.answer.at(0).type == 39);
  }
  TEST_CASE("data below a DNAME is occluded, one in a delegation is too") {
    const auto cut = zone_of("example.", apex + "sub 300 IN NS ns\nd.sub 60 IN DNAME target\n");
    CHECK(ask(cut, "x.d.sub.example. A") == "REFERRAL sub.example.");
  }
  TEST_CASE("for DO the DNAME is signed and the CNAME is not (RFC 6672 §5.3.1)") {
    const auto nsec =
        snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/nsec.zone")});
    CHECK(ask(nsec, "x.dn.example. CNAME +do") ==
          "NOERROR dn.example. DNAME www.example.; dn.example. RRSIG DNAME; x.dn.example. CNAME "
          "x.www.example.");
  }
}
