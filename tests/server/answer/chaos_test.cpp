#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: CHAOS identity (RFC 4892)") {
  const auto zone = zone_of("example.",
                            "@ 300 IN SOA ns host 1 3600 600 86400 300\n"
                            "@ 300 IN NS  ns\n");

  TEST_CASE("four names tell who answers") {
    struct Row {
      const char* question;
      const char* reply;
    };
    for (const Row& row : {Row{"id.server. TXT", "NOERROR id.server. TXT id of test"},
                           Row{"hostname.bind. TXT", "NOERROR hostname.bind. TXT host of test"},
                           Row{"version.server. TXT", "NOERROR version.server. TXT doors test"},
                           Row{"version.bind. TXT", "NOERROR version.bind. TXT doors test"},
                           Row{"VERSION.bind. TXT +keep_case", "NOERROR VERSION.bind. TXT doors test"},
                           Row{"id.server. ANY", "NOERROR id.server. TXT id of test"}}) {
      CAPTURE(row.question);
      CHECK(ask(zone, std::string(row.question) + " +class=CH") == row.reply);
    }
  }
  TEST_CASE("everything else of class CHAOS is refused") {
    for (const char* question : {"id.server. A", "server. TXT", "x.id.server. TXT", "authors.bind. TXT",
                                 ". TXT", "example. SOA", "id.server. AXFR"}) {
      CAPTURE(question);
      CHECK(ask(zone, std::string(question) + " +class=CH") == "REFUSED");
    }
    CHECK(ask(zone, "id.server. TXT") == "REFUSED");  // class IN
  }
  TEST_CASE("what the identity does not tell is refused") {
    Snapshot silent = zone;
    silent.identity = {};
    for (const char* name : {"id.server.", "hostname.bind.", "version.server.", "version.bind."}) {
      CHECK(ask(silent, std::string(name) + " TXT +class=CH") == "REFUSED");
    }
  }
  TEST_CASE("a text is cut at one character-string") {
    Snapshot wordy = zone;
    wordy.identity.version = std::string(300, 'v');
    CHECK(reply_to(wordy, "version.bind. TXT +class=CH").answer.at(0).rdata ==
          '\xff' + std::string(255, 'v'));
  }
  TEST_CASE("a text that does not fit beside what was asked for is truncated") {
    Snapshot wordy = zone;
    wordy.identity.nsid = std::string(255, 'n');
    wordy.identity.id_server = std::string(255, 'i');
    CHECK(ask(wordy, "id.server. TXT +class=CH +nsid +size=512") == "TC NOERROR");
    CHECK(ask(wordy, "id.server. TXT +class=CH +nsid +size=600").starts_with("NOERROR id.server. TXT iii"));
  }
  TEST_CASE("the record has class CHAOS and TTL 0") {
    const Record record = reply_to(zone, "id.server. TXT +class=CH").answer.at(0);
    CHECK(record.rr_class == 3);
    CHECK(record.ttl == 0);
  }
}
