#include "zones/base/error.h"

#include <system_error>

namespace doors {

Unexpected<Error> system_failure(const std::string& what, int error_number) {
  return failure(what + ": " + std::generic_category().message(error_number));
}

}  // namespace doors
