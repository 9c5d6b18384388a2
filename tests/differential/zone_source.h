#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/differential/question.h"

namespace doors::test {

/// The text of one zone; its $ORIGIN says which.
struct ZoneSource {
  std::string file;  ///< for messages
  std::string text;
};

/// The zones of zones/, each a table of corners of one concept, and one of large RRsets. They are served
/// together, since they delegate and point to one another.
std::vector<ZoneSource> corner_zones();

/// The zones of zones/tree/: a root with data of its own, and zones at several depths below it, some with a
/// zone missing between.
std::vector<ZoneSource> tree_zones();

/// A small world of one to five zones below `w<number>.`: a zone, perhaps children and a grandchild of it,
/// delegated or not, with a few records at names of a few labels, so that wildcards, empty non-terminals,
/// aliases, redirections and delegations fall upon each other. All of it can be served: no CNAME beside other
/// data, nothing below a DNAME, no NS or DNAME at a wildcard.
std::vector<ZoneSource> random_world(std::size_t number, Random& random);

}  // namespace doors::test
