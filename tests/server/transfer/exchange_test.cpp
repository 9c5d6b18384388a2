#include "server/transfer/exchange.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/message/header.h"
#include "server/message/query_view.h"
#include "server/transfer/notify_box.h"
#include "server/transfer/rate_budget.h"
#include "tests/server/transfer/ixfr_question.h"
#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "zones/base/text_encoding.h"
#include "zones/tsig/verify.h"

using namespace doors;

namespace {

constexpr std::uint64_t now = 1'700'000'000;  // ManualClock's first wall time

const TsigKey& the_key() {
  static const TsigKey key{
      *Name::parse("k.example."), TsigAlgorithm::hmac_sha256, {std::byte{1}, std::byte{2}}, 0};
  return key;
}

std::shared_ptr<const Snapshot> snapshot() {
  static const auto made = [] {
    std::string text =
        "@ 300 IN SOA ns host 7 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\n"
        "www 300 IN A 192.0.2.2\n";
    for (int i = 0; i < 3; ++i)
      text += "large 300 IN TXT \"" + std::to_string(i) + std::string(140, 'x') + "\"\n";
    for (const char* host : {"a", "b", "c", "d", "e", "f", "g"}) {
      text += std::string("many 300 IN MX 1 ") + host + "\n" + host + " 300 IN A 192.0.2.9\n" + host +
              " 300 IN AAAA 2001:db8::9\n";
    }
    Snapshot served = zone_of("example.", text);
    Access access;
    access.keys = TsigKeys({the_key()});
    AccessRule by_key{
        .zones = {*Name::parse("example.")}, .every_zone = false, .sources = {}, .keys = {the_key().name}};
    AccessRule by_address{
        .zones = {}, .every_zone = true, .sources = {*IpPrefix::parse("192.0.2.0/24")}, .keys = {}};
    access.transfers = {by_key, by_address};
    access.notifies = {by_key, by_address};
    served.access = std::make_shared<const Access>(access);
    served.zones =
        std::make_shared<ZoneSet>(served.zones->images(), std::vector<Name>{*Name::parse("withheld.test.")});
    return std::make_shared<const Snapshot>(served);
  }();
  return made;
}

/// Signs a request as a client does.
void sign(AskedMessage& asked, const TsigKey& key, std::uint64_t time = now,
          std::optional<Name> algorithm = std::nullopt) {
  TsigRecord record;
  record.key = key.name;
  record.algorithm = algorithm ? *algorithm : name_of(key.algorithm);
  record.time_signed = time;
  record.fudge = 300;
  record.original_id = load_u16(asked.octets.data());
  Hmac hmac(key);
  hmac.add(asked.octets);
  add_tsig_variables(hmac, record);
  const Mac mac = hmac.finish();
  record.mac = mac.view();
  const std::size_t at = asked.octets.size();
  asked.octets.resize(at + record.octets());
  record.write(&asked.octets[at]);
  store_u16(&asked.octets[10], static_cast<std::uint16_t>(load_u16(&asked.octets[10]) + 1));
}

struct Answer {
  std::vector<std::byte> octets;
  bool more = false;
  Reply reply;
  std::optional<TsigRecord> tsig;  // borrows octets
};

/// Puts it through respond_batch() and the exchange.
Answer exchanged(const AskedMessage& asked, Counters* counters = nullptr) {
  static ManualClock clock;
  static Counters own;
  Exchange exchange(clock, counters != nullptr ? *counters : own,
                    [](const std::function<void()>& work) { work(); });
  Answer answer;
  answer.octets.resize(65535);
  BatchItem item{asked.octets, asked.client, answer.octets};
  const auto served = snapshot();
  respond_batch({&item, 1}, *served, Now::of(clock.wall()));
  REQUIRE(item.depends_on_asker);
  const auto stream = exchange.complete(item, served);
  answer.more = stream != nullptr;
  answer.octets.resize(item.size);
  CHECK(item.size <= asked.limit);
  const auto reply = read_reply(answer.octets);
  REQUIRE_MESSAGE(reply, reply.error());
  answer.reply = *reply;
  CHECK(raw(item.rcode) == answer.reply.rcode());
  if (!answer.reply.additional.empty() && answer.reply.additional.back().type == raw(RRType::tsig)) {
    for (std::size_t at = answer.octets.size(); at-- > header_octets && !answer.tsig;) {
      auto record = TsigRecord::read(answer.octets, at);
      if (record) answer.tsig = record;
    }
  }
  return answer;
}

/// "NOERROR aa", "NOTAUTH BADSIG", "… signed" if there is a MAC, "… more" if messages follow, and the
/// answer's types.
std::string told(const Answer& answer) {
  std::string text = to_string(Rcode(answer.reply.rcode()));
  if (answer.reply.has(header_bit::aa)) text += " aa";
  if (answer.reply.has(header_bit::tc)) text += " tc";
  if (answer.tsig) {
    const auto error = static_cast<Rcode>(answer.tsig->error);
    if (error == Rcode::badsig)
      text += " BADSIG";
    else if (error != Rcode::noerror)
      text += " " + to_string(error);
    if (!answer.tsig->mac.empty()) text += " signed";
  }
  for (const Record& record : answer.reply.answer) text += " " + to_string(RRType(record.type));
  return answer.more ? text + " more" : text;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string exchange(std::string_view question, const TsigKey* key = nullptr,
                     std::optional<std::uint32_t> serial = std::nullopt,
                     const char* source = "198.51.100.1") {
  AskedMessage asked = message(question, serial);
  const IpAddress address = *IpAddress::parse(source);
  std::copy(address.octets().begin(), address.octets().end(), asked.client.address.begin());
  if (key != nullptr) sign(asked, *key);
  return told(exchanged(asked));
}

AskedMessage signed_by_us(std::string_view question) {
  AskedMessage asked = message(question);
  sign(asked, the_key());
  return asked;
}

const std::string whole_zone =
    " SOA NS" + repeated(" A AAAA", 7) + repeated(" TXT", 3) + repeated(" MX", 7) + " A A SOA more";
constexpr const char* friend_address = "192.0.2.77";

}  // namespace

TEST_SUITE("transfer: signed queries (RFC 8945 §5)") {
  TEST_CASE("a signed query is answered as a plain one, and signed") {
    CHECK(exchange("www.example. A", &the_key()) == "NOERROR aa signed A");
    CHECK(exchange("www.example. A +edns +do +nsid", &the_key()) == "NOERROR aa signed A");
    CHECK(exchange("no.example. A +tcp", &the_key()) == "NXDOMAIN aa signed");
    CHECK(exchange("id.server. TXT +class=CH", &the_key()).ends_with(" signed TXT"));
    CHECK(exchange("www.example. A +opcode=5", &the_key()) == "NOTIMP signed");
    CHECK(exchange("www.example. A +version=1", &the_key()) == "BADVERS signed");
  }
  TEST_CASE("OPT and NSID stand in it before the signature") {
    AskedMessage asked = message("www.example. A +nsid");
    sign(asked, the_key());
    const Answer answer = exchanged(asked);
    CHECK(answer.reply.has_opt);
    CHECK(answer.reply.option(3));
  }
  TEST_CASE("a stranger's key is BADKEY and a wrong MAC BADSIG, both unsigned") {
    TsigKey other = the_key();
    other.secret.push_back(std::byte{3});
    CHECK(exchange("www.example. A", &other) == "NOTAUTH BADSIG");
    other = the_key();
    other.algorithm = TsigAlgorithm::hmac_sha1;
    CHECK(exchange("www.example. A +edns", &other) == "NOTAUTH BADKEY");
    CHECK(exchange("example. AXFR +tcp", &other) == "NOTAUTH BADKEY");
    CHECK(exchange("www.example. A +version=1", &other) == "NOTAUTH BADKEY");
    CHECK(exchange("example. SOA +opcode=4", &other) == "NOTAUTH BADKEY");
  }
  TEST_CASE("a clock too far off is BADTIME, signed, with our time") {
    AskedMessage asked = message("www.example. A");
    sign(asked, the_key(), now - 301);
    const Answer answer = exchanged(asked);
    CHECK(told(answer) == "NOTAUTH BADTIME signed");
    REQUIRE(answer.tsig);
    CHECK(answer.tsig->time_signed == now - 301);
    CHECK(to_hex(answer.tsig->other) == "00006553f100");
  }
  TEST_CASE("a record that is none is a format error without TSIG") {
    AskedMessage asked = message("www.example. A");
    sign(asked, the_key());
    asked.octets.push_back(std::byte{0});  // behind the signature: covered by nothing
    const Answer answer = exchanged(asked);
    CHECK(told(answer) == "FORMERR");
    CHECK(answer.reply.additional.empty());
  }
  TEST_CASE("where the signature does not fit, question and signature are left, with TC") {
    CHECK(exchange("large.example. TXT", &the_key()) == "NOERROR tc signed");
    CHECK(exchange("large.example. TXT +edns", &the_key()) == "NOERROR aa signed TXT TXT TXT");
    AskedMessage asked = message("large.example. TXT +size=540");
    sign(asked, the_key());
    const Answer answer = exchanged(asked);
    CHECK(told(answer) == "NOERROR tc signed");
    CHECK(answer.reply.has_opt);
    CHECK(answer.reply.questions == 1);
    CHECK(answer.reply.answer.empty());
  }
  TEST_CASE("what is optional goes before that: addresses beside an MX") {
    AskedMessage asked = message("many.example. MX");
    CHECK(reply_to(*snapshot(), "many.example. MX").additional.size() == 15);
    sign(asked, the_key());
    const Answer answer = exchanged(asked);
    CHECK(told(answer) == "NOERROR aa signed" + repeated(" MX", 7));
    CHECK(answer.reply.additional.size() > 1);  // some, and the signature
    CHECK(answer.reply.additional.size() < 16);
  }
  TEST_CASE(
      "for names as long as they get, question and records go; and the signature, if it alone is too much") {
    TsigKey other = the_key();
    std::string name;
    for (int i = 0; i < 4; ++i) name += std::string(61, 'a') + ".";
    other.name = *Name::parse(name);
    AskedMessage asked = message(name + " A");
    sign(asked, other);
    CHECK(told(exchanged(asked)) == "NOTAUTH BADKEY");
    asked = message(name + " A");
    sign(asked, other, now, other.name);
    const Answer answer = exchanged(asked);
    CHECK(told(answer) == "NOTAUTH tc");
    CHECK(answer.octets.size() == header_octets);
    asked = message(name + " A +tcp");
    sign(asked, other, now, other.name);
    CHECK(told(exchanged(asked)) == "NOTAUTH BADKEY");
  }
}

TEST_SUITE("transfer: AXFR and IXFR (RFC 5936, RFC 1995)") {
  TEST_CASE("who is allowed gets the zone, over TCP") {
    CHECK(exchange("example. AXFR +tcp", &the_key()) == "NOERROR aa signed" + whole_zone);
    CHECK(exchange("example. AXFR +tcp +edns", nullptr, std::nullopt, friend_address) ==
          "NOERROR aa" + whole_zone);
  }
  TEST_CASE("who is not is refused; what is no zone here is NOTAUTH") {
    CHECK(exchange("example. AXFR +tcp") == "REFUSED");
    CHECK(exchange("example. IXFR +tcp", nullptr, 1) == "REFUSED");
    CHECK(exchange("www.example. AXFR +tcp", &the_key()) == "NOTAUTH signed");
    CHECK(exchange("test. AXFR +tcp", nullptr, std::nullopt, friend_address) == "NOTAUTH");
    CHECK(exchange("withheld.test. AXFR +tcp", nullptr, std::nullopt, friend_address) == "SERVFAIL");
    CHECK(exchange("example. AXFR", &the_key()) == "NOTIMP signed");
  }
  TEST_CASE("IXFR gives the SOA alone to who is up to date, and to all over UDP; else the zone") {
    CHECK(exchange("example. IXFR +tcp", &the_key(), 7) == "NOERROR aa signed SOA");
    CHECK(exchange("example. IXFR +tcp", &the_key(), 8) == "NOERROR aa signed SOA");
    CHECK(exchange("example. IXFR +tcp", &the_key(), 6) == "NOERROR aa signed" + whole_zone);
    CHECK(exchange("example. IXFR", &the_key(), 6) == "NOERROR aa signed SOA");
    CHECK(exchange("example. IXFR +tcp", &the_key()) == "FORMERR signed");
    CHECK(exchange("example. IXFR +tcp") == "FORMERR");
  }
  TEST_CASE("the zone's options come in the first message, of those who asked for them") {
    for (const auto& [question, serial] :
         {std::pair("example. AXFR +tcp", 0), std::pair("example. IXFR +tcp", 1),
          std::pair("example. IXFR +tcp", 7), std::pair("example. IXFR", 1)}) {
      CAPTURE(question);
      CAPTURE(serial);
      AskedMessage asked = message(std::string(question) + " +opt=9 +opt=19 +nsid");
      if (serial != 0) asked = message(std::string(question) + " +opt=9 +opt=19 +nsid", serial);
      sign(asked, the_key());
      const Reply reply = exchanged(asked).reply;
      CHECK(to_hex(octets_of(reply.option(9).value_or(""))) == "00015180");
      CHECK(to_hex(octets_of(reply.option(19).value_or(""))) == "010000000007");
      CHECK(reply.option(3) == "test.nsid");
    }
    CHECK_FALSE(exchanged(signed_by_us("example. AXFR +tcp +nsid")).reply.option(9));
    CHECK_FALSE(exchanged(signed_by_us("www.example. AXFR +tcp +opt=9")).reply.option(9));
  }
  TEST_CASE("no more of them at once than allowed; one that ends makes room for the next") {
    ManualClock clock;
    Counters counters;
    std::vector<std::function<void()>> later;
    Exchange exchange(clock, counters, [&](std::function<void()> work) { later.push_back(std::move(work)); });
    const auto ask_for_zone = [&] {
      const AskedMessage asked = signed_by_us("example. AXFR +tcp");
      std::vector<std::byte> out(65535);
      BatchItem item{asked.octets, asked.client, out};
      respond_batch({&item, 1}, *snapshot(), Now::of(clock.wall()));
      auto stream = exchange.complete(item, snapshot());
      CHECK((item.rcode == Rcode::noerror) == (stream != nullptr));
      if (stream == nullptr) CHECK(item.rcode == Rcode::servfail);
      return stream;
    };
    auto first = ask_for_zone();
    REQUIRE(first);
    CHECK_FALSE(ask_for_zone());
    CHECK(counters.read()[Counter::transfers_refused] == 1);
    exchange.end(std::move(first));
    CHECK(later.size() == 1);
    CHECK(ask_for_zone());
  }
}

TEST_SUITE("transfer: NOTIFY (RFC 1996)") {
  TEST_CASE("from who may, it is answered with authority; from strangers refused") {
    CHECK(exchange("example. SOA +opcode=4", &the_key()) == "NOERROR aa signed");
    CHECK(exchange("example. SOA +opcode=4 +tcp", nullptr, std::nullopt, friend_address) == "NOERROR aa");
    CHECK(exchange("example. SOA +opcode=4") == "REFUSED");
    CHECK(exchange("test. SOA +opcode=4", nullptr, std::nullopt, friend_address) == "NOTAUTH");
    CHECK(exchange("example. A +opcode=4", &the_key()) == "FORMERR signed");
  }
  TEST_CASE("what may be is told on: of zones here, of withheld ones, and of those that a rule names") {
    Snapshot served = *snapshot();
    std::vector<Name> told;
    const auto box = std::make_shared<NotifyBox>([] {});
    served.notify_box = box;
    Access access = *served.access;
    access.notifies.push_back({.zones = {*Name::parse("expected.test.")},
                               .every_zone = false,
                               .sources = {*IpPrefix::parse("192.0.2.0/24")},
                               .keys = {}});
    served.access = std::make_shared<const Access>(access);
    const auto shared = std::make_shared<const Snapshot>(served);
    ManualClock clock;
    Counters counters;
    Exchange exchange(clock, counters, [](const std::function<void()>& work) { work(); });
    const auto rcode_of = [&](std::string_view question, const char* source = friend_address) {
      AskedMessage asked = message(question);
      const IpAddress address = *IpAddress::parse(source);
      std::copy(address.octets().begin(), address.octets().end(), asked.client.address.begin());
      std::vector<std::byte> out(65535);
      BatchItem item{asked.octets, asked.client, out};
      respond_batch({&item, 1}, *shared, Now::of(clock.wall()));
      REQUIRE_FALSE(exchange.complete(item, shared));
      return to_string(item.rcode);
    };
    for (const char* zone : {"example.", "EXAMPLE.", "withheld.test.", "expected.test."})
      CHECK(rcode_of(std::string(zone) + " SOA +opcode=4 +keep_case") == "NOERROR");
    CHECK(rcode_of("test. SOA +opcode=4") == "NOTAUTH");
    CHECK(rcode_of("example. SOA +opcode=4", "198.51.100.1") == "REFUSED");
    box->wait([&](const std::vector<Name>& zones) {
      told = zones;
      return true;
    });
    CHECK(told == std::vector{*Name::parse("example."), *Name::parse("expected.test."),
                              *Name::parse("withheld.test.")});
    for (std::size_t i = 0; i < NotifyBox::most_zones; ++i)
      REQUIRE(box->put(*Name::parse(std::to_string(i) + ".")));
    CHECK(rcode_of("example. SOA +opcode=4") == "SERVFAIL");  // so that it is said again
  }
  TEST_CASE("lines about it are bounded, and those left out are numbered") {
    RateBudget budget(10);
    Monotonic time{};
    for (unsigned i = 0; i < 10; ++i) CHECK(budget.take(time) == 0);
    CHECK_FALSE(budget.take(time));
    time += std::chrono::milliseconds(999);
    CHECK_FALSE(budget.take(time));
    time += std::chrono::milliseconds(1);
    CHECK(budget.take(time) == 2);
    CHECK(budget.take(time) == 0);
  }
  TEST_CASE("it is counted") {
    Counters counters;
    AskedMessage asked = message("example. SOA +opcode=4");
    CHECK(told(exchanged(asked, &counters)) == "REFUSED");
    sign(asked, the_key());
    CHECK(told(exchanged(asked, &counters)) == "NOERROR aa signed");
    const CounterValues values = counters.read();
    CHECK(values[Counter::notifies] == 1);
    CHECK(values[Counter::notifies_refused] == 1);
    CHECK(values[Counter::tsig_verified] == 1);
  }
}
