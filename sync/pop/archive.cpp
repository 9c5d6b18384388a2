#include "sync/pop/archive.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "sync/pop/push_steps.h"
#include "sync/pop/unpack.h"
#include "sync/trust/bundle.h"
#include "sync/trust/octet_writer.h"
#include "zones/base/log.h"
#include "zones/base/text_encoding.h"
#include "zones/dns/wire_reader.h"

namespace doors {
namespace {

/// Versions beyond the history that one commit removes at most, when the history was made shorter.
constexpr std::uint64_t most_trimmed = 16;
constexpr std::uint64_t most_trimmed_changes = 4096;

std::string seq_octets(std::uint64_t seq) {
  std::array<std::byte, 8> octets{};
  store_u64(octets.data(), seq);
  return std::string(text_of(octets));
}

std::string zone_octets(NameView zone) {
  Name canonical(zone);
  canonical.make_canonical();
  return std::string(text_of(canonical.wire()));
}

std::string zone_key(std::string_view prefix, NameView zone) {
  const std::string wire = zone_octets(zone);
  const Sha256 hash = sha256(octets_of(wire));
  std::string key(prefix);
  key += static_cast<char>(std::to_integer<unsigned char>(hash[0]));
  return key + wire;
}

std::string log_prefix(NameView zone) { return zone_key("log/", zone); }
std::string log_key(NameView zone, std::uint64_t seq) { return log_prefix(zone) + seq_octets(seq); }
std::string blob_prefix(const Sha256& hash) { return "blob/" + std::string(text_of(hash)); }
std::string blob_key(const Sha256& hash, const Version& version) {
  return blob_prefix(hash) + zone_octets(version.zone) + seq_octets(version.number.seq);
}

/// The frames of a version, each once: a zone may repeat itself.
std::vector<Sha256> blob_hashes(const StoredVersion& stored) {
  std::vector<Sha256> hashes;
  if (!stored.has_blobs()) return hashes;
  for (const Frame& frame : stored.version.frames) hashes.push_back(frame.sha256);
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

}  // namespace

std::vector<std::byte> StoredVersion::encode() const {
  const std::vector<std::byte> record = signed_version.encode();
  OctetWriter out;
  out.u32(static_cast<std::uint32_t>(record.size())).octets(record);
  out.u32(static_cast<std::uint32_t>(content.size())).octets(content);
  if (version.kind == VersionKind::change) out.u64(whole).u64(changed_octets);
  return std::move(out).take();
}

Result<StoredVersion> StoredVersion::decode(Octets octets) {
  WireReader reader(octets);
  const Octets record = reader.octets(reader.u32());
  const Octets content = reader.octets(reader.u32());
  auto signed_version = SignedVersion::decode(record);
  if (!signed_version) return Unexpected(std::move(signed_version).error());
  auto version = Version::decode(signed_version->record);
  if (!version) return Unexpected(std::move(version).error());
  const bool change = version->kind == VersionKind::change;
  const std::uint64_t whole = change ? reader.u64() : 0;
  const std::uint64_t changed_octets = change ? reader.u64() : 0;
  if (!reader.ok() || !reader.at_end()) return failure("stored version: cut off, or octets behind its end");
  if (!content.empty() && content.size() != version->compressed_octets()) {
    return failure("stored version: content of another length than its record says");
  }
  return StoredVersion{*std::move(signed_version),
                       *std::move(version),
                       {content.begin(), content.end()},
                       whole,
                       changed_octets};
}

std::vector<Frame> blobs_of(std::span<const StoredVersion> versions) {
  std::vector<Frame> frames;
  for (const StoredVersion& stored : versions) {
    if (stored.has_blobs())
      frames.insert(frames.end(), stored.version.frames.begin(), stored.version.frames.end());
  }
  return frames;
}

std::string Archive::head_key(NameView zone) { return zone_key(head_prefix, zone); }

Result<std::optional<Archive::Head>> Archive::head(NameView zone) const {
  const auto value = store_.get(head_key(zone));
  if (!value) return Unexpected(value.error());
  if (!*value) return std::optional<Head>();
  auto stored = StoredVersion::decode((*value)->octets);
  if (!stored) return Unexpected(std::move(stored).error());
  return std::optional<Head>(Head{*std::move(stored), (*value)->revision});
}

Result<std::uint64_t> Archive::heads(
    const std::function<void(const StoredVersion&, std::uint64_t)>& visit) const {
  return store_.list(head_prefix, [&](const StoreEntry& entry) {
    if (const auto stored = StoredVersion::decode(entry.value)) visit(*stored, entry.revision);
  });
}

Result<std::uint64_t> Archive::heads(std::uint8_t bucket,
                                     const std::function<void(const StoredVersion&)>& visit) const {
  return store_.list(std::string(head_prefix) + static_cast<char>(bucket), [&](const StoreEntry& entry) {
    if (const auto stored = StoredVersion::decode(entry.value)) visit(*stored);
  });
}

Result<std::vector<StoredVersion>> Archive::history(NameView zone) const {
  std::vector<StoredVersion> versions;
  const auto listed = store_.list(log_prefix(zone), [&](const StoreEntry& entry) {
    if (auto stored = StoredVersion::decode(entry.value)) versions.push_back(*std::move(stored));
  });
  if (!listed) return Unexpected(listed.error());
  auto newest = head(zone);
  if (!newest) return Unexpected(std::move(newest).error());
  if (*newest) versions.push_back(std::move((*newest)->stored));
  return versions;
}

Result<std::optional<StoredVersion>> Archive::version(NameView zone, std::uint64_t seq) const {
  auto newest = head(zone);
  if (!newest) return Unexpected(std::move(newest).error());
  if (*newest && (*newest)->stored.version.number.seq == seq) {
    return std::optional<StoredVersion>(std::move((*newest)->stored));
  }
  const auto value = store_.get(log_key(zone, seq));
  if (!value) return Unexpected(value.error());
  if (!*value) return std::optional<StoredVersion>();
  auto stored = StoredVersion::decode((*value)->octets);
  if (!stored) return Unexpected(std::move(stored).error());
  return std::optional<StoredVersion>(*std::move(stored));
}

Result<std::vector<std::byte>> Archive::content(const StoredVersion& stored) const {
  if (!stored.has_blobs()) {
    if (auto checked = check_frames(stored.version, stored.content); !checked) {
      return Unexpected(std::move(checked).error());
    }
    return stored.content;
  }
  std::vector<std::byte> content;
  content.reserve(stored.version.compressed_octets());
  for (const Frame& frame : stored.version.frames) {
    const auto octets = blobs_.get(frame.sha256, frame.compressed_octets);
    if (!octets) return Unexpected(octets.error());
    if (octets->size() != frame.compressed_octets)
      return failure("blob " + to_hex(frame.sha256) + " is cut off");
    content.insert(content.end(), octets->begin(), octets->end());
  }
  return content;
}

Result<Content> Archive::whole_content(const StoredVersion& stored) const {
  const Version& wanted = stored.version;
  if (wanted.kind != VersionKind::change) {
    const auto frames = content(stored);
    return frames ? unpack_content(wanted, *frames) : Unexpected(frames.error());
  }
  const auto first = version(wanted.zone, stored.whole);
  if (!first) return Unexpected(first.error());
  if (!*first || (*first)->version.kind == VersionKind::change)
    return failure("the whole version " + std::to_string(stored.whole) + " below the change is not kept");
  auto whole = whole_content(**first);
  auto changes = changes_between((*first)->chain_head(), stored);
  if (!changes) return Unexpected(changes.error());
  const auto deltas = deltas_of((*first)->version, *changes);
  if (!deltas) return Unexpected(deltas.error());
  const auto joined = Delta::joined(*deltas);
  if (!joined) return Unexpected(joined.error());
  return whole ? joined->apply(*whole) : std::move(whole);
}

Result<std::vector<Delta>> Archive::deltas_of(const Version& before,
                                              std::span<const StoredVersion> changes) const {
  std::vector<Delta> deltas;
  deltas.reserve(changes.size());
  const Version* last = &before;
  for (const StoredVersion& next : changes) {
    const auto frames = content(next);
    if (!frames) return Unexpected(frames.error());
    auto delta = unpack_change(next.version, *last, *frames);
    if (!delta) return Unexpected(std::move(delta).error());
    deltas.push_back(*std::move(delta));
    last = &next.version;
  }
  return deltas;
}

Result<std::vector<StoredVersion>> Archive::changes_between(const ChainHead& known,
                                                            const StoredVersion& stored) const {
  // Else none of the steps below would tie `known` to what is proved.
  if (known.number.seq >= stored.version.number.seq)
    return failure("the changes lead back to " + std::to_string(known.number.seq) + ", which is no older");
  std::vector<StoredVersion> changes;
  VersionHash previous = known.hash;
  for (std::uint64_t seq = known.number.seq + 1; seq <= stored.version.number.seq; ++seq) {
    std::optional<StoredVersion> next;
    if (seq == stored.version.number.seq) {
      next = stored;
    } else {
      auto kept = version(stored.version.zone, seq);
      if (!kept) return Unexpected(kept.error());
      next = *std::move(kept);
    }
    if (!next || next->version.kind != VersionKind::change || next->version.previous != previous)
      return failure("the changes from " + std::to_string(known.number.seq) + " on are not all kept");
    previous = next->signed_version.hash();
    changes.push_back(*std::move(next));
  }
  return changes;
}

std::vector<Frame> Archive::blobs_of_whole(const StoredVersion& stored) const {
  if (stored.version.kind != VersionKind::change) return blobs_of({&stored, 1});
  const auto first = version(stored.version.zone, stored.whole);
  if (!first || !*first) return {};
  std::vector<StoredVersion> versions{**first};
  if (auto changes = changes_between((*first)->chain_head(), stored))
    std::ranges::move(*changes, std::back_inserter(versions));
  return blobs_of(versions);
}

/// The lowest seq that must stay for the content of the oldest version that does.
std::uint64_t Archive::needed_from(NameView zone, std::uint64_t oldest_kept) const {
  const auto oldest = version(zone, oldest_kept);
  return oldest && *oldest && (*oldest)->version.kind == VersionKind::change ? (*oldest)->whole : oldest_kept;
}

/// The head becomes a version of the log (`puts`), and what the history has no room for goes (`trims`, the
/// oldest first: what a crash between transactions leaves of them lies next to what the next push trims).
void Archive::retire(const Head& head, std::vector<StorePut>& puts, std::vector<StorePut>& trims,
                     std::vector<Sha256>& loose) const {
  const Version& version = head.stored.version;
  puts.push_back({log_key(version.zone, version.number.seq), head.stored.encode(), 0});
  if (version.number.seq < history_) return;
  const auto old_trims = static_cast<std::ptrdiff_t>(trims.size());
  std::uint64_t trimmed_changes = 0;
  std::uint64_t oldest = needed_from(version.zone, version.number.seq + 2 - history_) - 1;
  for (std::uint64_t i = 0; i < most_trimmed && oldest > 0; ++i, --oldest) {
    const std::string key = log_key(version.zone, oldest);
    const auto value = store_.get(key);
    if (value && !*value) break;
    trims.push_back({key, std::nullopt, 0});
    // Of one that cannot be read the blobs stay named, and so stay.
    const auto stored = value ? StoredVersion::decode((*value)->octets) : failure("damaged");
    if (!stored) continue;
    // Changes to a whole version that is gone go with it, however many.
    if (stored->version.kind == VersionKind::change && trimmed_changes++ < most_trimmed_changes) --i;
    for (const Sha256& hash : blob_hashes(*stored)) {
      trims.push_back({blob_key(hash, stored->version), std::nullopt, 0});
      loose.push_back(hash);
    }
  }
  std::reverse(trims.begin() + old_trims, trims.end());
}

Result<TxnOutcome> Archive::commit(std::vector<Addition> additions, std::optional<Beside> beside) {
  PushSteps steps(store_.limits());
  std::vector<Sha256> loose;
  for (Addition& addition : additions) {
    const Version& version = addition.stored.version;
    PushSteps::Zone zone;
    if (addition.frames.size() <= StoredVersion::inline_octets) {
      addition.stored.content.assign(addition.frames.begin(), addition.frames.end());
    } else {
      Octets rest = addition.frames;
      for (const Frame& frame : version.frames) {
        if (auto put = blobs_.put(frame.sha256, rest.first(frame.compressed_octets)); !put) {
          return Unexpected(std::move(put).error());
        }
        rest = rest.subspan(frame.compressed_octets);
      }
      for (const Sha256& hash : blob_hashes(addition.stored)) {
        zone.before.push_back({blob_key(hash, version), std::vector<std::byte>(), 0});
      }
    }
    if (version.kind == VersionKind::change && addition.before) {
      const StoredVersion& before = addition.before->stored;
      const bool changed = before.version.kind == VersionKind::change;
      addition.stored.whole = changed ? before.whole : before.version.number.seq;
      addition.stored.changed_octets = before.changed_octets + version.content_octets();
    }
    std::string key = head_key(version.zone);
    zone.compares.push_back({key, addition.before ? addition.before->revision : 0});
    zone.puts.push_back({std::move(key), addition.stored.encode(), 0});
    if (beside && &addition == &additions.back()) {  // last: until it is there all of the push is held back
      zone.compares.push_back(std::move(beside->compare));
      zone.puts.push_back(std::move(beside->put));
    }
    if (addition.before) retire(*addition.before, zone.puts, zone.after, loose);
    steps.add(std::move(zone));
    const Addition encoded = std::move(addition);  // of a million zones not both at once
  }
  const auto outcome = std::move(steps).commit(store_);
  if (outcome && outcome->committed) remove_loose(loose);
  return outcome;
}

void Archive::remove_loose(const std::vector<Sha256>& loose) const {
  for (const Sha256& hash : loose) {
    bool needed = false;
    const auto listed = store_.list(blob_prefix(hash), [&](const StoreEntry&) { needed = true; });
    if (!listed || needed) continue;
    if (auto removed = blobs_.remove(hash); !removed) {
      log::warn("blob not removed", {{"reason", removed.error().message}});
    }
  }
}

Result<std::size_t> Archive::restore(std::span<const StoredVersion> versions) {
  std::size_t restored = 0;
  for (const StoredVersion& stored : versions) {
    const auto value = store_.get(head_key(stored.version.zone));
    std::optional<Head> before;
    std::uint64_t revision = 0;
    if (value && *value) {
      revision = (*value)->revision;
      if (auto known = StoredVersion::decode((*value)->octets)) before = Head{*std::move(known), revision};
    }
    if (before && before->stored.version.number >= stored.version.number) continue;
    std::vector<StorePut> puts{{head_key(stored.version.zone), stored.encode(), 0}};
    for (const Sha256& hash : blob_hashes(stored)) {
      puts.push_back({blob_key(hash, stored.version), std::vector<std::byte>(), 0});
    }
    std::vector<Sha256> loose;
    std::vector<StorePut> trims;
    if (before) retire(*before, puts, trims, loose);
    puts.insert(puts.end(), trims.begin(), trims.end());
    const auto outcome = store_.txn({{head_key(stored.version.zone), revision}}, puts);
    if (!outcome) return Unexpected(outcome.error());
    if (outcome->committed) ++restored;
  }
  return restored;
}

Result<std::size_t> Archive::sweep(const DirectoryBlobStore& blobs) {
  std::vector<Sha256> loose;
  std::size_t removed = 0;
  blobs.visit([&](const Sha256& hash) { loose.push_back(hash); });
  for (const Sha256& hash : loose) {
    bool needed = false;
    const auto listed = store_.list(blob_prefix(hash), [&](const StoreEntry&) { needed = true; });
    if (!listed) return Unexpected(listed.error());
    if (needed) continue;
    if (auto gone = blobs_.remove(hash); !gone) return Unexpected(std::move(gone).error());
    ++removed;
  }
  return removed;
}

}  // namespace doors
