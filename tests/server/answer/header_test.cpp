#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: header, opcodes and classes (RFC 1035 §4.1.1, RFC 8906, RFC 9619)") {
  const auto zone = zone_of("example.",
                            "@   300 IN SOA ns host 1 3600 600 86400 300\n"
                            "@   300 IN NS  ns\n"
                            "ns  300 IN A   192.0.2.53\n"
                            "www 300 IN A   192.0.2.1\n"
                            "sub 300 IN NS  ns.sub\n");

  /// A header with these fields and what follows it.
  std::vector<std::byte> message(unsigned flags, unsigned questions, unsigned answers, unsigned authorities,
                                 unsigned additionals, std::string_view rest) {
    std::vector<std::byte> octets;
    for (const unsigned field : {0xbeefu, flags, questions, answers, authorities, additionals}) {
      octets.push_back(static_cast<std::byte>(field >> 8));
      octets.push_back(static_cast<std::byte>(field & 0xff));
    }
    for (const char c : rest) octets.push_back(static_cast<std::byte>(c));
    return octets;
  }
  using namespace std::string_view_literals;
  using namespace std::string_literals;
  constexpr auto www_a = "\3www\7example\0\0\1\0\1"sv;
  constexpr auto opt = "\0\0\x29\4\xd0\0\0\0\0\0\0"sv;
  constexpr auto opt_nsid = "\0\0\x29\4\xd0\0\0\0\0\0\4\0\3\0\0"sv;

  std::string rcode_of(const std::vector<std::byte>& query) {
    std::vector<std::byte> out(65535);
    const Octets response(out.data(), respond(query, zone, Client{}, {}, out));
    const std::string wrong = judge(query, response, 1232);
    if (!wrong.empty()) return wrong;
    if (response.empty()) return "silence";
    const Reply reply = *read_reply(response);
    std::string text = to_string(static_cast<Rcode>(reply.rcode()));
    if (reply.questions == 1) text += " question";
    if (reply.has_opt) text += " opt";
    if (reply.option(3)) text += " nsid";
    return text;
  }

  TEST_CASE("a response and less than a header are never answered") {
    CHECK(rcode_of(message(0x8000, 1, 0, 0, 0, www_a)) == "silence");
    auto query = message(0, 1, 0, 0, 0, www_a);
    query.resize(11);
    CHECK(rcode_of(query) == "silence");
    CHECK(rcode_of({}) == "silence");
  }
  TEST_CASE("an opcode other than QUERY and NOTIFY is not implemented, whatever follows") {
    for (unsigned opcode = 1; opcode < 16; ++opcode) {
      if (opcode == 4) continue;
      CAPTURE(opcode);
      CHECK(rcode_of(message(opcode << 11, 0, 0, 0, 0, "")) == "NOTIMP");
      CHECK(rcode_of(message(opcode << 11, 1, 0, 0, 0, www_a)) == "NOTIMP question");
      CHECK(rcode_of(message(opcode << 11, 7, 7, 7, 7, "junk")) == "NOTIMP");
    }
    CHECK(rcode_of(message(5u << 11, 1, 0, 0, 1, std::string(www_a) + std::string(opt_nsid))) ==
          "NOTIMP question opt nsid");
  }
  TEST_CASE("a stranger's NOTIFY is refused (RFC 1996 §3.10)") {
    CHECK(rcode_of(message(4u << 11, 1, 0, 0, 1, std::string(www_a) + std::string(opt_nsid))) ==
          "REFUSED question opt nsid");
    CHECK(rcode_of(message(4u << 11, 0, 0, 0, 0, "")) == "FORMERR");
    constexpr auto id_server = "\2id\6server\0\0\x10\0\3"sv;
    CHECK(rcode_of(message(0, 1, 0, 0, 0, id_server)) == "NOERROR question");
    CHECK(rcode_of(message(4u << 11, 1, 0, 0, 0, id_server)) == "REFUSED question");
  }
  TEST_CASE("nobody's signature is known here, and it stands last or is ill-formed (RFC 8945 §5.1, §5.2)") {
    // key. TSIG, hmac-sha256, without MAC
    const std::string tsig(
        "\3key\0\0\xfa\0\xff\0\0\0\0\0\x1d\13hmac-sha256\0\0\0\0\0\0\1\1\x2c\0\0\x12\x34\0\0\0\0", 44);
    const std::string question(www_a);
    CHECK(rcode_of(message(0, 1, 0, 0, 1, question + tsig)) == "NOTAUTH question");
    CHECK(rcode_of(message(0, 1, 0, 0, 2, question + std::string(opt_nsid) + tsig)) ==
          "NOTAUTH question opt nsid");
    CHECK(rcode_of(message(5u << 11, 1, 0, 0, 1, question + tsig)) == "NOTIMP question");
    CHECK(rcode_of(message(0, 1, 0, 0, 2, question + tsig + tsig)) == "FORMERR question");
    CHECK(rcode_of(message(0, 1, 0, 0, 2, question + tsig + std::string(opt_nsid))) ==
          "FORMERR question opt nsid");
    CHECK(rcode_of(message(0, 1, 1, 0, 0, question + tsig)) == "FORMERR question");
    CHECK(rcode_of(message(0, 1, 0, 1, 0, question + tsig)) == "FORMERR question");
  }
  TEST_CASE("a message without exactly one whole question is ill-formed") {
    struct Row {
      std::vector<std::byte> query;
      const char* reply;
    };
    const std::string two = std::string(www_a) + std::string(www_a);
    for (const Row& row : {
             Row{message(0, 0, 0, 0, 0, ""), "FORMERR"},
             Row{message(0, 0, 0, 0, 1, opt_nsid), "FORMERR opt nsid"},
             Row{message(0, 2, 0, 0, 0, two), "FORMERR"},
             Row{message(0, 2, 0, 0, 1, two + std::string(opt_nsid)), "FORMERR opt nsid"},
             Row{message(0, 65535, 0, 0, 0, two), "FORMERR"},
             Row{message(0, 1, 0, 0, 0, ""), "FORMERR"},
             Row{message(0, 1, 0, 0, 0, "\3www"), "FORMERR"},
             Row{message(0, 1, 0, 0, 0, "\3www\0\0\1\0"sv), "FORMERR"},
             Row{message(0, 1, 0, 0, 0, "\xc0\x0c\0\1\0\1"sv), "FORMERR"},  // a pointer to itself
             Row{message(0, 1, 0, 0, 0, "\x40" + std::string(64, 'a') + std::string(5, '\0')), "FORMERR"},
         }) {
      CHECK(rcode_of(row.query) == row.reply);
    }
  }
  TEST_CASE("a name of 255 octets is a name, one of 256 is none") {
    std::string name;
    for (int i = 0; i < 3; ++i) name += '\x3f' + std::string(63, 'a');
    const std::string end = "\0\0\1\0\1"s;
    CHECK(rcode_of(message(0, 1, 0, 0, 0, name + '\x3d' + std::string(61, 'a') + end)) == "REFUSED question");
    CHECK(rcode_of(message(0, 1, 0, 0, 0, name + '\x3e' + std::string(62, 'a') + end)) == "FORMERR");
  }
  TEST_CASE("records behind the question are stepped over; one that runs over the end is ill-formed") {
    const std::string with_a = std::string(www_a) + "\xc0\x0c\0\1\0\1\0\0\0\0\0\4abcd"s;
    CHECK(rcode_of(message(0, 1, 1, 0, 0, with_a)) == "NOERROR question");
    CHECK(rcode_of(message(0, 1, 0, 1, 0, with_a)) == "NOERROR question");
    CHECK(rcode_of(message(0, 1, 0, 0, 1, with_a)) == "NOERROR question");
    CHECK(rcode_of(message(0, 1, 0, 0, 2, with_a + std::string(opt))) == "NOERROR question opt");
    CHECK(rcode_of(message(0, 1, 1, 0, 0, www_a)) == "FORMERR question");
    CHECK(rcode_of(message(0, 1, 0, 0, 1, with_a.substr(0, with_a.size() - 1))) == "FORMERR question");
    CHECK(rcode_of(message(0, 1, 0, 0, 1, std::string(www_a) + std::string(300, '\1'))) ==
          "FORMERR question");
    CHECK(rcode_of(message(0, 1, 0, 0, 1, std::string(www_a) + "\x80")) == "FORMERR question");
  }
  TEST_CASE("octets behind the last record are ignored") {
    CHECK(rcode_of(message(0, 1, 0, 0, 0, std::string(www_a) + "junk")) == "NOERROR question");
  }
  TEST_CASE("RD is copied; RA, Z, AD and CD are never set (RFC 4035 §3.1.6)") {
    for (const unsigned bits : {0x0000u, 0x0100u, 0x0010u, 0x0020u, 0x0040u, 0x0080u, 0x07ffu}) {
      CAPTURE(bits);
      const auto query = message(bits, 1, 0, 0, 0, www_a);
      const Reply reply = reply_to(zone, query, Client{}, 512);  // which judges the flags
      CHECK((reply.flags & 0x0170u) == (bits & 0x0100u));
      CHECK(reply.rcode() == 0);
    }
  }
  TEST_CASE("the question is copied octet for octet") {
    const Reply reply = reply_to(zone, message(0, 1, 0, 0, 0, "\3wWw\7eXAMPLe\0\0\1\0\1"sv), Client{}, 512);
    CHECK(reply.question == std::string("\3wWw\7eXAMPLe\0\0\1\0\1"sv));
    CHECK(reply.answer.at(0).owner == std::string("\3wWw\7eXAMPLe\0"sv));  // it points there
  }
  TEST_CASE("AA is for authoritative data and denial, not for referrals") {
    CHECK(reply_to(zone, "www.example. A").has(0x0400));
    CHECK(reply_to(zone, "www.example. TXT").has(0x0400));
    CHECK(reply_to(zone, "nothing.example. A").has(0x0400));
    CHECK_FALSE(reply_to(zone, "sub.example. A").has(0x0400));
    CHECK_FALSE(reply_to(zone, "elsewhere.test. A").has(0x0400));
  }
  TEST_CASE("a name outside all zones is refused, a class nobody serves too") {
    CHECK(ask(zone, "www.example.net. A") == "REFUSED");
    CHECK(ask(zone, ". NS") == "REFUSED");
    CHECK(ask(zone, "www.example. A +class=HS") == "REFUSED");
    CHECK(ask(zone, "www.example. A +class=254") == "REFUSED");
    CHECK(ask(zone, "www.example. A +class=0") == "REFUSED");
    CHECK(ask(zones_of({}), "www.example. A") == "REFUSED");
  }
  TEST_CASE("class ANY is answered from class IN, without AA (RFC 1034 §3.7.1)") {
    CHECK(ask_all(zone, "www.example. A +class=ANY").rfind("NOERROR | answer www.example. A 192.0.2.1", 0) ==
          0);
  }
  TEST_CASE("types that stand in no zone") {
    struct Row {
      const char* question;
      const char* reply;
    };
    for (const Row& row :
         {Row{"example. AXFR", "NOTIMP"}, Row{"example. AXFR +tcp", "REFUSED"},
          Row{"example. IXFR", "FORMERR"}, Row{"example. IXFR +tcp", "FORMERR"},
          Row{"example. MAILA", "NOTIMP"}, Row{"example. MAILB", "NOTIMP"}, Row{"example. TKEY", "FORMERR"},
          Row{"example. TSIG", "FORMERR"}, Row{"example. OPT", "FORMERR"}, Row{"example. TYPE0", "NODATA"},
          Row{"example. NXNAME", "FORMERR"}, Row{"example. TYPE129", "NODATA"},
          Row{"example. TYPE65280", "NODATA"}}) {
      CAPTURE(row.question);
      CHECK(ask(zone, row.question) == row.reply);
    }
  }
  TEST_CASE("IXFR with the asker's SOA is well-formed, and refused to strangers (RFC 1995 §3)") {
    const auto soa = "\xc0\x0c\0\6\0\1\0\0\0\0\0\x16\0\0"s + std::string(20, '\0');
    CHECK(rcode_of(message(0, 1, 0, 1, 0, "\7example\0\0\xfb\0\1"s + soa)) == "REFUSED question");
  }
}
