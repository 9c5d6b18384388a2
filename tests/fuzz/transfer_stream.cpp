// Responses to AXFR and IXFR, message by message, as a worker reads them: whatever comes, it is refused or
// makes a zone of that origin.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "sync/xfr/zone_reader.h"
#include "zones/tsig/client.h"

namespace {

using namespace doors;

void must(bool fine, const char* why) {
  if (fine) return;
  std::fprintf(stderr, "wrong: %s\n", why);
  std::abort();
}

/// "e." with serial 1, an NS and an A record.
const Content& before() {
  static const Content content = [] {
    ContentBuilder builder(*Name::parse("e."));
    std::vector<std::byte> soa(22);
    soa[5] = std::byte{1};
    const Name name = *Name::parse("ns.e.");
    must(builder.add(builder.origin(), RRType::soa, Ttl(300), soa) &&
             builder.add(builder.origin(), RRType::ns, Ttl(300), name.wire()) &&
             builder.add(name, RRType::a, Ttl(300), std::vector<std::byte>(4)),
         "the content before");
    return *builder.finish();
  }();
  return content;
}

}  // namespace

/// The first octet says AXFR, IXFR or the SOA alone; then messages behind their lengths, as over TCP. Their
/// ID is 7.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const bool news = (data[0] & 1) != 0;
  const xfr::Limits limits{.records = 1000, .octets = 200'000};
  if ((data[0] & 2) != 0) {  // or the one answer to the question for the serial
    const Octets message(reinterpret_cast<const std::byte*>(data + 1), size - 1);
    if (const auto soa = xfr::read_soa_response(message, before().origin(), 7))
      must(message.size() >= 12 + 7 + 11 + 22, "a SOA from nothing");
    return 0;
  }
  xfr::ZoneReader reader =
      news ? xfr::ZoneReader(before(), 7, limits) : xfr::ZoneReader(before().origin(), 7, limits);
  Octets rest(reinterpret_cast<const std::byte*>(data + 1), size - 1);
  while (rest.size() >= 2) {
    const std::size_t length = std::min<std::size_t>(load_u16(rest.data()), rest.size() - 2);
    const Octets message = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    const auto tsig = find_tsig(message);
    must(!tsig || *tsig < message.size() || message.empty(), "a TSIG record outside its message");
    const auto last = reader.add(message);
    if (!last) return 0;
    if (!*last) continue;
    const auto content = reader.finish();
    if (!content || !*content) return 0;
    must((*content)->origin() == before().origin(), "another zone");
    must((*content)->find(before().origin(), RRType::ns).has_value(), "no NS at the apex");
    const Octets stream = (*content)->stream();
    must(Content::parse({stream.begin(), stream.end()}).has_value(), "no content");
    return 0;
  }
  return 0;
}
