#pragma once

#include <string>
#include <utility>

#include "zones/base/expected.h"

namespace doors::ctl {

/// How doorctl ends; what a script asks. A wrong command line or config is `refused`.
enum class ExitCode : int {
  done = 0,
  refused = 1,      ///< a file, a gate, a key or a server said no; nothing was changed
  partly = 2,       ///< accepted, but not every PoP serves it (yet)
  unreachable = 3,  ///< the server could not be asked
};

/// Why a command ended early: its exit code, and words for the operator as in Error.
struct Failure {
  ExitCode code = ExitCode::refused;
  std::string message;
};

template <class T>
using Outcome = Expected<T, Failure>;

inline Unexpected<Failure> refused(std::string message) {
  return Unexpected(Failure{ExitCode::refused, std::move(message)});
}
inline Unexpected<Failure> unreachable(std::string message) {
  return Unexpected(Failure{ExitCode::unreachable, std::move(message)});
}

}  // namespace doors::ctl
