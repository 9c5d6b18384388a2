#include "sync/fleet/selector.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>

namespace doors {
namespace {

constexpr int hex = 16;

/// The whole of `digits` as a number.
std::optional<std::uint32_t> number_in(std::string_view digits, int base) noexcept {
  std::uint32_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

std::optional<std::uint32_t> percent_in(std::string_view part) noexcept {
  if (!part.ends_with('%')) return std::nullopt;
  const auto percent = number_in(part.substr(0, part.size() - 1), 10);
  return percent && *percent >= 1 && *percent <= 100 ? percent : std::nullopt;
}

/// What stands behind "group:" and the like; nothing if `part` does not begin so, or nothing does.
std::optional<std::string_view> behind(std::string_view part, std::string_view kind) noexcept {
  if (!part.starts_with(kind) || part.size() == kind.size()) return std::nullopt;
  return part.substr(kind.size());
}

bool has(const std::vector<std::string>& list, std::string_view wanted) noexcept {
  return std::ranges::any_of(list, [&](const std::string& one) { return one == wanted; });
}

bool part_selects(std::string_view part, const FleetNode& node) noexcept {
  if (part == "all") return true;
  if (const auto pop = behind(part, "pop:")) return *pop == node.pop;
  if (const auto group = behind(part, "group:")) return has(node.groups, *group);
  if (const auto label = behind(part, "label:")) return has(node.labels, *label);
  if (const auto percent = percent_in(part))
    return std::uint64_t{place_of(node.pop)} * 100 < (std::uint64_t{*percent} << 32);
  if (const auto upto = behind(part, "upto:")) {
    const auto place = number_in(*upto, hex);
    return place && place_of(node.pop) <= *place;
  }
  return false;
}

/// The next part of `rest`, which loses it.
std::string_view next_part(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find('+'), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

}  // namespace

bool selects(std::string_view selector, const FleetNode& node) noexcept {
  while (!selector.empty()) {
    if (part_selects(next_part(selector), node)) return true;
  }
  return false;
}

std::string wrong_in_selector(std::string_view selector) {
  if (selector.empty() || selector.ends_with('+')) return "a selector is empty";
  if (selector.find(' ') != std::string_view::npos) return "a selector has no blanks";
  while (!selector.empty()) {
    const std::string_view part = next_part(selector);
    const auto upto = behind(part, "upto:");
    const bool known = part == "all" || behind(part, "pop:") || behind(part, "group:") ||
                       behind(part, "label:") || percent_in(part) || (upto && number_in(*upto, hex));
    if (!known)
      return "\"" + std::string(part) + "\" is not all, pop:NAME, group:NAME, label:KEY=VALUE or 1% to 100%";
  }
  return {};
}

std::uint32_t place_of(std::string_view pop) noexcept {
  // FNV-1a, and its bits mixed once more, for names differ in their last octets.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char octet : pop) hash = (hash ^ static_cast<unsigned char>(octet)) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  return static_cast<std::uint32_t>((hash ^ (hash >> 33)) >> 16);
}

std::string made_exact(std::string_view selector, const std::vector<FleetNode>& nodes) {
  std::set<std::pair<std::uint32_t, std::string_view>> pops;
  for (const FleetNode& node : nodes) pops.emplace(place_of(node.pop), node.pop);
  std::string exact;
  while (!selector.empty()) {
    const std::string_view part = next_part(selector);
    if (!exact.empty()) exact += '+';
    const auto percent = percent_in(part);
    if (percent == 100) {
      exact += "all";
    } else if (percent && !pops.empty()) {
      const std::size_t count = (pops.size() * *percent + 99) / 100;
      const auto last = std::next(pops.begin(), static_cast<std::ptrdiff_t>(count) - 1);
      char text[16];
      std::snprintf(text, sizeof text, "upto:%08x", last->first);
      exact += text;
    } else {
      exact += part;
    }
  }
  return exact;
}

}  // namespace doors
