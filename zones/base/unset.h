#pragma once

/// Before a local of the hot path that is written before it is read: keeps -ftrivial-auto-var-init=zero,
/// which releases are built with, from writing kilobytes per query that nobody reads.
#if defined(__clang__)
#define DOORS_UNSET [[clang::uninitialized]]
#elif defined(__has_cpp_attribute) && __has_cpp_attribute(gnu::uninitialized)
#define DOORS_UNSET [[gnu::uninitialized]]
#else
#define DOORS_UNSET
#endif
