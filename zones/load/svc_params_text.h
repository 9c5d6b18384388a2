#pragma once

#include <span>
#include <string>
#include <vector>

#include "zones/base/octets.h"
#include "zones/load/zone_scanner.h"

namespace doors {

/// Reads SvcParams (RFC 9460 §2.1 and Appendix A), `words` being all of them, and appends them sorted by key,
/// free of svc_params_problem(). keyNNNNN=octets is taken as it stands, whatever the key. Gives what is
/// wrong, or "".
[[nodiscard]] std::string read_svc_params(std::span<const Token> words, std::vector<std::byte>& out);

/// Writes SvcParams that svc_params_problem() has nothing against, known keys in their own form.
[[nodiscard]] std::string write_svc_params(Octets params);

}  // namespace doors
