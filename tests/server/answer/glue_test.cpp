#include <set>

#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: glue (RFC 9471)") {
  const std::string apex =
      "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.53\n";

  TEST_CASE("in-domain, sibling and authoritative addresses, each once") {
    const auto zone = zone_of("example.", apex +
                                              "one 300 IN NS ns.one\none 300 IN NS ns.two\none 300 IN NS ns\n"
                                              "one 300 IN NS ns.far.test.\none 300 IN NS one\n"
                                              "two 300 IN NS ns.two\n"
                                              "one    300 IN A    192.0.2.9\n"
                                              "ns.one 300 IN A    192.0.2.1\n"
                                              "ns.one 300 IN AAAA 2001:db8::1\n"
                                              "ns.two 300 IN A    192.0.2.2\n"
                                              "unused.one 300 IN A 192.0.2.3\n");
    CHECK(ask_section(zone, "additional", "x.one.example. A") ==
          "ns.example. A 192.0.2.53; ns.one.example. A 192.0.2.1; ns.one.example. AAAA 2001:db8::1; "
          "ns.two.example. A 192.0.2.2; one.example. A 192.0.2.9");
  }

  /// A delegation to `in_domain` servers of its own and `sibling` of a neighbour, each with A and AAAA.
  Snapshot delegated_to(int in_domain, int sibling) {
    std::string text = apex + "zz 300 IN NS ns.elsewhere.test.\n";
    for (int i = 0; i < in_domain; ++i) {
      const std::string name = "server-of-its-own-" + std::to_string(100 + i) + ".sub";
      text += "sub 300 IN NS " + name + "\n" + name + " 300 IN A 192.0.2.1\n" + name +
              " 300 IN AAAA 2001:db8::1\n";
    }
    for (int i = 0; i < sibling; ++i) {
      const std::string name = "server-of-a-neighbour-" + std::to_string(100 + i) + ".zz";
      text += "sub 300 IN NS " + name + "\n" + name + " 300 IN A 192.0.2.1\n" + name +
              " 300 IN AAAA 2001:db8::1\n";
    }
    return zone_of("example.", text);
  }
  /// How many addresses came, of each kind.
  std::string counted(const Snapshot& zone, std::string_view question) {
    const Reply reply = reply_to(zone, question);
    int in_domain = 0, sibling = 0;
    for (const Record& record : reply.additional) {
      ++(to_text(record).find("its-own") != std::string::npos ? in_domain : sibling);
    }
    return std::string(reply.has(0x0200) ? "TC " : "") + std::to_string(in_domain) + " in-domain, " +
           std::to_string(sibling) + " sibling";
  }

  TEST_CASE("in-domain glue is whole, or TC is set; sibling glue comes as it fits") {
    struct Row {
      int in_domain, sibling;
      const char* question;
      const char* reply;
    };
    for (const Row& row : {
             Row{2, 2, "sub.example. A", "4 in-domain, 4 sibling"},
             Row{13, 0, "sub.example. A +edns", "26 in-domain, 0 sibling"},
             Row{4, 13, "sub.example. A +edns +tcp", "8 in-domain, 26 sibling"},
         }) {
      CHECK(counted(delegated_to(row.in_domain, row.sibling), row.question) == row.reply);
    }
    const auto many = delegated_to(13, 0);
    CHECK(counted(many, "sub.example. A").rfind("TC ", 0) == 0);
    const auto mixed = delegated_to(2, 4);
    CHECK(counted(mixed, "sub.example. A") ==
          "4 in-domain, 7 sibling");  // the own ones go first, and TC is clear
    CHECK_FALSE(reply_to(mixed, "sub.example. A").has(0x0200));
    CHECK(counted(mixed, "sub.example. A +tcp") == "4 in-domain, 8 sibling");
  }
  TEST_CASE("a referral that has addresses but room for none of them says TC") {
    std::string text = apex + "zz 300 IN NS ns.elsewhere.test.\n";
    for (int i = 0; i < 10; ++i) {
      text += "sub 300 IN NS " + std::string(35, static_cast<char>('a' + i)) + ".zz\n";
      text += std::string(35, static_cast<char>('a' + i)) + ".zz 300 IN A 192.0.2.1\n";
    }
    const auto zone = zone_of("example.", text);
    const Reply reply = reply_to(zone, "sub.example. A");
    CHECK(reply.additional.empty());
    CHECK(reply.has(0x0200));
    CHECK(reply_to(zone, "sub.example. A +tcp").additional.size() == 10);
  }
  TEST_CASE("in-domain glue of which one kind fits and the other does not says TC") {
    std::set<std::string> seen;
    for (unsigned size = 512; size <= 1232; size += 8) {
      const Reply reply = reply_to(delegated_to(13, 0), "sub.example. A +size=" + std::to_string(size));
      CHECK(reply.has(0x0200) == (reply.additional.size() < 26));
      if (reply.has(0x0200)) seen.insert(reply.additional.size() < 13 ? "few" : "all of one kind");
    }
    CHECK(seen.size() == 2);
  }
  TEST_CASE("a referral without room for the first address says TC, wherever its end is") {
    bool met = false;
    for (std::size_t length = 25; length < 45; ++length) {
      std::string text = apex + "zz 300 IN NS ns.elsewhere.test.\n";
      for (int i = 0; i < 9; ++i) {
        const std::string name = std::string(length, static_cast<char>('a' + i)) + ".zz";
        text += "sub 300 IN NS " + name + "\n" + name + " 300 IN A 192.0.2.1\n";
      }
      const Reply reply = reply_to(zone_of("example.", text), "sub.example. A");
      CHECK(reply.has(0x0200) == reply.additional.empty());
      met = met || (reply.additional.empty() && reply.authority.size() == 9);
    }
    CHECK(met);
  }
  TEST_CASE("over IPv6 the IPv6 addresses go first where not all fit") {
    const auto zone = delegated_to(0, 9);
    const auto first_type = [&](const char* question) {
      return reply_to(zone, question).additional.at(0).type;
    };
    CHECK(first_type("sub.example. A") == 1);
    CHECK(first_type("sub.example. A +ipv6") == 28);
  }
  TEST_CASE("a delegation to five hundred servers of its own goes over TCP, whole") {
    CHECK(counted(delegated_to(500, 0), "sub.example. A +tcp") == "1000 in-domain, 0 sibling");
    CHECK(reply_to(delegated_to(500, 0), "sub.example. A").has(0x0200));
  }
}
