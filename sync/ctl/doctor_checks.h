#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/config.h"
#include "zones/base/ip_address.h"

namespace doors::ctl {

/// What one check of `doctor` found.
struct Finding {
  enum class Health : std::uint8_t { fine, warning, fault };
  Health health = Health::fine;
  std::string check;   ///< "bird", "prefix 192.0.2.0/24"
  std::string words;   ///< what is so
  std::string remedy;  ///< what to do about it; empty when fine
};
[[nodiscard]] std::string_view to_string(Finding::Health health) noexcept;

/// What doorkeeper.toml says that doctor looks after. Other keys are doorkeeper's business.
struct DoorFacts {
  struct Service {
    IpAddress address;
    std::optional<IpPrefix> prefix;  ///< none: only watched
  };
  std::vector<Service> services;
  std::string pop;
  std::vector<std::string> lanes;  ///< the interfaces of the leases, `up` first; empty: nothing is announced
  bool makes_interfaces = false;   ///< [lease] create
  bool has_bird = false, has_frr = false, has_exabgp = false, has_command = false;
  std::uint32_t exabgp_as = 0;
};
/// Errors: a wrong type, address or prefix.
[[nodiscard]] ConfigResult<DoorFacts> read_door_facts(Section root);

// Each check is pure: texts and facts in, findings out.

/// BIRD's config, its includes in place.
[[nodiscard]] std::vector<Finding> check_bird(std::string_view config, const DoorFacts& facts);
[[nodiscard]] std::vector<Finding> check_frr(std::string_view config, const DoorFacts& facts);
/// That no prefix is longer than the world takes.
[[nodiscard]] std::vector<Finding> check_prefixes(const DoorFacts& facts);
/// ROAs as validators write them: lines "AS64501,192.0.2.0/24,24,…"; other lines are passed over.
[[nodiscard]] std::vector<Finding> check_roas(std::string_view csv, const DoorFacts& facts,
                                              std::optional<std::uint32_t> origin_as);
/// One origin AS per PoP, from lines "POP AS"; '#' begins a comment.
[[nodiscard]] std::vector<Finding> check_origins(std::string_view list, const DoorFacts& facts,
                                                 std::optional<std::uint32_t> origin_as);

/// The AS that announces, by BIRD's `define ORIGIN_AS`, FRR's `router bgp`.
[[nodiscard]] std::optional<std::uint32_t> bird_origin_as(std::string_view config);
[[nodiscard]] std::optional<std::uint32_t> frr_origin_as(std::string_view config);

}  // namespace doors::ctl
