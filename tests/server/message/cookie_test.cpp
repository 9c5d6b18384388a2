#include "server/message/cookie.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "zones/base/text_encoding.h"

using namespace doors;

namespace {

std::vector<std::byte> octets_in(std::string_view hex) { return *from_hex(hex); }

CookieSecret secret_of(std::string_view hex) {
  const auto octets = octets_in(hex);
  CookieSecret secret{};
  std::copy(octets.begin(), octets.end(), secret.begin());
  return secret;
}

struct Answer {
  CookieVerdict verdict;
  std::string cookie;
};
Answer answer_to(std::string_view option, std::string_view address, const std::vector<CookieSecret>& secrets,
                 std::uint32_t now) {
  FullCookie full{};
  const CookieVerdict verdict = answer_cookie(octets_in(option), octets_in(address), secrets, now, full);
  return {verdict, to_hex(full)};
}

const std::string ipv4 = "c6336464";  // 198.51.100.100
const CookieSecret secret = secret_of("e5e973e5a6b2a43f48e7dc849e37bfcf");

}  // namespace

TEST_SUITE("message: DNS cookies (RFC 7873, RFC 9018)") {
  TEST_CASE("SipHash-2-4 gives its authors' test vectors") {
    SipHashKey key;
    std::vector<std::byte> data;
    for (unsigned i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
    struct Row {
      std::size_t octets;
      std::uint64_t hash;
    };
    for (unsigned i = 0; i < 16; ++i) data.push_back(static_cast<std::byte>(i));
    for (const Row& row : {Row{0, 0x726fdb47dd0e0e31}, Row{1, 0x74f839c593dc67fd}, Row{7, 0xab0200f58b01d137},
                           Row{8, 0x93f5f5799a932462}, Row{15, 0xa129ca6149be45e5}}) {
      CAPTURE(row.octets);
      CHECK(siphash24(key, Octets(data).first(row.octets)) == row.hash);
    }
  }
  TEST_CASE("RFC 9018 appendix A.1: a client without a server cookie learns one") {
    const Answer answer = answer_to("2464c4abcf10c957", ipv4, {secret}, 1559731985);
    CHECK(answer.verdict == CookieVerdict::client_only);
    CHECK(answer.cookie == "2464c4abcf10c957010000005cf79f111f8130c3eee29480");
  }
  TEST_CASE("appendix A.2: a good one older than half an hour is renewed") {
    const Answer answer =
        answer_to("2464c4abcf10c957010000005cf79f111f8130c3eee29480", ipv4, {secret}, 1559734385);
    CHECK(answer.verdict == CookieVerdict::good);
    CHECK(answer.cookie == "2464c4abcf10c957010000005cf7a871d4a564a1442aca77");
  }
  TEST_CASE("appendix A.3: reserved octets are part of the hash, and zero in a fresh one") {
    const std::string cookie = "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5";
    const Answer at_once = answer_to(cookie, "cb0071cb", {secret}, 1559727985);
    CHECK(at_once.verdict == CookieVerdict::good);
    CHECK(at_once.cookie.substr(16, 8) == "01000000");
    const Answer late = answer_to(cookie, "cb0071cb", {secret}, 1559734700);  // 1 h 51 min later
    CHECK(late.verdict == CookieVerdict::bad);
    CHECK(late.cookie == "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e");
  }
  TEST_CASE("appendix A.4: one made with the other secret is good, and replaced by one of the first") {
    const Answer answer = answer_to(
        "22681ab97d52c298010000005cf7c57926556bd0934c72f8", "20010db80220000159ded0f4876982b8",
        {secret_of("445536bcd2513298075a5d379663c962"), secret_of("dd3bdf9344b678b185a6f5cb60fca715")},
        1559741961);
    CHECK(answer.verdict == CookieVerdict::good);
    CHECK(answer.cookie == "22681ab97d52c298010000005cf7c609a6bb79d16625507a");
  }
  TEST_CASE("a good one is good from 5 minutes before its time to an hour after it, also when time wraps") {
    for (const std::uint32_t made : {1559731985u, 0xffff'ff00u, 5u}) {
      CAPTURE(made);
      const std::string cookie = answer_to("2464c4abcf10c957", ipv4, {secret}, made).cookie;
      struct Row {
        int later;
        CookieVerdict verdict;
        bool same;
      };
      for (const Row& row : {Row{-301, CookieVerdict::bad, false}, Row{-300, CookieVerdict::good, true},
                             Row{0, CookieVerdict::good, true}, Row{1800, CookieVerdict::good, true},
                             Row{1801, CookieVerdict::good, false}, Row{3600, CookieVerdict::good, false},
                             Row{3601, CookieVerdict::bad, false}}) {
        CAPTURE(row.later);
        const Answer answer = answer_to(cookie, ipv4, {secret}, made + static_cast<std::uint32_t>(row.later));
        CHECK(answer.verdict == row.verdict);
        CHECK((answer.cookie == cookie) == row.same);
      }
    }
  }
  TEST_CASE("one of another client, another address, another secret, version or size is bad") {
    const std::string cookie = answer_to("2464c4abcf10c957", ipv4, {secret}, 1000).cookie;
    const auto verdict_of = [](const std::string& option, const std::string& address,
                               const CookieSecret& with) {
      return answer_to(option, address, {with}, 1000).verdict;
    };
    CHECK(verdict_of(cookie, ipv4, secret) == CookieVerdict::good);
    CHECK(verdict_of(cookie, "c6336465", secret) == CookieVerdict::bad);
    CHECK(verdict_of(cookie, ipv4 + std::string(24, '0'), secret) == CookieVerdict::bad);
    CHECK(verdict_of(cookie, ipv4, CookieSecret{}) == CookieVerdict::bad);
    for (std::size_t octet = 0; octet < 24; ++octet) {
      std::string forged = cookie;
      forged[2 * octet] = forged[2 * octet] == '0' ? '1' : '0';
      CAPTURE(forged);
      CHECK(verdict_of(forged, ipv4, secret) == CookieVerdict::bad);
    }
    CHECK(verdict_of(cookie.substr(0, 32), ipv4, secret) == CookieVerdict::bad);
    CHECK(verdict_of(cookie + "00", ipv4, secret) == CookieVerdict::bad);
    CHECK(verdict_of(cookie + std::string(32, '0'), ipv4, secret) == CookieVerdict::bad);
  }
}
