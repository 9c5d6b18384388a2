// RDATA of any type from the wire: what passes the check has its names found, can be written, and reads back.
// ldns, which knows some types alone, must bear whatever passed.
#include "zones/dns/rdata.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "zones/dns/rdata_check.h"
#include "zones/load/presentation.h"
#include "zones/load/rdata_text.h"

namespace {

using namespace doors;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Octets octets{reinterpret_cast<const std::byte*>(data), size};
  const RRType type{load_u16(octets.data())};
  const Octets rdata = octets.subspan(2);
  const auto names = rdata_names(type, rdata);
  (void)parse_soa(rdata);
  const std::string text = rdata_to_presentation(type, rdata);
  if (!valid_rdata(type, rdata)) return 0;
  require(names.has_value());
  const auto trusted = trusted_rdata_names(type, rdata);
  require(trusted.count == names->count);
  for (std::size_t i = 0; i < names->count; ++i) {
    require(trusted.at[i].offset == names->at[i].offset &&
            trusted.at[i].name.size() == names->at[i].name.size());
  }
  std::vector<std::byte> canonical(rdata.begin(), rdata.end());
  require(make_canonical_rdata(type, canonical) && valid_rdata(type, canonical));

  ZoneScanner scanner(text);
  LogicalLine line;
  std::vector<std::byte> back;
  require(scanner.next(line) ? line.problem.empty() : text.empty());
  require(parse_rdata(type, line.tokens, NameView(), back).has_value());
  require(std::ranges::equal(back, rdata));
  return 0;
}
