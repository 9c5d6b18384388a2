#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace doors {

/// A node as rollouts and pins name it.
struct FleetNode {
  std::string pop;
  std::string node;
  std::vector<std::string> groups;  ///< [node] groups
  std::vector<std::string> labels;  ///< [node] labels: "KEY=VALUE"
};

/// Whether a selector means that node. A selector has one or more parts, joined by "+", of which one is to
/// fit:
///
///     all                every node
///     pop:NAME           the nodes of a PoP
///     group:NAME         those of a group
///     label:KEY=VALUE    those with that label
///     25%                a quarter of the PoPs, the same each time, all nodes of a PoP or none
///     upto:1a2b3c4d      the PoPs whose place (place_of) is no higher: what a share comes to in a given
///     fleet
///
/// What cannot be read means nobody. Any thread.
[[nodiscard]] bool selects(std::string_view selector, const FleetNode& node) noexcept;
/// What is wrong with a selector; empty: nothing.
[[nodiscard]] std::string wrong_in_selector(std::string_view selector);

/// Where a PoP stands in the order in which shares take PoPs: by chance, and for ever.
[[nodiscard]] std::uint32_t place_of(std::string_view pop) noexcept;
/// The selector with shares made exact for these nodes: "25%" of six PoPs are two. A share takes one PoP at
/// least, if there is one.
[[nodiscard]] std::string made_exact(std::string_view selector, const std::vector<FleetNode>& nodes);

}  // namespace doors
