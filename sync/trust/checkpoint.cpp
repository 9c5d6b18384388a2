#include "sync/trust/checkpoint.h"

#include <algorithm>
#include <cstring>

#include "sync/trust/octet_writer.h"
#include "zones/dns/wire_reader.h"

namespace doors {
namespace {

constexpr std::string_view checkpoint_magic = "DOORCKP1";
constexpr std::string_view list_magic = "DOORHDS1";
constexpr std::size_t signature_octets = sizeof(Signature);
constexpr std::size_t least_head_octets = 1 + 4 + 8 + 32;

template <std::size_t Size>
void read_into(WireReader& reader, std::array<std::byte, Size>& into) {
  const Octets taken = reader.octets(Size);
  if (taken.size() == Size) std::memcpy(into.data(), taken.data(), Size);
}

std::strong_ordering by_octets(NameView a, NameView b) { return text_of(a.wire()) <=> text_of(b.wire()); }

/// A name in wire form and lower case; nothing if there is none.
std::optional<Name> read_zone(WireReader& reader) {
  const std::size_t start = reader.offset();
  for (std::uint8_t length = reader.u8(); reader.ok() && length != 0; length = reader.u8()) {
    if (length > max_label_octets) return std::nullopt;
    reader.octets(length);
  }
  if (!reader.ok()) return std::nullopt;
  const auto name = NameView::checked(reader.message().subspan(start, reader.offset() - start));
  if (!name || !std::ranges::all_of(name->wire(), [](std::byte octet) { return lower(octet) == octet; }))
    return std::nullopt;
  return Name(*name);
}

}  // namespace

std::uint8_t checkpoint_bucket(NameView zone) {
  Name canonical(zone);
  canonical.make_canonical();
  return std::to_integer<std::uint8_t>(sha256(canonical.wire())[0]);
}

std::vector<std::byte> Checkpoint::encode() const {
  OctetWriter out;
  out.octets(octets_of(checkpoint_magic)).octets(publisher).u64(time).u64(zones);
  for (const Sha256& list : lists) out.octets(list);
  out.octets(signature);
  return std::move(out).take();
}

Result<Checkpoint> Checkpoint::decode(Octets given) {
  if (given.size() != octets) return failure("checkpoint: of a wrong length");
  WireReader reader(given);
  if (text_of(reader.octets(checkpoint_magic.size())) != checkpoint_magic)
    return failure("checkpoint: not one, or of another format");
  Checkpoint made;
  read_into(reader, made.publisher);
  made.time = reader.u64();
  made.zones = reader.u64();
  for (Sha256& list : made.lists) read_into(reader, list);
  read_into(reader, made.signature);
  return made;
}

bool Checkpoint::is_signed_by(const PublicKey& key) const {
  const std::vector<std::byte> all = encode();
  return publisher == key.id() && key.verifies(Octets(all).first(all.size() - signature_octets), signature);
}

std::vector<std::byte> encode_heads(std::vector<CheckpointHead> heads) {
  for (CheckpointHead& head : heads) head.zone.make_canonical();
  std::ranges::sort(
      heads, [](const CheckpointHead& a, const CheckpointHead& b) { return by_octets(a.zone, b.zone) < 0; });
  OctetWriter out;
  out.octets(octets_of(list_magic)).u32(static_cast<std::uint32_t>(heads.size()));
  for (const CheckpointHead& each : heads) {
    out.octets(each.zone.wire()).u32(each.head.number.epoch).u64(each.head.number.seq).octets(each.head.hash);
  }
  return std::move(out).take();
}

Result<std::vector<CheckpointHead>> decode_heads(Octets list, std::uint8_t bucket) {
  WireReader reader(list);
  if (text_of(reader.octets(list_magic.size())) != list_magic)
    return failure("list of heads: not one, or of another format");
  const std::uint32_t count = reader.u32();
  if (count > reader.remaining() / least_head_octets) return failure("list of heads: cut off");
  std::vector<CheckpointHead> heads(count);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    CheckpointHead& each = heads[i];
    const auto zone = read_zone(reader);
    if (!zone) return failure("list of heads: bad zone name");
    each.zone = *zone;
    each.head.number.epoch = reader.u32();
    each.head.number.seq = reader.u64();
    read_into(reader, each.head.hash);
    if (i > 0 && by_octets(heads[i - 1].zone, each.zone) >= 0) return failure("list of heads: out of order");
    if (checkpoint_bucket(each.zone) != bucket) return failure("list of heads: a zone of another bucket");
  }
  if (!reader.ok() || !reader.at_end()) return failure("list of heads: cut off, or octets behind its end");
  return heads;
}

const ChainHead* find_head(const std::vector<CheckpointHead>& list, NameView zone) {
  Name wanted(zone);
  wanted.make_canonical();
  const auto found = std::ranges::lower_bound(
      list, wanted, [](const Name& a, const Name& b) { return by_octets(a, b) < 0; }, &CheckpointHead::zone);
  return found == list.end() || found->zone != wanted ? nullptr : &found->head;
}

std::vector<std::byte> SignedHeads::encode() const {
  OctetWriter out;
  out.octets(checkpoint.encode());
  for (const std::vector<std::byte>& list : lists)
    out.u32(static_cast<std::uint32_t>(list.size())).octets(list);
  return std::move(out).take();
}

Result<SignedHeads> SignedHeads::decode(Octets octets) {
  WireReader reader(octets);
  auto checkpoint = Checkpoint::decode(reader.octets(Checkpoint::octets));
  if (!checkpoint) return Unexpected(std::move(checkpoint).error());
  SignedHeads made{*std::move(checkpoint), {}};
  std::uint64_t zones = 0;
  for (std::size_t bucket = 0; bucket < checkpoint_buckets; ++bucket) {
    const Octets list = reader.octets(reader.u32());
    if (!reader.ok()) return failure("checkpoint: a list is cut off");
    const bool none = made.checkpoint.lists[bucket] == Sha256{};
    if (none != list.empty() || (!none && sha256(list) != made.checkpoint.lists[bucket]))
      return failure("checkpoint: a list has another hash than was signed");
    if (none) continue;
    const auto heads = decode_heads(list, static_cast<std::uint8_t>(bucket));
    if (!heads) return Unexpected(heads.error());
    if (heads->empty()) return failure("checkpoint: an empty list");
    zones += heads->size();
    made.lists[bucket].assign(list.begin(), list.end());
  }
  if (!reader.at_end()) return failure("checkpoint: octets behind its end");
  if (zones != made.checkpoint.zones) return failure("checkpoint: another number of zones than was signed");
  return made;
}

SignedHeads sign_heads(std::vector<CheckpointHead> heads, std::uint64_t time, const PrivateKey& key) {
  SignedHeads made;
  made.checkpoint.publisher = key.public_key().id();
  made.checkpoint.time = time;
  made.checkpoint.zones = heads.size();
  std::array<std::vector<CheckpointHead>, checkpoint_buckets> dealt;
  for (CheckpointHead& head : heads) dealt[checkpoint_bucket(head.zone)].push_back(std::move(head));
  for (std::size_t bucket = 0; bucket < checkpoint_buckets; ++bucket) {
    if (dealt[bucket].empty()) continue;
    made.lists[bucket] = encode_heads(std::move(dealt[bucket]));
    made.checkpoint.lists[bucket] = sha256(made.lists[bucket]);
  }
  const std::vector<std::byte> all = made.checkpoint.encode();
  made.checkpoint.signature = key.sign(Octets(all).first(all.size() - signature_octets));
  return made;
}

}  // namespace doors
