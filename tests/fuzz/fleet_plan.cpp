// Any octets as the plan of a fleet. What parses must encode to a plan that says the same of every node.
#include <cstdint>
#include <cstdlib>

#include "sync/fleet/plan.h"

namespace {
void must(bool fine) {
  if (!fine) std::abort();
}
}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doors;
  const auto plan = FleetPlan::decode({reinterpret_cast<const std::byte*>(data), size});
  if (!plan) return 0;
  const auto octets = plan->encode();
  if (octets.empty()) return 0;  // names in their longest form are too many for a message
  const auto again = FleetPlan::decode(octets);
  must(again.has_value());
  const Name zone = *Name::parse("example.");
  for (const FleetNode& node :
       {FleetNode{"ams1", "n1", {"canary"}, {"region=eu"}}, FleetNode{"fra1", "n1", {}, {}}}) {
    for (std::uint32_t stage = 0; stage < 4; ++stage) {
      for (const bool back : {false, true}) {
        const PlannedVersion version{zone, 1, 3, stage, back};
        must(hold_of(*plan, node, version) == hold_of(*again, node, version));
      }
    }
    must(promoted_until(*plan, node) == promoted_until(*again, node));
  }
  return 0;
}
