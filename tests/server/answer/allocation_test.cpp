// Counts every operator new of this program: respond() must use none.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

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

using namespace doors;

TEST_SUITE("answer: allocations") {
  TEST_CASE("respond() makes none, whatever it is asked") {
    std::size_t asked_count = 0, allocated = 0;
    for (const char* file : {"plain", "nsec", "nsec3", "optout"}) {
      const std::string path = std::string(DOORS_TEST_SOURCE_DIR "/data/answers/") + file + ".zone";
      const auto zone = snapshot_of({image_of_file("example.", path)});
      std::vector<std::byte> out(65535);
      for (const char* name : {"example.",           "www.example.",      "no.example.",
                               "x.y.no.example.",    "alias.example.",    "dangling.example.",
                               "into.example.",      "x.wild.example.",   "wild.example.",
                               "ent.example.",       "x.ent.example.",    "sub.example.",
                               "x.sub.example.",     "x.secure.example.", "hollow.example.",
                               "no.hollow.example.", "x.dn.example.",     "a.b.c.d.e.f.g.dn.example.",
                               "x.alias.example.",   "other.test.",       "id.server."}) {
        for (const char* type : {"A", "AAAA", "NS", "SOA", "MX", "TXT", "DS", "ANY", "RRSIG", "NSEC",
                                 "DNSKEY", "CNAME", "AXFR", "TYPE0", "NSEC3PARAM"}) {
          for (const char* options : {"", " +edns", " +do", " +do +tcp", " +nsid +size=512",
                                      " +class=CH +nsid", " +version=1", " +opcode=4"}) {
            const AskedMessage asked = message_of(std::string(name) + " " + type + options);
            const std::size_t before = allocations;
            (void)respond(asked.octets, zone, asked.client, {}, out);
            allocated += allocations - before;
            ++asked_count;
          }
        }
      }
    }
    CHECK(asked_count > 10'000);
    CHECK(allocated == 0);
    CHECK(allocations > 0);  // the counter counts
  }
}
