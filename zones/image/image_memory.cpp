#include "zones/image/image_memory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "zones/image/damage.h"

namespace doors {

namespace {

constexpr std::align_val_t alignment{layout::section_alignment};

Result<void> read_whole(int fd, MutableOctets out) {
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t count = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("cannot read the image", errno);
    if (count == 0) return failure("the image is cut off");
    done += static_cast<std::size_t>(count);
  }
  return {};
}

}  // namespace

std::shared_ptr<ZoneImage::Memory> ZoneImage::Memory::room(std::size_t size) {
  auto* at =
      static_cast<std::byte*>(::operator new(layout::round_up(size, layout::section_alignment), alignment));
  return std::shared_ptr<Memory>(new Memory(at, size, false));
}

Result<std::shared_ptr<ZoneImage::Memory>> ZoneImage::Memory::of_file(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return system_failure("cannot inspect the image", errno);
  if (!S_ISREG(status.st_mode)) return failure("the image is no regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < sizeof(layout::Header)) return failure("no zone image: too short");
  if (size > layout::max_file_octets) return failure("no zone image: too long");
  if (size < map_from_octets) {
    auto memory = room(size);
    if (auto read = read_whole(fd, {memory->at_, size}); !read) return Unexpected(read.error());
    return memory;
  }
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) return system_failure("cannot map the image", errno);
  std::shared_ptr<Memory> memory(new Memory(static_cast<std::byte*>(at), size, true));
  // What is known of the image in memory alone stands in its header: its page becomes this process's own.
  if (::mprotect(at, sizeof(layout::Header), PROT_READ | PROT_WRITE) != 0)
    return system_failure("cannot map the image", errno);
  // Advice: where the system has no huge pages for this file, or reads ahead anyway, nothing is lost.
  (void)::madvise(at, size, MADV_HUGEPAGE);
  (void)::madvise(at, size, MADV_SEQUENTIAL);
  return memory;
}

Result<std::shared_ptr<ZoneImage::Memory>> ZoneImage::Memory::copy_of(Octets octets) {
  if (octets.size() < sizeof(layout::Header)) return failure("no zone image: too short");
  if (octets.size() > layout::max_file_octets) return failure("no zone image: too long");
  auto memory = room(octets.size());
  std::memcpy(memory->at_, octets.data(), octets.size());
  return memory;
}

ZoneImage::Memory::~Memory() {
  guard_.reset();
  if (mapped_) {
    (void)::munmap(at_, size_);
  } else {
    ::operator delete(at_, alignment);
  }
}

void ZoneImage::Memory::expect_random_reads() const noexcept {
  if (mapped_) (void)::madvise(at_, size_, MADV_RANDOM);
}

void ZoneImage::Memory::read_ahead(std::size_t from, std::size_t octets) const noexcept {
  if (mapped_) (void)::madvise(at_ + from, std::min(octets, size_ - from), MADV_WILLNEED);
}

void ZoneImage::Memory::know_pages() {
  pages_ = layout::round_up(header().page_table_offset, layout::page_octets) / layout::page_octets;
  known_ = std::make_unique<std::atomic<Page>[]>(pages_);  // unknown
  if (mapped_) guard_.emplace(at_, size_, this, &Memory::lose);
}

void ZoneImage::Memory::lose(void* memory, std::size_t offset) noexcept {
  const Memory& self = *static_cast<const Memory*>(memory);
  const std::size_t page = offset / layout::page_octets;
  if (page < self.pages_) self.known_[page].store(Page::bad, std::memory_order_relaxed);
  __atomic_store_n(&self.header().unchecked, std::uint8_t{1}, __ATOMIC_RELEASE);
  ImageDamage::meet();
}

bool ZoneImage::Memory::has_checksum(std::size_t page) const noexcept {
  const std::size_t body_end = header().page_table_offset;
  const std::size_t start = page == 0 ? header().header_octets : page * layout::page_octets;
  const std::size_t end = std::min((page + 1) * layout::page_octets, body_end);
  return end <= start || XXH3_64bits(at_ + start, end - start) ==
                             layout::load<std::uint64_t>(at_ + body_end + page * sizeof(std::uint64_t));
}

bool ZoneImage::Memory::is_right_page(std::size_t page) const noexcept {
  Page known = known_[page].load(std::memory_order_relaxed);
  if (known == Page::unknown) {
    known = has_checksum(page) ? Page::right : Page::bad;
    known_[page].store(known, std::memory_order_relaxed);
  }
  return known == Page::right;
}

bool ZoneImage::Memory::is_right(const std::byte* at, std::size_t octets) const noexcept {
  if (octets == 0) return true;
  const auto first = static_cast<std::size_t>(at - at_);
  for (std::size_t page = first / layout::page_octets; page <= (first + octets - 1) / layout::page_octets;
       ++page) {
    if (page >= pages_ || !is_right_page(page)) return false;
  }
  return true;
}

}  // namespace doors
