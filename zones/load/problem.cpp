#include "zones/load/problem.h"

#include <array>
#include <utility>

namespace doors {

namespace {

constexpr std::array<std::pair<Gate, std::string_view>, 8> gate_names{{
    {Gate::syntax, "syntax"},
    {Gate::zonemd, "zonemd"},
    {Gate::signatures, "signatures"},
    {Gate::expired, "expired"},
    {Gate::shrink, "shrink"},
    {Gate::growth, "growth"},
    {Gate::serial, "serial"},
    {Gate::rollout, "rollout"},
}};

}  // namespace

std::string_view to_string(Gate gate) noexcept {
  for (const auto& [known, name] : gate_names) {
    if (known == gate) return name;
  }
  return "unknown";
}

std::optional<Gate> parse_gate(std::string_view text) noexcept {
  for (const auto& [known, name] : gate_names) {
    if (name == text) return known;
  }
  return std::nullopt;
}

std::string Problem::to_string() const {
  std::string text;
  if (!file.empty()) text += file + (line != 0 ? ":" + std::to_string(line) : "") + ": ";
  if (!owner.empty()) text += owner + ": ";
  return text + message;
}

}  // namespace doors
