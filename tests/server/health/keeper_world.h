#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/health/keeper.h"

namespace doors::test {

using namespace std::chrono_literals;

inline ProbeReport alive(Rcode rcode = Rcode::noerror, std::uint32_t serial = 7) {
  ProbeReport report;
  report.outcome = ProbeReport::Outcome::alive;
  report.rcode = rcode;
  report.serial = serial;
  report.took = 300us;
  report.words = to_string(rcode);
  return report;
}

inline ProbeReport silent() {
  ProbeReport report;
  report.outcome = ProbeReport::Outcome::silent;
  report.words = "no answer within 200ms";
  return report;
}

inline Keeper::Settings two_prefixes() {
  Keeper::Settings settings;
  settings.services = {"192.0.2.53:53", "[2001:db8::53]:53"};
  settings.prefixes = {{"192.0.2.0/24", "door4", {0}}, {"2001:db8::/48", "door6", {1}}};
  return settings;
}

/// A keeper whose shell does what it says and keeps what stands in the kernel.
struct World {
  explicit World(Keeper::Settings settings = two_prefixes(), KeeperMemory memory = {})
      : keeper(clock, std::move(settings), std::move(memory), {false, false}) {}

  KeeperActions feed(const KeeperEvent& event) {
    KeeperActions all = keeper.step(event);
    for (std::size_t i = 0; i < all.leases.size(); ++i) {
      const LeaseAction action = all.leases[i];
      const auto lease = std::pair(action.prefix, action.lane);
      if (action.verb == LeaseAction::Verb::drop) {
        std::erase(kernel, lease);
        continue;
      }
      if (std::ranges::find(kernel, lease) == kernel.end()) kernel.push_back(lease);
      if (action.lane == broken_lane) {
        std::erase(kernel, lease);
        const auto more = keeper.step(LeaseSet{action.prefix, action.lane, "no such interface"});
        all.leases.insert(all.leases.end(), more.leases.begin(), more.leases.end());
        continue;
      }
      ++renewals;
      // Never without the prefix announced in between: it must stand before the other goes.
      const auto more = keeper.step(LeaseSet{action.prefix, action.lane, ""});
      all.leases.insert(all.leases.end(), more.leases.begin(), more.leases.end());
      all.changes.insert(all.changes.end(), more.changes.begin(), more.changes.end());
    }
    return all;
  }
  /// `count` rounds of good UDP probes of both services, 250 ms apart.
  void live(int count) {
    for (int i = 0; i < count; ++i) {
      clock.advance(250ms);
      for (const std::size_t service : {0u, 1u}) feed(Probed{service, CheckKind::udp, alive()});
    }
  }
  /// doord at `rate` queries per second, told each 250 ms for `seconds`, with good probes beside it.
  void live_with_rate(double rate, double seconds) {
    for (double at = 0; at < seconds; at += 0.25) {
      live(1);
      queries += rate / 4;
      feed(DoordSaid{5ms, static_cast<std::uint64_t>(queries) + renewals,
                     static_cast<std::uint64_t>(queries) + renewals});
    }
  }
  bool has(std::size_t prefix, Lane lane) const {
    return std::ranges::find(kernel, std::pair(prefix, lane)) != kernel.end();
  }
  bool why_has(std::string_view text) const {
    const auto lines = keeper.why();
    return std::ranges::any_of(
        lines, [text](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  ManualClock clock;
  Keeper keeper;
  std::vector<std::pair<std::size_t, Lane>> kernel;
  Lane broken_lane = Lane::none;
  std::size_t renewals = 0;
  double queries = 0;
};

}  // namespace doors::test
