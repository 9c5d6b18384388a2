#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: truncation and sizes (RFC 2181 §9, RFC 6891 §6.2.3)") {
  /// www has TXT records that make a response of about so many octets.
  Snapshot sized(std::size_t octets) {
    std::string text =
        "@ 300 IN SOA ns host 1 3600 600 86400 300\n"
        "@ 300 IN NS a-name-server-with-quite-a-long-name\n"
        "a-name-server-with-quite-a-long-name 300 IN A 192.0.2.53\n";
    for (std::size_t i = 0, used = 0; used < octets; ++i, used += 112) {
      std::string number = std::to_string(10000 + i);
      text += "www 300 IN TXT " + number + std::string(94, 'x') + "\n";
    }
    return zone_of("example.", text);
  }

  TEST_CASE("an answer that does not fit is left out whole, and TC is set") {
    const auto zone = sized(1500);
    const Reply reply = reply_to(zone, "www.example. TXT +edns");
    CHECK(reply.has(0x0200));
    CHECK(reply.has(0x0400));
    CHECK(reply.answer.empty());
    CHECK(reply.authority.empty());
    CHECK(reply.has_opt);
    const Reply whole = reply_to(zone, "www.example. TXT +edns +tcp");
    CHECK_FALSE(whole.has(0x0200));
    CHECK(whole.answer.size() == 14);
  }
  TEST_CASE(
      "the size is 512 without EDNS, else the client's, of which under 512 counts as 512, at most ours") {
    const auto zone = sized(440);
    CHECK_FALSE(reply_to(zone, "www.example. TXT").has(0x0200));
    CHECK_FALSE(reply_to(zone, "www.example. TXT +size=0").has(0x0200));
    CHECK_FALSE(reply_to(zone, "www.example. TXT +size=511").has(0x0200));
    const auto larger = sized(700);
    CHECK(reply_to(larger, "www.example. TXT").has(0x0200));
    CHECK(reply_to(larger, "www.example. TXT +size=0").has(0x0200));
    CHECK(reply_to(larger, "www.example. TXT +size=700").has(0x0200));
    CHECK_FALSE(reply_to(larger, "www.example. TXT +size=1232").has(0x0200));
    const auto largest = sized(1300);
    CHECK(reply_to(largest, "www.example. TXT +size=65535").has(0x0200));
    Snapshot generous = largest;
    generous.limits.max_udp = 4096;
    AskedMessage asked = message_of("www.example. TXT +size=4096");
    const Reply reply = reply_to(generous, asked.octets, asked.client, 4096);
    CHECK_FALSE(reply.has(0x0200));
    CHECK(reply.payload == 4096);
  }
  TEST_CASE("what is not needed is left out without TC") {
    const auto zone = sized(400);
    const Reply reply = reply_to(zone, "www.example. TXT");
    CHECK_FALSE(reply.has(0x0200));
    CHECK(reply.answer.size() == 4);
    CHECK(reply.authority.empty());  // NS
  }
  TEST_CASE("every size from 512 to 1232 gives a response that is whole or says TC") {
    const auto zone =
        snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/nsec3.zone")});
    for (unsigned size = 512; size <= 1232; size += 7) {
      CAPTURE(size);
      const std::string end = " +do +size=" + std::to_string(size);
      for (const char* question :
           {"no.example. A", "www.example. A", "secure.example. A", "alias.example. TXT",
            "x.y.wild.example. MX", "example. DNSKEY", "into.example. A"}) {
        const Reply reply = reply_to(zone, question + end);
        const Reply whole = reply_to(zone, std::string(question) + " +do +tcp");
        CHECK(reply.octets <= size);
        if (reply.has(0x0200)) continue;
        CHECK(reply.answer.size() == whole.answer.size());
      }
    }
  }
  TEST_CASE("over TCP 65,535 octets are legal, and what is larger says TC") {
    const auto fits = sized(65000);
    const Reply reply = reply_to(fits, "www.example. TXT +tcp");
    CHECK_FALSE(reply.has(0x0200));
    CHECK(reply.octets > 60000);
    CHECK(reply_to(sized(70000), "www.example. TXT +tcp").has(0x0200));
    CHECK(reply_to(sized(70000), "www.example. TXT +tcp").answer.empty());
  }
  TEST_CASE("the output's own size is a limit too") {
    const auto zone = sized(700);
    const AskedMessage asked = message_of("www.example. TXT +edns");
    std::vector<std::byte> out(600);
    const std::size_t size = respond(asked.octets, zone, asked.client, {}, out);
    CHECK(judge(asked.octets, Octets(out.data(), size), 600).empty());
    CHECK(read_reply(Octets(out.data(), size))->has(0x0200));
  }
  TEST_CASE("names behind the first 16,384 octets are written without pointers to there (RFC 1035 §4.1.4)") {
    std::string text = "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.53\n";
    for (int i = 0; i < 800; ++i) {
      const std::string number = std::to_string(10000 + i);
      text += "www 300 IN MX 10 a-host-with-a-long-name-" + number + ".zone-" + number + ".test.\n";
    }
    const Reply reply =
        reply_to(zone_of("example.", text), "www.example. MX +tcp");  // judged by the second reader
    CHECK(reply.answer.size() == 800);
    CHECK(reply.octets > 16384 * 2);
    CHECK(to_text(reply.answer.back()) ==
          "www.example. MX 10 a-host-with-a-long-name-10799.zone-10799.test.");
  }
}
