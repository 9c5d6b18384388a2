#include "zones/image/image.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zones/image/image_check.h"
#include "zones/image/nsec_key.h"

namespace doors {

namespace {

/// Below this an image is copied: a mapping costs a page-table page and one of the process's 65,530 mappings.
constexpr std::size_t copy_below = 256 * 1024;

Result<std::vector<std::uint64_t>> copy_of(int fd, std::size_t octets) {
  std::vector<std::uint64_t> copy((octets + 7) / 8 + 8);
  auto* const at = reinterpret_cast<char*>(copy.data());
  std::size_t filled = 0;
  while (filled < octets) {
    const ssize_t got = ::pread(fd, at + filled, octets - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return failure("image: cannot read");
    filled += static_cast<std::size_t>(got);
  }
  return copy;
}

}  // namespace

Result<std::shared_ptr<const ZoneImage>> ZoneImage::open(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_failure("image: cannot stat", errno);
  if (!S_ISREG(info.st_mode) || info.st_size < static_cast<off_t>(layout::header_octets)) {
    return failure("image: cut off");
  }
  std::shared_ptr<ZoneImage> image(new ZoneImage);
  image->octets_ = static_cast<std::size_t>(info.st_size);
  const std::byte* base = nullptr;
  if (image->octets_ < copy_below) {
    auto copy = copy_of(fd, image->octets_);
    if (!copy) return Unexpected(copy.error());
    image->copy_ = *std::move(copy);
    base = reinterpret_cast<const std::byte*>(image->copy_.data());
    // Buckets are cache lines: start them on one.
    const auto misfit = reinterpret_cast<std::uintptr_t>(base) % 64;
    if (misfit != 0) {
      const std::size_t shift = 64 - misfit;
      auto* const to = reinterpret_cast<std::byte*>(image->copy_.data()) + shift;
      std::memmove(to, base, image->octets_);
      base = to;
    }
  } else {
    void* const mapping = ::mmap(nullptr, image->octets_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapping == MAP_FAILED) return system_failure("image: cannot map", errno);
    image->mapping_ = mapping;
    (void)::madvise(mapping, image->octets_, MADV_HUGEPAGE);
    base = static_cast<const std::byte*>(mapping);
  }
  image->header_ = reinterpret_cast<const layout::Header*>(base);
  ImageCheck check({base, image->octets_});
  if (auto framed = check.frame(); !framed) return Unexpected(framed.error());
  image->settle();
  if (auto sound = check.structure(*image); !sound) return Unexpected(sound.error());
  return std::shared_ptr<const ZoneImage>(std::move(image));
}

ZoneImage::~ZoneImage() {
  if (mapping_ != nullptr) ::munmap(mapping_, octets_);
}

Octets ZoneImage::section(layout::SectionId id) const noexcept {
  const layout::Section& at = header_->sections[id];
  return {reinterpret_cast<const std::byte*>(header_) + at.offset, at.octets};
}

void ZoneImage::settle() noexcept {
  nodes_ = section(layout::nodes).data();
  data_ = section(layout::data).data();
  buckets_ = reinterpret_cast<const layout::Bucket*>(section(layout::buckets).data());
  bucket_count_ = header_->bucket_count;
  most_probes_ = header_->most_probes;
  deepest_labels_ = header_->deepest_labels;
  origin_labels_ = origin().label_count();
  nsec3_links_ = (header_->features & layout::feature_nsec3) != 0;
  version_ = {header_->epoch, header_->seq, header_->serial, header_->content_digest};
  const std::size_t soa_at = std::size_t{header_->negative_soa} * 8;
  if (header_->negative_soa != 0 && soa_at + sizeof(layout::Block) <= section(layout::data).size()) {
    negative_soa_ = rrset_of({raw(RRType::soa), 1, header_->negative_soa_signatures, 0, header_->negative_soa});
  }
}

NameView ZoneImage::origin() const noexcept {
  return NameView::trusted(Octets(header_->origin).first(header_->origin_octets));
}

ImageRRset ZoneImage::rrset_of(const layout::RRsetEntry& entry) const noexcept {
  const std::byte* at = data_ + std::size_t{entry.block} * 8;
  const auto* block = reinterpret_cast<const layout::Block*>(at);
  at += sizeof(layout::Block);
  ImageRRset rrset;
  rrset.type = RRType(entry.type);
  rrset.count = entry.records;
  rrset.signature_count = entry.signatures;
  rrset.targets = {reinterpret_cast<const std::uint32_t*>(at), entry.targets};
  at += std::size_t{entry.targets} * 4;
  rrset.records = {at, block->record_octets};
  rrset.signatures = {at + block->record_octets, block->signature_octets};
  if (rrset.records.size() >= 10) rrset.ttl = Ttl(load_u32(at + 4));
  return rrset;
}

NodeView ZoneImage::node(std::uint32_t reference) const noexcept { return view(reference); }
NodeView ZoneImage::apex() const noexcept { return view(header_->apex); }
std::size_t ZoneImage::node_count() const noexcept { return header_->node_count; }

NodeView ZoneImage::node_in_order(std::size_t i) const noexcept {
  std::uint32_t reference = 0;
  std::memcpy(&reference, section(layout::order).data() + i * sizeof reference, sizeof reference);
  return view(reference);
}

ZoneImage::Denial ZoneImage::denial() const noexcept {
  if ((header_->features & layout::feature_nsec3) != 0) return Denial::nsec3;
  return (header_->features & layout::feature_nsec) != 0 ? Denial::nsec : Denial::none;
}

NodeView ZoneImage::nsec_at_or_before(NameView name) const noexcept {
  const Octets owners_at = section(layout::nsec_owners);
  const auto* keys = reinterpret_cast<const std::uint64_t*>(section(layout::nsec_keys).data());
  const auto* owners = reinterpret_cast<const std::uint32_t*>(owners_at.data());
  const std::size_t count = owners_at.size() / sizeof *owners;
  if (count == 0) return {};
  const std::uint64_t key = nsec_key(name, origin_labels_);
  const auto* const low = std::lower_bound(keys, keys + count, key);
  const auto* const high = std::upper_bound(low, keys + count, key);
  // Among equal keys the names decide: the first one after `name`.
  const auto* const after = std::partition_point(
      owners + (low - keys), owners + (high - keys),
      [&](std::uint32_t owner) { return view(owner).name().canonical_compare(name) <= 0; });
  return view(after == owners ? owners[count - 1] : after[-1]);
}

ZoneImage::Nsec3Params ZoneImage::nsec3_params() const noexcept {
  return {header_->nsec3_iterations, Octets(header_->nsec3_salt).first(header_->nsec3_salt_octets)};
}

ZoneImage::Nsec3Found ZoneImage::nsec3_at_or_before(std::span<const std::byte, 20> hash) const noexcept {
  const std::byte* const hashes = section(layout::nsec3_hashes).data();
  const Octets owners = section(layout::nsec3_owners);
  const std::size_t count = owners.size() / sizeof(std::uint32_t);
  if (count == 0) return {};
  const auto compare = [&](std::size_t i) { return std::memcmp(hashes + i * 20, hash.data(), 20); };
  // Hashes are uniform, so the place is guessed and then closed in on from both sides (interpolation search, with
  // halving as its bound).
  std::size_t low = 0;       // everything before is <= hash
  std::size_t high = count;  // everything from here is > hash
  const std::uint64_t wanted = load_u64(hash.data());
  for (int guesses = 0; low < high; ++guesses) {
    std::size_t at = low + (high - low) / 2;
    if (guesses < 3 && high - low > 8) {
      const std::uint64_t first = load_u64(hashes + low * 20);
      const std::uint64_t last = load_u64(hashes + (high - 1) * 20);
      if (wanted > first && wanted < last) {
        const double share = static_cast<double>(wanted - first) / static_cast<double>(last - first);
        at = low + static_cast<std::size_t>(share * static_cast<double>(high - 1 - low));
      }
    }
    if (compare(at) <= 0) {
      low = at + 1;
    } else {
      high = at;
    }
  }
  const std::size_t found = low == 0 ? count - 1 : low - 1;
  std::uint32_t reference = 0;
  std::memcpy(&reference, owners.data() + found * sizeof reference, sizeof reference);
  return {view(reference), low != 0 && compare(found) == 0};
}

}  // namespace doors
