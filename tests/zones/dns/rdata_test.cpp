#include "zones/dns/rdata.h"

#include <doctest/doctest.h>

#include "tests/zones/dns/names.h"

namespace doors {

using test::hex;

namespace {

/// The names in RDATA as "OFFSET NAME|…", or "bad".
std::string names_in(RRType type, std::string_view digits) {
  const auto rdata = hex(digits);
  const auto names = rdata_names(type, rdata);
  if (!names) return "bad";
  std::string text;
  for (const RdataName& each : *names)
    text += (text.empty() ? "" : "|") + std::to_string(each.offset) + " " + each.name.to_string();
  const auto trusted = trusted_rdata_names(type, rdata);
  CHECK(trusted.count == names->count);
  return text;
}

}  // namespace

TEST_SUITE("dns: names inside RDATA") {
  TEST_CASE("a table of types") {
    struct Row {
      RRType type;
      const char* rdata;
      const char* names;
    };
    for (const Row& row : std::initializer_list<Row>{
             {RRType::a, "c0000201", ""},
             {RRType::ns, "0161 00", "0 a."},
             {RRType::soa, "0161 00 00 0000000100000002000000030000000400000005", "0 a.|3 ."},
             {RRType::mx, "000a 0161 00", "2 a."},
             {RRType::srv, "000100020003 0161 00", "6 a."},
             {RRType::naptr, "00010002 0173 0161 00 0161 00", "9 a."},
             {RRType::naptr, "00010002 00 00 00 00", "7 ."},
             {RRType::rrsig, "0001 08 01 00000001 00000002 00000001 0001 0161 00 ffff", "18 a."},
             {RRType::nsec, "0161 00 0001 40", "0 a."},
             {RRType::svcb, "0001 0161 00", "2 a."},
             {RRType(65280), "c00c", ""},
             {RRType::ns, "", "bad"},
             {RRType::ns, "0161", "bad"},
             {RRType::ns, "c000", "bad"},
             {RRType::mx, "00", "bad"},
             {RRType::mx, "000a", "bad"},
             {RRType::soa, "0161 00", "bad"},
             {RRType::naptr, "00010002", "bad"},
             {RRType::naptr, "00010002 ff", "bad"},
             {RRType::naptr, "00010002 00 00 01", "bad"},
             {RRType::rrsig, "0001", "bad"},
         }) {
      CAPTURE(std::string(row.rdata));
      CHECK(names_in(row.type, row.rdata) == row.names);
    }
  }

  TEST_CASE("canonical form lower-cases the names of old types only (RFC 4034 §6.2, RFC 6840 §5.1)") {
    const auto canonical = [](RRType type, std::string_view digits) {
      auto rdata = hex(digits);
      CHECK(make_canonical_rdata(type, rdata));
      return to_hex(rdata);
    };
    CHECK(canonical(RRType::ns, "0141 0142 00") == "0161016200");
    CHECK(canonical(RRType::mx, "4141 0141 00") == "4141016100");
    CHECK(canonical(RRType::naptr, "41414141 0141 0141 00 0141 00") ==
          "4141414101410141000161"
          "00");
    CHECK(canonical(RRType::nsec, "0141 00 0001 40") == "014100000140");
    CHECK(canonical(RRType::svcb, "0041 0141 00") == "0041014100");
    CHECK(canonical(RRType::txt, "0141") == "0141");
    auto bad = hex("0241");
    CHECK_FALSE(make_canonical_rdata(RRType::ns, bad));
    CHECK(to_hex(bad) == "0241");
  }

  TEST_CASE("only the types of RFC 1035 may be compressed (RFC 3597 §4)") {
    for (const RRType type :
         {RRType::ns, RRType::soa, RRType::mx, RRType::cname, RRType::ptr, RRType::minfo}) {
      CHECK(rdata_shape(type).compressible);
    }
    for (const RRType type : {RRType::srv, RRType::dname, RRType::rrsig, RRType::nsec, RRType::naptr,
                              RRType::rp, RRType::afsdb, RRType::kx, RRType::svcb}) {
      CHECK_FALSE(rdata_shape(type).compressible);
    }
  }

  TEST_CASE("RDATA is ordered as octets, the shorter first (RFC 4034 §6.3)") {
    CHECK(compare_rdata(hex("01"), hex("02")) < 0);
    CHECK(compare_rdata(hex("80"), hex("7f")) > 0);
    CHECK(compare_rdata(hex("01"), hex("0100")) < 0);
    CHECK(compare_rdata({}, hex("00")) < 0);
    CHECK(compare_rdata({}, {}) == 0);
  }

  TEST_CASE("a SOA is taken apart only if it is whole") {
    const auto soa = parse_soa(hex("0161 00 00 0000000100000002000000030000000400000005"));
    REQUIRE(soa);
    CHECK(soa->serial == 1);
    CHECK(soa->minimum == 5);
    CHECK_FALSE(parse_soa(hex("0161 00 00 00000001000000020000000300000004000000")));
    CHECK_FALSE(parse_soa(hex("0161 00 00 000000010000000200000003000000040000000500")));
    CHECK(rrsig_covered(hex("0006")) == RRType::soa);
    CHECK(rrsig_covered(hex("00")) == RRType{});
  }
}

}  // namespace doors
