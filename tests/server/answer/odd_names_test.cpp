#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: labels of any octets (RFC 2181 §11)") {
  const auto zone = zone_of("example.",
                            "@       300 IN SOA ns host 1 3600 600 86400 300\n"
                            "@       300 IN NS  ns.elsewhere.test.\n"
                            "a       300 IN TXT plain\n"
                            "a\\000  300 IN TXT nul\n"
                            "\\000.a 300 IN TXT below\n"
                            "a\\.b   300 IN TXT dot\n"
                            "a.b     300 IN TXT two\n"
                            "\\032   300 IN TXT blank\n"
                            "\\255   300 IN TXT last\n"
                            "*.w     300 IN TXT wild\n"
                            "\\000.*.w 300 IN TXT underneath\n"
                            "**.w    300 IN TXT stars\n"
                            "UPPER   300 IN TXT case\n"
                            "[       300 IN TXT bracket\n");
  struct Row {
    const char* question;
    const char* reply;
  };

  TEST_CASE("each octet counts, and only letters have a case (RFC 4343)") {
    for (const Row& row : {
             Row{"a\\000.example. TXT", "NOERROR a\\000.example. TXT nul"},
             Row{"\\000.a.example. TXT", "NOERROR \\000.a.example. TXT below"},
             Row{"a\\.b.example. TXT", "NOERROR a\\.b.example. TXT dot"},
             Row{"a.b.example. TXT", "NOERROR a.b.example. TXT two"},
             Row{"\\032.example. TXT", "NOERROR \\032.example. TXT blank"},
             Row{"\\255.example. TXT", "NOERROR \\255.example. TXT last"},
             Row{"upper.example. TXT", "NOERROR upper.example. TXT case"},
             Row{"[.example. TXT", "NOERROR [.example. TXT bracket"},
             Row{"{.example. TXT", "NXDOMAIN"},
             Row{"a\\001.example. TXT", "NXDOMAIN"},
             Row{"x.a\\000.example. TXT", "NXDOMAIN"},
             Row{"\\000.example. TXT", "NXDOMAIN"},
         }) {
      CAPTURE(row.question);
      CHECK(ask(zone, row.question) == row.reply);
    }
  }
  TEST_CASE("an asterisk is special as a whole label of the zone, never in a question (RFC 4592 §2.1.1)") {
    for (const Row& row : {
             Row{"x.w.example. TXT", "NOERROR x.w.example. TXT wild"},
             Row{"*.w.example. TXT", "NOERROR *.w.example. TXT wild"},
             Row{"**.w.example. TXT", "NOERROR **.w.example. TXT stars"},
             Row{"***.w.example. TXT", "NOERROR ***.w.example. TXT wild"},
             Row{"\\000.*.w.example. TXT", "NOERROR \\000.*.w.example. TXT underneath"},
             Row{"x.*.w.example. TXT", "NXDOMAIN"},
             Row{"*.*.w.example. TXT", "NXDOMAIN"},
             Row{"*.a.example. TXT", "NXDOMAIN"},
             Row{"*.\\000.w.example. TXT", "NOERROR *.\\000.w.example. TXT wild"},
         }) {
      CAPTURE(row.question);
      CHECK(ask(zone, row.question) == row.reply);
    }
  }
}
