#pragma once

#include <cstddef>

namespace doors {

/// How often a program that is linked with this has called operator new.
std::size_t allocation_count() noexcept;

}  // namespace doors
