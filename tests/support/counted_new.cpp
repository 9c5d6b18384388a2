#include "tests/support/counted_new.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> allocations{0};

void* counted(std::size_t octets, std::size_t alignment = alignof(std::max_align_t)) noexcept {
  ++allocations;
  return std::aligned_alloc(alignment,
                            (octets + alignment - 1) / alignment * alignment + (octets == 0 ? alignment : 0));
}
void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// Not inline: the compiler would see free() meet a `new` of the library's and warn of the mismatch.
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

// Every form, so that none of the library's own meets ours.
void* operator new(std::size_t octets) { return or_throw(counted(octets)); }
void* operator new[](std::size_t octets) { return or_throw(counted(octets)); }
void* operator new(std::size_t octets, const std::nothrow_t&) noexcept { return counted(octets); }
void* operator new[](std::size_t octets, const std::nothrow_t&) noexcept { return counted(octets); }
void* operator new(std::size_t octets, std::align_val_t alignment) {
  return or_throw(counted(octets, static_cast<std::size_t>(alignment)));
}
void* operator new[](std::size_t octets, std::align_val_t alignment) {
  return or_throw(counted(octets, static_cast<std::size_t>(alignment)));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

std::size_t doors::allocation_count() noexcept { return allocations; }
