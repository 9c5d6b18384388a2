#include "zones/dns/rdata_check.h"

#include <doctest/doctest.h>

#include "tests/zones/dns/names.h"
#include "zones/dns/rdata.h"

namespace doors {

using test::hex;

TEST_SUITE("dns: the form of RDATA") {
  TEST_CASE("for each type RDATA that has its form, none that is cut, none with more behind") {
    struct Row {
      const char* type;
      const char* rdata;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"A", "c0000201"},
             {"AAAA", "20010db8000000000000000000000001"},
             {"NS", "0161 00"},
             {"SOA", "00 00 0000000100000002000000030000000400000005"},
             {"MX", "000a 0161 00"},
             {"RP", "0161 00 00"},
             {"PX", "000a 00 00"},
             {"SRV", "000100020003 00"},
             {"NAPTR", "00010002 0173 00 00 00"},
             {"HINFO", "0161 0162"},
             {"X25", "0431323334"},
             {"GPOS", "0131 0132 0133"},
             {"LOC", "00 12 16 13 80000000 80000000 00989680"},
             {"NSEC3PARAM", "01 00 0000 02 abcd"},
             {"L32", "000a 0a010200"},
             {"L64", "000a 20010db811401000"},
             {"EUI48", "00005e00532a"},
             {"EUI64", "00005eef1000002a"},
             {"DS", "0001 08 02 0000000000000000000000000000000000000000000000000000000000000000"},
             {"ZONEMD",
              "00000001 01 01 "
              "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
              "00"},
             {"DSYNC", "0001 01 0035 00"},
             {"AMTRELAY", "0a 01 c0000201"},
             {"AMTRELAY", "0a 82 20010db8000000000000000000000001"},
             {"AMTRELAY", "0a 03 0161 00"},
         }) {
      CAPTURE(std::string(row.type));
      const RRType type = *parse_type(row.type);
      auto rdata = hex(row.rdata);
      CHECK(valid_rdata(type, rdata));
      for (std::size_t size = 0; size < rdata.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(valid_rdata(type, Octets(rdata).first(size)));
      }
      rdata.push_back(std::byte{0});
      CHECK_FALSE(valid_rdata(type, rdata));
    }
  }

  TEST_CASE("a table of forms that are right and wrong") {
    struct Row {
      const char* type;
      const char* rdata;
      bool valid;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"TXT", "00", true},
             {"TXT", "", false},
             {"TXT", "0161 0162", true},
             {"TXT", "0261", false},
             {"ISDN", "0161", true},
             {"ISDN", "0161 0162", true},
             {"ISDN", "0161 0162 00", false},
             {"NSEC", "00 0001 40", true},
             {"NSEC", "00", true},
             {"NSEC", "00 0000", false},
             {"NSEC", "00 0001 00", false},
             {"NSEC", "00 0002 40", false},
             {"NSEC", "00 0001 40 0001 40", false},
             {"NSEC", "00 0101 40 0001 40", false},
             {"NSEC", "00 0021 00000000000000000000000000000000000000000000000000000000000000000001", false},
             {"CSYNC", "00000001 0003 0001 40", true},
             {"CSYNC", "00000001 0003", true},
             {"NSEC3", "02 00 0000 00 01 aa", true},
             {"NSEC3", "01 00 0000 00 01 aa", false},
             {"NSEC3", "01 00 0000 00 00", false},
             {"NSEC3", "01 00 0000 00 02 aa", false},
             {"NSEC3", "02 00 0000 01 aa 01 aa 0001 40", true},
             {"DS", "0001 08 01 0000", false},
             {"DS", "0001 08 63 00", true},
             {"DS", "0001 08 63", false},
             {"CDS", "0000 00 00 00", true},
             {"CDNSKEY", "0000 03 00 00", true},
             {"DNSKEY", "0100 03 08", false},
             {"KEY", "c000 03 08", true},
             {"KEY", "4000 03 08", false},
             {"KEY", "4000 03 08 01", true},
             {"CERT", "0001 0000 08", false},
             {"CERT", "0001 0000 08 ff", true},
             {"X25", "03313233", false},
             {"X25", "0431323361", false},
             {"NSAP", "", false},
             {"EID", "", false},
             {"ATMA", "00", false},
             {"SINK", "01 02", false},
             {"SINK", "01 02 03", true},
             {"NXT", "00", false},
             {"NXT", "00 40", true},
             {"NXT", "00 4000000000000000000000000000000000", false},
             {"A6", "00 20010db8000000000000000000000001", true},
             {"A6", "00 20010db8000000000000000000000001 00", false},
             {"A6", "40 0000000000000001 00", true},
             {"A6", "40 0000000000000001", false},
             {"A6", "7f 02 00", false},
             {"A6", "7f 01 00", true},
             {"A6", "80 00", true},
             {"A6", "81 00", false},
             {"DOA", "00000000 00000001 02 00", true},
             {"DOA", "00000000 00000001 02", false},
             {"IPN", "0000000000000001", true},
             {"IPN", "00000000000001", false},
             {"RRSIG", "0001 08 01 00000001 00000002 00000001 0001 00", false},
             {"RRSIG", "0001 08 01 00000001 00000002 00000001 0001 00 ff", true},
             {"SVCB", "0001 00", true},
             {"SVCB", "0001 00 0001 0003 026832 0003 0002 0035", true},
             {"SVCB", "0001 00 0003 0002 0035 0001 0003 026832", false},
             {"SVCB", "0001 00 0003 0002 0035 0003 0002 0035", false},
             {"SVCB", "0001 00 0003 0001 35", false},
             {"SVCB", "0001 00 0001 0000", false},
             {"SVCB", "0001 00 0001 0001 00", false},
             {"SVCB", "0001 00 0001 0002 0268", false},
             {"SVCB", "0001 00 0002 0000", false},
             {"SVCB", "0001 00 0001 0003 026832 0002 0000", true},
             {"SVCB", "0001 00 0001 0003 026832 0002 0001 00", false},
             {"SVCB", "0001 00 0004 0003 c00002", false},
             {"SVCB", "0001 00 0004 0000", false},
             {"SVCB", "0001 00 0006 0004 c0000201", false},
             {"SVCB", "0001 00 0005 0000", false},
             {"SVCB", "0001 00 0000 0000", false},
             {"SVCB", "0001 00 0000 0002 0001", false},
             {"SVCB", "0001 00 0000 0002 0000", false},
             {"SVCB", "0001 00 0000 0002 0003 0003 0002 0035", true},
             {"SVCB", "0001 00 0000 0004 0003 0003 0003 0002 0035", false},
             {"SVCB", "0001 00 0007 0002 2f71", false},
             {"SVCB", "0001 00 0007 0007 2f7b3f646e737d", true},
             {"SVCB", "0001 00 0008 0000", true},
             {"SVCB", "0001 00 0008 0001 00", false},
             {"SVCB", "0001 00 029b 0000", true},
             {"SVCB", "0001 00 ffff 0000", true},
             {"SVCB", "0001 00 0001 0001", false},
             {"CAA", "00 01 61", true},
             {"CAA", "00 00 61", false},
             {"CAA", "00 02 61", false},
             {"CAA", "00 02 612d", false},
             {"URI", "0001 0002 61", true},
             {"URI", "0001 0002", false},
             {"ZONEMD", "00000001 01 01 000000000000000000000000", false},
             {"ZONEMD", "00000001 01 f0 000000000000000000000000", true},
             {"ZONEMD", "00000001 01 f0 00", false},
             {"APL", "", true},
             {"APL", "0001 18 03 c00002", true},
             {"APL", "0001 21 00", false},
             {"APL", "0001 18 05 c000020000", false},
             {"APL", "0002 80 90 20010db8000000000000000000000001", true},
             {"LOC", "00 a2 16 13 80000000 80000000 00989680", false},
             {"LOC", "01 ff", true},
             {"LOC", "00 12 16 13 ffffffff 80000000 00989680", false},
             {"IPSECKEY", "0a 00 02 ff", true},
             {"IPSECKEY", "0a 01 02 c00002", false},
             {"IPSECKEY", "0a 03 02 0161 00", true},
             {"HIP", "01 02 0001 aa bb 0161 00", true},
             {"HIP", "01 02 0001 aa", false},
             {"HIP", "01 02 0001 aa bb 0161", false},
             {"NULL", "", true},
             {"TYPE65280", "", true},
             {"WKS", "c0000201 06", true},
             {"WKS", "c0000201", false},
         }) {
      CAPTURE(std::string(row.type));
      CAPTURE(std::string(row.rdata));
      CHECK(valid_rdata(*parse_type(row.type), hex(row.rdata)) == row.valid);
    }
    CHECK(valid_rdata(RRType(65280), std::vector<std::byte>(65'535)));
    CHECK_FALSE(valid_rdata(RRType(65280), std::vector<std::byte>(65'536)));
  }

  TEST_CASE("whatever is valid has its names found") {
    for (unsigned number = 0; number < 300; ++number) {
      const auto type = RRType(static_cast<std::uint16_t>(number));
      std::vector<std::byte> rdata;
      for (int i = 0; i < 40; ++i) {
        if (valid_rdata(type, rdata)) CHECK(rdata_names(type, rdata));
        rdata.push_back(std::byte{0});
      }
    }
  }
}

}  // namespace doors
