// Opens overlays: the octets of one, and the image that it lies on, become an image.
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "zones/image/image.h"
#include "zones/image/overlay_check.h"

namespace doors {

namespace {

Overlay::Storage storage_for(std::size_t octets) {
  return Overlay::Storage((octets + sizeof(layout::Bucket) - 1) / sizeof(layout::Bucket));
}

Result<void> read_at_start(int fd, std::byte* to, std::size_t octets) {
  for (std::size_t done = 0; done < octets;) {
    const ssize_t count = ::pread(fd, to + done, octets - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("cannot read the overlay", errno);
    if (count == 0) return failure("the overlay is cut off");
    done += static_cast<std::size_t>(count);
  }
  return {};
}

Result<std::shared_ptr<const ZoneImage>> lay_checked(Overlay::Storage file, std::size_t octets,
                                                     std::shared_ptr<const ZoneImage> base) {
  const Octets all = std::as_bytes(std::span(file)).first(octets);
  if (const char* problem = OverlayCheck::check_extents(all))
    return failure(std::string("overlay: ") + problem);
  layout::OverlayHeader header;
  std::memcpy(&header, all.data(), sizeof header);
  if (base->base() != nullptr || !(header.base == base->id()))
    return failure("overlay: it lies on another image");
  auto laid = Overlay::lay(std::move(file), std::move(base));
  if (const char* problem = OverlayCheck(*laid).run()) return failure(std::string("overlay: ") + problem);
  const ZoneImage* image = &laid->image();
  return std::shared_ptr<const ZoneImage>(std::move(laid), image);
}

}  // namespace

Result<std::shared_ptr<const ZoneImage>> ZoneImage::open_overlay(int fd,
                                                                 std::shared_ptr<const ZoneImage> base) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return system_failure("cannot inspect the overlay", errno);
  if (!S_ISREG(status.st_mode)) return failure("the overlay is no regular file");
  const auto octets = static_cast<std::size_t>(status.st_size);
  if (octets > layout::max_overlay_octets) return failure("overlay: too long");
  Overlay::Storage file = storage_for(octets);
  if (auto read = read_at_start(fd, reinterpret_cast<std::byte*>(file.data()), octets); !read)
    return Unexpected(read.error());
  return lay_checked(std::move(file), octets, std::move(base));
}

Result<std::shared_ptr<const ZoneImage>> ZoneImage::overlay_from_octets(
    Octets overlay, std::shared_ptr<const ZoneImage> base) {
  Overlay::Storage file = storage_for(overlay.size());
  if (!overlay.empty()) std::memcpy(file.data(), overlay.data(), overlay.size());
  return lay_checked(std::move(file), overlay.size(), std::move(base));
}

std::optional<layout::BaseId> ZoneImage::base_of(int fd) {
  layout::OverlayHeader header;
  if (!read_at_start(fd, reinterpret_cast<std::byte*>(&header), sizeof header)) return std::nullopt;
  if (std::string_view(header.magic.data(), header.magic.size()) != layout::overlay_magic)
    return std::nullopt;
  return header.base;
}

std::shared_ptr<const ZoneImage> ZoneImage::base() const noexcept {
  const Overlay* laid = overlay();
  return laid == nullptr ? nullptr : laid->shared_base();
}

}  // namespace doors
