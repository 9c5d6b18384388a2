#include "sync/trust/bundle.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sync/trust/octet_writer.h"
#include "zones/base/sha256.h"
#include "zones/dns/wire_reader.h"

namespace doors {
namespace {

constexpr std::string_view magic = "DOORBND1";
constexpr std::size_t header_octets = 8 + 8 + 4 + 64 + 8 + 8;

template <std::size_t Size>
void read_into(WireReader& reader, std::array<std::byte, Size>& into) {
  const Octets taken = reader.octets(Size);
  if (taken.size() == Size) std::memcpy(into.data(), taken.data(), Size);
}

/// The first zone that comes twice, if any.
const Name* doubled_zone(std::vector<const Name*> zones) {
  std::ranges::sort(zones, [](const Name* a, const Name* b) { return *a < *b; });
  const auto twice = std::ranges::adjacent_find(zones, [](const Name* a, const Name* b) { return *a == *b; });
  return twice == zones.end() ? nullptr : *twice;
}

/// All of a bundle that comes before the contents: header, signature and records.
Result<std::vector<std::byte>> signed_records(std::span<const PushItem> items, const PrivateKey& key) {
  if (items.empty()) return failure("a push of no versions");
  if (items.size() > Bundle::max_versions) return failure("a push of too many versions");
  std::vector<const Name*> zones;
  for (const PushItem& item : items) zones.push_back(&item.version.zone);
  if (const Name* twice = doubled_zone(std::move(zones))) return failure(twice->to_string() + " comes twice");

  OctetWriter records;
  std::vector<MerkleHash> leaves;
  std::uint64_t contents = 0;
  for (const PushItem& item : items) {
    if (item.frames.size() != item.version.compressed_octets()) {
      return failure(item.version.zone.to_string() + ": the frames are not as long as the record says");
    }
    Version version = item.version;
    version.publisher = key.public_key().id();
    const auto record = version.encode();
    if (!record) return Unexpected(record.error());
    records.u32(static_cast<std::uint32_t>(record->size())).octets(*record);
    leaves.push_back(merkle_leaf(*record));
    contents += item.frames.size();
  }
  const auto count = static_cast<std::uint32_t>(items.size());
  const PushSignature push = sign_root(MerkleTree(std::move(leaves)).root(), count, key);
  OctetWriter out;
  out.octets(octets_of(magic)).octets(push.publisher).u32(count).octets(push.signature);
  out.u64(records.size()).u64(contents).octets(records.view());
  if (out.size() + contents > Bundle::max_octets)
    return failure("a push of over 4 GiB: push fewer zones at once");
  return std::move(out).take();
}

}  // namespace

Result<Bundle> Bundle::parse(Octets octets) {
  if (octets.size() > max_octets) return failure("bundle: over 4 GiB");
  WireReader reader(octets);
  if (text_of(reader.octets(magic.size())) != magic) return failure("bundle: not one, or of another format");
  Bundle bundle;
  read_into(reader, bundle.push_.publisher);
  bundle.push_.count = reader.u32();
  read_into(reader, bundle.push_.signature);
  const std::uint64_t record_octets = reader.u64();
  const std::uint64_t content_octets = reader.u64();
  if (!reader.ok()) return failure("bundle: cut off");
  const std::uint64_t rest = octets.size() - header_octets;
  if (record_octets > rest || content_octets != rest - record_octets) {
    return failure("bundle: its parts are not as long as it says");
  }
  // Each record takes more than 100 octets, so a count that promises more is refused before memory is taken.
  if (bundle.push_.count == 0 || bundle.push_.count > max_versions ||
      bundle.push_.count > record_octets / 100) {
    return failure("bundle: bad count of versions");
  }
  WireReader records(octets.subspan(header_octets, record_octets));
  Octets contents = octets.subspan(header_octets + record_octets);
  bundle.items_.reserve(bundle.push_.count);
  for (std::uint32_t i = 0; i < bundle.push_.count; ++i) {
    const Octets record = records.octets(records.u32());
    if (!records.ok()) return failure("bundle: records cut off");
    auto version = Version::decode(record);
    if (!version) return failure("bundle: " + version.error().message);
    const std::uint64_t size = version->compressed_octets();
    if (size > contents.size())
      return failure("bundle: content of " + version->zone.to_string() + " cut off");
    bundle.items_.push_back({*std::move(version), record, contents.first(size)});
    contents = contents.subspan(size);
  }
  if (!records.at_end() || !contents.empty()) return failure("bundle: octets that belong to no record");
  std::vector<const Name*> zones;
  for (const Item& item : bundle.items_) zones.push_back(&item.version.zone);
  if (const Name* twice = doubled_zone(std::move(zones))) {
    return failure("bundle: " + twice->to_string() + " comes twice");
  }
  return bundle;
}

Result<std::vector<std::byte>> sign_push(std::span<const PushItem> items, const PrivateKey& key) {
  auto octets = signed_records(items, key);
  if (!octets) return octets;
  for (const PushItem& item : items) octets->insert(octets->end(), item.frames.begin(), item.frames.end());
  return octets;
}

Result<UniqueFd> sign_push_file(std::span<const PushItem> items, const PrivateKey& key) {
  const auto head = signed_records(items, key);
  if (!head) return Unexpected(head.error());
  UniqueFd file(::memfd_create("manydoors-push", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return system_failure("cannot make a memory file", errno);
  if (auto written = write_all(file.get(), *head); !written) return Unexpected(std::move(written).error());
  for (const PushItem& item : items) {
    if (auto written = write_all(file.get(), item.frames); !written)
      return Unexpected(std::move(written).error());
  }
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0 ||
      ::lseek(file.get(), 0, SEEK_SET) != 0) {
    return system_failure("cannot seal a memory file", errno);
  }
  return file;
}

Result<void> check_frames(const Version& version, Octets frames) {
  if (frames.size() != version.compressed_octets())
    return failure("the content is not as long as its record says");
  std::size_t number = 0;
  for (const Frame& frame : version.frames) {
    ++number;
    if (sha256(frames.first(frame.compressed_octets)) != frame.sha256) {
      return failure("content frame " + std::to_string(number) + " of " +
                     std::to_string(version.frames.size()) + " has another SHA-256 than its record says");
    }
    frames = frames.subspan(frame.compressed_octets);
  }
  return {};
}

}  // namespace doors
