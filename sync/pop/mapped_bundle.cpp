#include "sync/pop/mapped_bundle.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "sync/trust/bundle.h"

namespace doors {

Result<std::unique_ptr<MappedBundle>> MappedBundle::map(UniqueFd fd) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return failure("the bundle cannot be read");
  constexpr int wanted = F_SEAL_SHRINK | F_SEAL_WRITE;
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & wanted) != wanted) return failure("the bundle is no sealed memory file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size == 0 || size > Bundle::max_octets) return failure("the bundle is empty or over 4 GiB");
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return failure("the bundle cannot be mapped");
  return std::unique_ptr<MappedBundle>(new MappedBundle(static_cast<const std::byte*>(at), size));
}

MappedBundle::~MappedBundle() {
  ::munmap(const_cast<std::byte*>(at_), size_);  // NOLINT: munmap takes what mmap gave
}

}  // namespace doors
