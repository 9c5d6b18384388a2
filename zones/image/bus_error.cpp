#include "zones/image/bus_error.h"

#include <array>
#include <atomic>
#include <csignal>
#include <mutex>

#include <sys/mman.h>
#include <unistd.h>

namespace doors {

namespace {

/// One known mapping. A reader in the signal handler sees `octets` last set and first cleared; what it reads
/// from is mapped as long as it reads.
struct Range {
  std::atomic<const std::byte*> start{nullptr};
  std::atomic<std::size_t> octets{0};  // 0: free
  std::atomic<void*> owner{nullptr};
  std::atomic<BusErrorGuard::Lost> lost{nullptr};
};

constexpr std::size_t page_octets = 4096;  // a part of any system's page, or all of it
constexpr std::size_t max_ranges = 65536;
constexpr std::size_t unknown = max_ranges;
std::array<Range, max_ranges> ranges;
std::atomic<std::size_t> ranges_used{0};  // those behind were never used
std::mutex ranges_mutex;                  // for changes
std::atomic<std::uint64_t> errors{0};

static_assert(std::atomic<std::size_t>::is_always_lock_free && std::atomic<void*>::is_always_lock_free);

/// Async-signal-safe: atomics and one system call.
void on_bus_error(int signal, siginfo_t* info, void* /*context*/) {
  const auto* at = static_cast<const std::byte*>(info->si_addr);
  const std::size_t used = ranges_used.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < used; ++i) {
    Range& range = ranges[i];
    const std::size_t octets = range.octets.load(std::memory_order_acquire);
    const std::byte* start = range.start.load(std::memory_order_relaxed);
    if (octets == 0 || at < start || at >= start + octets) continue;
    const std::size_t offset = static_cast<std::size_t>(at - start) / page_octets * page_octets;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the mapping is ours
    void* page = const_cast<std::byte*>(start) + offset;
    if (::mmap(page, page_octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
        MAP_FAILED) {
      break;
    }
    errors.fetch_add(1, std::memory_order_relaxed);
    range.lost.load(std::memory_order_relaxed)(range.owner.load(std::memory_order_relaxed), offset);
    return;
  }
  ::signal(signal, SIG_DFL);  // not ours: the read is tried again, and ends the process
}

}  // namespace

void survive_bus_errors() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  (void)::sigaction(SIGBUS, &action, nullptr);
}

std::uint64_t bus_errors() noexcept { return errors.load(std::memory_order_relaxed); }

BusErrorGuard::BusErrorGuard(const std::byte* start, std::size_t octets, void* owner, Lost lost) noexcept
    : place_(unknown) {
  const std::lock_guard lock(ranges_mutex);
  const std::size_t used = ranges_used.load(std::memory_order_relaxed);
  std::size_t place = 0;
  while (place < used && ranges[place].octets.load(std::memory_order_relaxed) != 0) ++place;
  if (place == max_ranges) return;
  place_ = place;
  Range& range = ranges[place];
  range.start.store(start, std::memory_order_relaxed);
  range.owner.store(owner, std::memory_order_relaxed);
  range.lost.store(lost, std::memory_order_relaxed);
  range.octets.store(octets, std::memory_order_release);
  if (place == used) ranges_used.store(used + 1, std::memory_order_release);
}

BusErrorGuard::~BusErrorGuard() {
  if (place_ == unknown) return;
  const std::lock_guard lock(ranges_mutex);
  ranges[place_].octets.store(0, std::memory_order_release);
}

}  // namespace doors
