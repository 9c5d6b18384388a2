#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: SVCB and HTTPS (RFC 9460 §4.1)") {
  const std::string apex = "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns.elsewhere.test.\n";
  const auto zone = zone_of("example.", apex +
                                            "own     300 IN HTTPS 1 . alpn=h2\n"
                                            "own     300 IN A     192.0.2.1\n"
                                            "own     300 IN AAAA  2001:db8::1\n"
                                            "*.wild  300 IN HTTPS 1 .\n"
                                            "*.wild  300 IN A     192.0.2.2\n"
                                            "there   300 IN HTTPS 1 Host.example. alpn=h2\n"
                                            "host    300 IN A     192.0.2.3\n"
                                            "synth   300 IN SVCB  1 x.wild\n"
                                            "alias   300 IN HTTPS 0 pool\n"
                                            "pool    300 IN HTTPS 1 . alpn=h2\n"
                                            "pool    300 IN HTTPS 2 host\n"
                                            "pool    300 IN AAAA  2001:db8::4\n"
                                            "pool    300 IN SVCB  1 elsewhere\n"
                                            "none    300 IN HTTPS 0 .\n"
                                            "none    300 IN A     192.0.2.9\n"
                                            "outside 300 IN HTTPS 1 host.elsewhere.test.\n"
                                            "missing 300 IN HTTPS 1 nothing\n"
                                            "below   300 IN HTTPS 1 www.sub\n"
                                            "sub     300 IN NS    ns.sub\n"
                                            "www.sub 300 IN A     192.0.2.5\n"
                                            "ring1   300 IN HTTPS 0 ring2\n"
                                            "ring2   300 IN HTTPS 0 ring1\n"
                                            "cname   300 IN CNAME own\n");
  struct Row {
    const char* question;
    const char* additional;
  };

  TEST_CASE("targets in the zone bring their addresses and their own records of that type") {
    for (const Row& row :
         {Row{"own.example. HTTPS", "own.example. A 192.0.2.1; own.example. AAAA 2001:db8::1"},
          Row{"cname.example. HTTPS", "own.example. A 192.0.2.1; own.example. AAAA 2001:db8::1"},
          Row{"y.wild.example. HTTPS", "y.wild.example. A 192.0.2.2"},
          Row{"there.example. HTTPS", "host.example. A 192.0.2.3"},
          Row{"synth.example. SVCB", "x.wild.example. A 192.0.2.2"},
          Row{"alias.example. HTTPS",
              "host.example. A 192.0.2.3; pool.example. AAAA 2001:db8::4; pool.example. HTTPS 1 . "
              "alpn=\"h2\"; "
              "pool.example. HTTPS 2 host.example."},
          Row{"ring1.example. HTTPS", "ring2.example. HTTPS 0 ring1.example."}}) {
      CAPTURE(row.question);
      CHECK(ask_section(zone, "additional", row.question) == row.additional);
    }
  }
  TEST_CASE("no service, another zone's names, names that are not there and delegated ones bring nothing") {
    for (const char* question : {"none.example. HTTPS", "outside.example. HTTPS", "missing.example. HTTPS",
                                 "below.example. HTTPS"}) {
      CAPTURE(question);
      CHECK(ask_section(zone, "additional", question).empty());
    }
  }
  TEST_CASE("what does not fit stays out, without TC") {
    std::string text = apex;
    for (int i = 0; i < 40; ++i) text += "host 300 IN AAAA 2001:db8::" + std::to_string(i + 1) + "\n";
    const Reply reply =
        reply_to(zone_of("example.", text + "svc 300 IN HTTPS 1 host\n"), "svc.example. HTTPS");
    CHECK_FALSE(reply.has(0x0200));
    CHECK(reply.answer.size() == 1);
    CHECK(reply.additional.empty());
  }
  TEST_CASE("of very many targets the first few are looked at") {
    std::string text = apex;
    for (int i = 10; i < 60; ++i) {
      const std::string name = "h" + std::to_string(i);
      text += "svc 300 IN HTTPS " + std::to_string(i) + " " + name + "\n" + name + " 300 IN A 192.0.2.1\n";
    }
    CHECK(reply_to(zone_of("example.", text), "svc.example. HTTPS +tcp").additional.size() == 8);
  }
}
