#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "zones/base/clock.h"
#include "zones/content/content.h"

namespace doors::xfr {

/// What a finding of a gate comes to.
enum class GateMode : std::uint8_t { off, warn, refuse };

/// What a zone from a primary has to pass before it is published, besides being a zone at all. A secondary
/// serves what its primary has, good or bad, unless the operator wants otherwise: warnings are all.
/// Signatures cost 30 µs and more each, with every transfer: they are off.
struct Gates {
  GateMode syntax = GateMode::warn;     ///< it can be served as it was meant (zones/load/zone_check.h)
  GateMode zonemd = GateMode::warn;     ///< the digest in it, if there is one, is its own (RFC 8976)
  GateMode signatures = GateMode::off;  ///< it is signed throughout, if it is signed
  GateMode expired = GateMode::off;     ///< and now
  friend bool operator==(const Gates&, const Gates&) noexcept = default;
};

/// What the gates say: a few lines, the first errors first.
struct GateVerdict {
  std::string refusal;  ///< empty: none
  std::vector<std::string> warnings;
};
[[nodiscard]] GateVerdict judge(const Content& content, const Gates& gates, WallTime now);

}  // namespace doors::xfr
