#pragma once

#include <string>
#include <vector>

#include "tests/support/reply.h"

namespace doors {

/// What is wrong with the records of a response, whatever the zones say; "" if nothing. It knows the RFCs and
/// the octets, and nothing of how the response was made: which names and types may stand in which section, in
/// which order, with which signatures.
///   origins  of the zones served, wire form, lower case: no owner name is outside them
std::string judge_records(const Reply& reply, const std::vector<std::string>& origins);

/// ASCII letters in lower case.
std::string lowered(std::string text);

}  // namespace doors
