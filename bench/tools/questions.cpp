#include <string>

#include "bench/tools/random.h"
#include "bench/tools/zone.h"

namespace doors::bench {
namespace {

/// A label that no zone here has: labels of zones have a hyphen.
std::string stranger(Draw& draw) { return word(draw.next(), 5); }

std::string of_names(const std::string& mix, std::uint64_t count, Draw& draw) {
  const std::string there = label(draw.below(count)) + ".example.";
  if (mix == "positive") return there + (draw.below(2) == 0 ? " A" : " AAAA");
  if (mix == "nxdomain") return stranger(draw) + ".example. A";
  if (mix != "random") return {};
  switch (draw.below(10)) {
    case 0:
      return there + " TXT";
    case 1:
      return there + " MX";
    case 2:
      return stranger(draw) + '.' + there + " A";
    case 3:
    case 4:
      return stranger(draw) + ".example. AAAA";
    case 5:
      return "example. SOA";
    default:
      return there + (draw.below(2) == 0 ? " A" : " AAAA");
  }
}

std::string of_delegations(const std::string& mix, std::uint64_t count, Draw& draw) {
  const std::string below = label(draw.below(count)) + ".tld.";
  if (mix == "referral") return "www." + below + " A";
  if (mix == "nxdomain") return stranger(draw) + ".tld. A";
  if (mix != "random") return {};
  switch (draw.below(10)) {
    case 0:
      return below + " NS";
    case 1:
      return below + " DS";
    case 2:
      return "tld. SOA";
    case 3:
    case 4:
    case 5:
      return "www." + stranger(draw) + ".tld. A";
    default:
      return "www." + below + (draw.below(2) == 0 ? " A" : " AAAA");
  }
}

std::string of_zones(const std::string& mix, std::uint64_t count, Draw& draw) {
  const std::string origin = small_origin(draw.below(count));
  if (mix == "positive") return "www." + origin + " A";
  if (mix == "nxdomain") return stranger(draw) + '.' + origin + " A";
  if (mix != "random") return {};
  switch (draw.below(10)) {
    case 0:
      return origin + " MX";
    case 1:
      return origin + " SOA";
    case 2:
      return origin + " NS";
    case 3:
      return "www." + origin + " AAAA";
    case 4:
    case 5:
      return stranger(draw) + '.' + origin + " A";
    case 6:
      return origin + " A";
    default:
      return "www." + origin + " A";
  }
}

}  // namespace

bool write_questions(const ZonePlan& plan, const std::string& mix, std::uint64_t count, std::FILE* out) {
  Draw draw(1);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string line = plan.shape == Shape::names         ? of_names(mix, plan.count, draw)
                             : plan.shape == Shape::delegations ? of_delegations(mix, plan.count, draw)
                                                                : of_zones(mix, plan.count, draw);
    if (line.empty()) return false;
    std::fprintf(out, "%s\n", line.c_str());
  }
  return true;
}

}  // namespace doors::bench
