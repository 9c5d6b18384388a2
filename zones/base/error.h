#pragma once

#include <string>
#include <utility>

#include "zones/base/expected.h"

namespace doors {

/// Why a cold-path operation failed, in words for the operator: lower case, no full stop, naming the thing
/// ("cannot open /etc/doors/doord.toml: No such file or directory").
struct Error {
  std::string message;
};

template <class T>
using Result = Expected<T, Error>;

/// `return failure("cannot open " + path);`
inline Unexpected<Error> failure(std::string message) { return Unexpected(Error{std::move(message)}); }

/// A failure of a system call: "WHAT: strerror(error_number)". Any thread.
[[nodiscard]] Unexpected<Error> system_failure(const std::string& what, int error_number);

}  // namespace doors
