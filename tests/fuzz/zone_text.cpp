// Zone text of a stranger: it loads or says why not, in small parts as in one go; what loads can be written
// and loads again as the same zone, and the checks bear it.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "zones/load/dnssec_check.h"
#include "zones/load/presentation.h"
#include "zones/load/zone_file.h"

namespace {

using namespace doors;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Everything that a load says, and the content.
std::string told(const Expected<LoadedZone, std::vector<Problem>>& zone) {
  std::string all;
  for (const Problem& problem : zone ? zone->warnings : zone.error()) all += problem.to_string() + "\n";
  if (zone) all += text_of(zone->content.stream());
  return all;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ZoneFileOptions options;
  options.allow_include = false;
  options.max_generated = 300;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  options.part_octets = 0;
  auto zone = load_zone_text(text, "example.zone", options);
  for (const std::size_t octets : {1u, 40u}) {
    options.part_octets = octets;
    require(told(load_zone_text(text, "example.zone", options)) == told(zone));
  }
  if (!zone) {
    require(!zone.error().empty());
    for (const Problem& problem : zone.error()) require(!problem.to_string().empty());
    return 0;
  }
  (void)check_dnssec(zone->content, WallTime(std::chrono::seconds(1'795'000'000)));
  std::string written;
  for (std::size_t i = 0; i < zone->content.rrset_count(); ++i) {
    const RRsetView rrset = zone->content.rrset(i);
    for (const Octets rdata : rrset.rdatas) {
      written += to_presentation(rrset.owner, rrset.type, rrset.ttl, rdata) + "\n";
    }
  }
  options.origin = Name(zone->content.origin());
  const auto again = load_zone_text(written, "written.zone", options);
  require(again && std::ranges::equal(again->content.stream(), zone->content.stream()));
  return 0;
}
