#pragma once

#include <span>
#include <string_view>

#include "server/answer/snapshot.h"
#include "tests/differential/view.h"

namespace doors::test {

/// One peer's answer that is not ours.
struct Case {
  const Question& question;
  const Snapshot& snapshot;  ///< what all of us answer from
  const Origins& origins;    ///< of its zones
  std::string_view peer;
  const Reply& ours;
  const Reply& whole;  ///< ours over TCP
  const Reply& theirs;
  View our_view, their_view;
  Difference difference;
  bool backed;  ///< another peer says what we say
};

/// A kind of difference that is known, with the RFC section that makes our answer right. The condition is as
/// narrow as it can be: what falls under none of them fails the test. README.md has the same table for
/// people.
struct Explained {
  const char* id;
  bool (*applies)(const Case&);
};
std::span<const Explained> explained();

/// Whether what NSD answers may be about another zone of the test, since it keeps the names of all in one
/// tree: then it agrees with others by accident.
bool is_about_another_zone(const Case& found);

}  // namespace doors::test
