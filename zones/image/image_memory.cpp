#include "zones/image/image_memory.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

std::unique_ptr<ZoneImage::Memory> ZoneImage::Memory::room(std::size_t size) {
  auto* at =
      static_cast<std::byte*>(::operator new(layout::round_up(size, layout::section_alignment), alignment));
  return std::unique_ptr<Memory>(new Memory(at, size, false));
}

Result<std::unique_ptr<ZoneImage::Memory>> ZoneImage::Memory::of_file(int fd) {
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
  std::unique_ptr<Memory> memory(new Memory(static_cast<std::byte*>(at), size, true));
  // Advice: where the system has no huge pages for this file, or reads ahead anyway, nothing is lost.
  (void)::madvise(at, size, MADV_HUGEPAGE);
  (void)::madvise(at, size, MADV_SEQUENTIAL);
  return memory;
}

Result<std::unique_ptr<ZoneImage::Memory>> ZoneImage::Memory::copy_of(Octets octets) {
  if (octets.size() < sizeof(layout::Header)) return failure("no zone image: too short");
  if (octets.size() > layout::max_file_octets) return failure("no zone image: too long");
  auto memory = room(octets.size());
  std::memcpy(memory->at_, octets.data(), octets.size());
  return memory;
}

ZoneImage::Memory::~Memory() {
  if (mapped_) {
    (void)::munmap(at_, size_);
  } else {
    ::operator delete(at_, alignment);
  }
}

void ZoneImage::Memory::expect_random_reads() const noexcept {
  if (mapped_) (void)::madvise(at_, size_, MADV_RANDOM);
}

}  // namespace doors
