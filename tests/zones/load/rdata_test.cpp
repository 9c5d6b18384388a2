#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"
#include "zones/base/text_encoding.h"
#include "zones/load/rdata_text.h"

namespace doors {

namespace {

/// RDATA of a text below "example.", in hex, or "! problem".
std::string wire_of(RRType type, const std::string& text) {
  ZoneScanner scanner(text);
  LogicalLine line;
  if (!scanner.next(line)) line.tokens.clear();
  if (!line.problem.empty()) return "! " + line.problem;
  std::vector<std::byte> out;
  const auto read = parse_rdata(type, line.tokens, *Name::parse("example."), out);
  return read ? to_hex(out) : "! " + read.error().message;
}

}  // namespace

TEST_SUITE("load: RDATA") {
  TEST_CASE("text becomes wire form, and wire form this text") {
    struct Row {
      const char* type;
      const char* text;
      const char* wire;  // "" when it is too long to say; then only the way there and back is checked
      const char* back;  // null: the same text
    };
    for (const Row& row : std::initializer_list<Row>{
             {"A", "192.0.2.1", "c0000201", nullptr},
             {"AAAA", "2001:DB8:0::1", "20010db8000000000000000000000001", "2001:db8::1"},
             {"AAAA", "::ffff:192.0.2.1", "00000000000000000000ffffc0000201", nullptr},
             {"NS", "ns", "026e73076578616d706c6500", "ns.example."},
             {"CNAME", "@", "076578616d706c6500", "example."},
             {"PTR", ".", "00", nullptr},
             {"DNAME", "a\\.b.", "03612e6200", nullptr},
             {"SOA", "a. b. 1 1h 2m 3 4",
              "01610001620000000001"
              "00000e10000000780000000300000004",
              "a. b. 1 3600 120 3 4"},
             {"MX", "10 mail.", "000a046d61696c00", nullptr},
             {"TXT", "a \"b c\" \"\"", "01610362206300", "\"a\" \"b c\" \"\""},
             {"TXT", "\"\\\"\\\\\\000\\200;\"", "05225c00c83b", "\"\\\"\\\\\\000\\200;\""},
             {"SPF", "\"v=spf1\"", "06763d73706631", nullptr},
             {"HINFO", "PC \"Linux 6\"", "025043074c696e75782036", "\"PC\" \"Linux 6\""},
             {"RP", "a. b.", "016100016200", nullptr},
             {"MINFO", "a. b.", "016100016200", nullptr},
             {"AFSDB", "1 a.", "0001016100", nullptr},
             {"X25", "311061700956", "0c333131303631373030393536", "\"311061700956\""},
             {"ISDN", "150862028003217 004", "0f31353038363230323830303332313703303034",
              "\"150862028003217\" \"004\""},
             {"RT", "2 a.", "0002016100", nullptr},
             {"PX", "10 a. b.", "000a016100016200", nullptr},
             {"GPOS", "-32.6882 116.8652 10.0", "082d33322e36383832083131362e383635320431302e30",
              "\"-32.6882\" \"116.8652\" \"10.0\""},
             {"LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
              "000016138b3cf018810cbce0009895b8", "52 22 23.000 N 04 53 32.000 E -2m 0.00m 10000m 10m"},
             {"SRV", "1 2 3 a.", "000100020003016100", nullptr},
             {"NAPTR", "100 50 \"s\" \"http+I2L\" \"\" _http._tcp.gatech.edu.",
              "006400320173086874"
              "74702b49324c00055f68747470045f7463700667617465636803656475"
              "00",
              nullptr},
             {"KX", "1 a.", "0001016100", nullptr},
             {"CERT", "PKIX 1 RSASHA256 AQID", "0001000108010203", "1 1 8 AQID"},
             {"APL", "1:192.168.32.0/21 !1:192.168.38.0/28",
              "00011503c0a820"
              "00011c83c0a826",
              nullptr},
             {"DS", "60485 5 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )",
              "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
              "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"},
             {"CDS", "0 0 0 0", "0000000000", "0 0 0 00"},
             {"CDNSKEY", "0 3 0 0", "0000030000", "0 3 0 AA=="},
             {"CDNSKEY", "0 3 DELETE AA==", "0000030000", "0 3 0 AA=="},
             {"SSHFP", "2 1 123456789abcdef67890123456789abcdef67890",
              "0201123456789abcdef67890123456789abcdef67890", nullptr},
             {"IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==", "", nullptr},
             {"IPSECKEY", "10 3 2 mygw.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==", "",
              nullptr},
             {"RRSIG",
              "A 5 3 86400 20030322173103 ( 20030220173103 2642 example.com. "
              "oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr )",
              "",
              "A 5 3 86400 20030322173103 20030220173103 2642 example.com. "
              "oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr"},
             {"RRSIG", "TYPE65280 ED25519 0 1 4294967295 0 1 . AQID",
              "ff000f0000000001ffffffff00000000000100010203",
              "TYPE65280 15 0 1 21060207062815 19700101000000 1 . AQID"},
             {"NSEC", "host. A MX RRSIG NSEC TYPE1234",
              "04686f73740000064001000000030"
              "41b000000000000000000000000000000000000000000000000000020",
              nullptr},
             {"NSEC", "a. TYPE1234 A",
              "016100000140041b000000000000000000000000000000000000000000000000000020", "a. A TYPE1234"},
             {"NSEC", "a. NXNAME NSEC RRSIG", "", "a. RRSIG NSEC NXNAME"},
             {"DNSKEY",
              "256 3 RSASHA1 "
              "AQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/"
              "0PY1kxkmvHjcZc8nokfzj31GajIQKY+"
              "5CptLr3buXA10hWqTkF7H6RfoRqXQeogmMHfpftf6zMv1LyBUgia7za6ZEzOJBOztyvhjL742iU/"
              "TpPSEDhm2SNKLijfUppn1UaNvv4w==",
              "",
              "256 3 5 "
              "AQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/"
              "0PY1kxkmvHjcZc8nokfzj31GajIQKY+"
              "5CptLr3buXA10hWqTkF7H6RfoRqXQeogmMHfpftf6zMv1LyBUgia7za6ZEzOJBOztyvhjL742iU/"
              "TpPSEDhm2SNKLijfUppn1UaNvv4w=="},
             {"DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
              "000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40", nullptr},
             {"NSEC3",
              "1 1 12 aabbccdd ( 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG )",
              "0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b000722010000000290",
              "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM"},
             {"NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr",
              "010000000014174eb2409fe28bcb4887a1836f957f0a8425e27b", nullptr},
             {"NSEC3PARAM", "1 0 12 aabbccdd", "0100000c04aabbccdd", nullptr},
             {"NSEC3PARAM", "1 0 0 -", "0100000000", nullptr},
             {"TLSA", "3 1 1 0102 0304", "03010101020304", "3 1 1 01020304"},
             {"SMIMEA", "3 1 1 01020304", "03010101020304", nullptr},
             {"HIP",
              "2 200100107B1A74DF365639CC39F1D578 "
              "AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+"
              "Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D "
              "rvs.example.com.",
              "",
              "2 200100107b1a74df365639cc39f1d578 "
              "AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+"
              "Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D "
              "rvs.example.com."},
             {"NINFO", "a", "0161", "\"a\""},
             {"TALINK", "a. b.", "016100016200", nullptr},
             {"OPENPGPKEY", "AQID", "010203", nullptr},
             {"CSYNC", "66 3 A NS AAAA",
              "0000004200030004600000"
              "08",
              nullptr},
             {"ZONEMD",
              "2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE "
              "7EB1A7B641A47BA7FED2DD5B97AE499FAFA4F22C6BD647DE",
              "7848b78c0101febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee7eb1a7b641a47ba7fed2dd5b97ae499faf"
              "a4f22c6bd647de",
              "2018031500 1 1 "
              "febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee7eb1a7b641a47ba7fed2dd5b97ae499fafa4f22c6bd647"
              "de"},
             {"DSYNC", "CDS NOTIFY 5359 cds-scanner.example.net.",
              "003b0114ef"
              "0b6364732d7363616e6e6572076578616d706c65036e657400",
              "CDS 1 5359 cds-scanner.example.net."},
             {"NID", "10 0014:4fff:ff20:ee64", "000a00144fffff20ee64", nullptr},
             {"L32", "10 10.1.2.0", "000a0a010200", nullptr},
             {"L64", "10 2001:0DB8:1140:1000", "000a20010db811401000", "10 2001:0db8:1140:1000"},
             {"LP", "10 a.", "000a016100", nullptr},
             {"EUI48", "00-00-5e-00-53-2a", "00005e00532a", nullptr},
             {"EUI64", "00-00-5e-ef-10-00-00-2a", "00005eef1000002a", nullptr},
             {"URI", "10 1 \"ftp://ftp1.example.com/public\"",
              "000a00016674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963", nullptr},
             {"CAA", "128 issue \"ca.example; k=v\"", "8005697373756563612e6578616d706c653b206b3d76",
              nullptr},
             {"CAA", "0 issue \";\"", "000569737375653b", nullptr},
             {"CAA", "0 issue \"\"", "00056973737565", nullptr},
             {"AMTRELAY", "10 0 0 .", "0a00", nullptr},
             {"AMTRELAY", "10 1 1 192.0.2.1", "0a81c0000201", nullptr},
             {"AMTRELAY", "10 0 2 2001:db8::15", "0a0220010db8000000000000000000000015", nullptr},
             {"AMTRELAY", "128 1 3 amtrelays.example.com.",
              "80830961"
              "6d7472656c617973076578616d706c6503636f6d00",
              nullptr},
             {"DLV", "1 8 2 0000000000000000000000000000000000000000000000000000000000000001", "", nullptr},
             {"UID", "7", "00000007", nullptr},
             {"NSAP-PTR", "a.", "016100", nullptr},
             {"KEY", "512 255 1 AQID", "0200ff01010203", nullptr},
             {"SIG", "A 8 1 60 20260101000000 20250101000000 1 a. AQID", "", nullptr},
             {"EID", "e32c6f78163a9348", "e32c6f78163a9348", nullptr},
             {"TYPE65280", "\\# 3 010203", "010203", nullptr},
             {"NULL", "\\# 2 ffff", "ffff", nullptr},
             {"WKS", "192.0.2.1 TCP 25 53", "c00002010600000040000004", "192.0.2.1 6 25 53"},
             {"WKS", "192.0.2.1 17", "", nullptr},
         }) {
      CAPTURE(std::string(row.type));
      CAPTURE(std::string(row.text));
      const RRType type = *parse_type(row.type);
      const std::string wire = wire_of(type, row.text);
      std::string wanted(row.wire);
      std::erase(wanted, ' ');
      if (!wanted.empty()) CHECK(wire == wanted);
      const auto octets = from_hex(wire);
      REQUIRE(octets);
      const std::string back = rdata_to_presentation(type, *octets);
      CHECK(back == (row.back != nullptr ? row.back : row.text));
      CHECK(wire_of(type, back) == wire);
    }
  }

  TEST_CASE("what is wrong is refused") {
    struct Row {
      const char* type;
      const char* text;
      const char* problem;  // null: any
    };
    for (const Row& row : std::initializer_list<Row>{
             {"A", "192.0.2.256", nullptr},
             {"A", "192.0.2.1.", nullptr},
             {"A", "0300.0.2.1", nullptr},
             {"AAAA", "192.0.2.1", nullptr},
             {"AAAA", "2001:db8::1::2", nullptr},
             {"NS", "", "! a name is missing"},
             {"NS", "a b", "! too many words"},
             {"NS", "a..b", "! empty label in \"a..b\""},
             {"MX", "65536 a", "! \"65536\" is no number up to 65535"},
             {"MX", "-1 a", nullptr},
             {"MX", "a", nullptr},
             {"MX", "10", "! a name is missing"},
             {"SOA", "a b 4294967296 2 3 4 5", nullptr},
             {"SOA", "a b 1 2 3 4", "! a number of seconds is missing"},
             {"TXT", "", "! a character-string is missing"},
             {"TXT", "a\\", nullptr},
             {"TXT", "\"a\\25\"", "! bad \\DDD escape"},
             {"TXT", "\"\\256\"", "! bad \\DDD escape"},
             {"TXT", "a\"b\"", "! quote inside a word"},
             {"HINFO", "a", nullptr},
             {"ISDN", "a b c", nullptr},
             {"DS", "1 8 2 00", "! bad RDATA for type DS"},
             {"DS", "1 8 2 0g", "! bad hex digits"},
             {"DS", "1 8 2 000", "! bad hex digits"},
             {"DS", "1 8 2", nullptr},
             {"DNSKEY", "256 3 8 AQI", "! bad base 64"},
             {"DNSKEY", "256 3 8 AQJ=", "! bad base 64"},
             {"DNSKEY", "256 3 NOALGORITHM AQID", nullptr},
             {"RRSIG", "A 5 3 86400 20030332173103 20030220173103 2642 a. AQID", nullptr},
             {"RRSIG", "A 5 3 86400 20030322243103 20030220173103 2642 a. AQID", nullptr},
             {"RRSIG", "A 5 3 86400 20030322173103 20030220173103 2642 a.", nullptr},
             {"NSEC", "a. NOTYPE", "! unknown type \"NOTYPE\""},
             {"NSEC3", "1 0 0 - a", nullptr},
             {"NSEC3", "1 0 0 - -", nullptr},
             {"NSEC3PARAM", "1 0 0 abc", "! bad hex digits"},
             {"CAA", "0 is-sue \"\"", nullptr},
             {"CAA", "0 \"\" \"\"", nullptr},
             {"URI", "1 2 \"\"", nullptr},
             {"EUI48", "00-00-5e-00-53", nullptr},
             {"EUI48", "00-00-5e-00-53-2a-2a", nullptr},
             {"EUI48", "00:00:5e:00:53:2a", nullptr},
             {"NID", "10 0014:4fff:ff20", nullptr},
             {"NID", "10 0014:4fff:ff20:ee64:1", nullptr},
             {"NID", "10 00014:4fff:ff20:ee64", nullptr},
             {"AMTRELAY", "10 0 4 a.", "! unknown type of gateway"},
             {"AMTRELAY", "10 0 0 a.", nullptr},
             {"ZONEMD", "1 1 1 00", "! bad RDATA for type ZONEMD"},
             {"LOC", "91 0 0 N 0 0 0 E 0m", nullptr},
             {"LOC", "", nullptr},
             {"APL", "1:192.168.32.0/33", nullptr},
             {"HIP", "2", nullptr},
             {"IPSECKEY", "10 1 2 nowhere AQID", nullptr},
             {"IPSECKEY", "10 1 2 192.0.2.1 \xff", nullptr},
             {"A6", "0 ::1", nullptr},
             {"TYPE65280", "a", "! no text form for TYPE65280; write it as \\# LENGTH HEX"},
         }) {
      CAPTURE(std::string(row.type));
      CAPTURE(std::string(row.text));
      const std::string problem = wire_of(*parse_type(row.type), row.text);
      CHECK(problem.starts_with("! "));
      if (row.problem != nullptr) CHECK(problem == row.problem);
    }
    CHECK(wire_of(RRType::txt, std::string(255, 'a')).size() == 512);
    CHECK(wire_of(RRType::txt, std::string(256, 'a')) == "! character-string over 255 octets");
  }
}

}  // namespace doors
