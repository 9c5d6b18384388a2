#include "sync/trust/version.h"

#include <algorithm>
#include <cstring>

#include "sync/trust/octet_writer.h"
#include "zones/base/text_encoding.h"
#include "zones/dns/wire_reader.h"

namespace doors {
namespace {

constexpr std::string_view magic = "DOORVER1";
constexpr std::uint8_t staged_bit = 0x80;  // beside the kind: the number of a rollout follows the frames

/// A reason why `version` can be no record; empty if it can.
std::string_view contradiction(const Version& version) {
  const bool tombstone = version.kind == VersionKind::tombstone;
  if (version.comment.size() > Version::max_comment_octets) return "comment too long";
  if (version.frames.size() > Version::max_frames) return "too many frames";
  if (version.number.seq == 0) return "seq 0";
  if (tombstone && (version.records != 0 || !version.frames.empty())) return "a tombstone with content";
  if (!tombstone && (version.records == 0 || version.frames.empty())) return "no content";
  for (const Frame& frame : version.frames) {
    if (frame.compressed_octets == 0 || frame.content_octets == 0) return "an empty frame";
    if (frame.compressed_octets > Version::max_frame_octets ||
        frame.content_octets > Version::max_frame_octets) {
      return "a frame too large";
    }
  }
  return {};
}

template <std::size_t Size>
void read_into(WireReader& reader, std::array<std::byte, Size>& into) {
  const Octets taken = reader.octets(Size);
  if (taken.size() == Size) std::memcpy(into.data(), taken.data(), Size);
}

}  // namespace

std::string_view to_string(VersionKind kind) noexcept {
  switch (kind) {
    case VersionKind::push:
      return "push";
    case VersionKind::rollback:
      return "rollback";
    case VersionKind::tombstone:
      return "tombstone";
    case VersionKind::change:
      return "change";
  }
  __builtin_unreachable();
}

std::optional<VersionKind> parse_version_kind(std::string_view text) noexcept {
  for (const VersionKind kind :
       {VersionKind::push, VersionKind::rollback, VersionKind::tombstone, VersionKind::change}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

std::string VersionNumber::to_string() const { return std::to_string(epoch) + "/" + std::to_string(seq); }

std::string to_string(const KeyId& id) { return to_hex(id); }

std::uint64_t Version::compressed_octets() const noexcept {
  std::uint64_t sum = 0;
  for (const Frame& frame : frames) sum += frame.compressed_octets;
  return sum;
}

std::uint64_t Version::content_octets() const noexcept {
  std::uint64_t sum = 0;
  for (const Frame& frame : frames) sum += frame.content_octets;
  return sum;
}

Result<std::vector<std::byte>> Version::encode() const {
  if (const std::string_view wrong = contradiction(*this); !wrong.empty()) {
    return failure("version of " + zone.to_string() + ": " + std::string(wrong));
  }
  Name canonical = zone;
  canonical.make_canonical();
  OctetWriter out;
  const unsigned staged = stage == 0 ? 0u : staged_bit;
  out.octets(octets_of(magic)).u8(static_cast<std::uint8_t>(static_cast<unsigned>(kind) | staged));
  out.octets(canonical.wire());
  out.u32(number.epoch).u64(number.seq).u32(serial.raw()).u64(created).octets(publisher);
  out.octets(content_digest).octets(previous).u64(records);
  out.u16(static_cast<std::uint16_t>(comment.size())).octets(octets_of(comment));
  out.u16(static_cast<std::uint16_t>(frames.size()));
  for (const Frame& frame : frames) {
    out.u32(frame.compressed_octets).u32(frame.content_octets).octets(frame.sha256);
  }
  if (stage != 0) out.u32(stage);
  return std::move(out).take();
}

Result<Version> Version::decode(Octets record) {
  if (record.size() > max_record_octets) return failure("version record: too long");
  WireReader reader(record);
  if (text_of(reader.octets(magic.size())) != magic)
    return failure("version record: not one, or of another format");
  Version version;
  const std::uint8_t kind_octet = reader.u8();
  const bool staged = (kind_octet & staged_bit) != 0;
  const unsigned kind = kind_octet & ~unsigned{staged_bit};
  if (kind < 1 || kind > 4) return failure("version record: unknown kind");
  version.kind = static_cast<VersionKind>(kind);
  // The zone's name measures itself: label after label up to the root label.
  const std::size_t name_start = reader.offset();
  for (std::uint8_t length = reader.u8(); reader.ok() && length != 0; length = reader.u8()) {
    if (length > max_label_octets) return failure("version record: bad zone name");
    reader.octets(length);
  }
  if (!reader.ok()) return failure("version record: cut off");
  const auto name = NameView::checked(record.subspan(name_start, reader.offset() - name_start));
  if (!name || !std::ranges::all_of(name->wire(), [](std::byte octet) { return lower(octet) == octet; })) {
    return failure("version record: bad zone name");
  }
  version.zone = Name(*name);
  version.number.epoch = reader.u32();
  version.number.seq = reader.u64();
  version.serial = Serial(reader.u32());
  version.created = reader.u64();
  read_into(reader, version.publisher);
  read_into(reader, version.content_digest);
  read_into(reader, version.previous);
  version.records = reader.u64();
  version.comment = text_of(reader.octets(reader.u16()));
  const std::uint16_t frames = reader.u16();
  if (frames > max_frames) return failure("version record: too many frames");
  version.frames.resize(reader.ok() ? frames : 0);
  for (Frame& frame : version.frames) {
    frame.compressed_octets = reader.u32();
    frame.content_octets = reader.u32();
    read_into(reader, frame.sha256);
  }
  if (staged) version.stage = reader.u32();
  if (!reader.ok()) return failure("version record: cut off");
  if (!reader.at_end()) return failure("version record: octets behind its end");
  if (staged && version.stage == 0) return failure("version record: staged in no rollout");
  if (const std::string_view wrong = contradiction(version); !wrong.empty()) {
    return failure("version record: " + std::string(wrong));
  }
  return version;
}

}  // namespace doors
