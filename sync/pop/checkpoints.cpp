#include "sync/pop/checkpoints.h"

#include <algorithm>
#include <set>
#include <utility>

namespace doors {
namespace {

/// One transaction takes so many lists, or so many octets of them: a distant store has limits.
constexpr std::size_t most_lists = 64;
constexpr std::size_t most_octets = 512 * 1024;
constexpr std::chrono::seconds clocks_differ{3600};

std::string key_of(const KeyId& publisher) {
  return std::string(Checkpoints::prefix).append(text_of(publisher));
}

std::string key_of(const KeyId& publisher, std::size_t bucket) {
  return key_of(publisher) + static_cast<char>(static_cast<unsigned char>(bucket));
}

/// Every version that the checkpoint names is the newest that the store has, and proved: the publisher knows
/// of it from the store alone.
Result<void> check_heads(const Archive& archive, const Journal& journal, Verifier& verifier,
                         const std::vector<CheckpointHead>& named, std::uint8_t bucket) {
  std::set<const ChainHead*> proved;
  const auto listed = archive.heads(bucket, [&](const StoredVersion& stored) {
    const ChainHead* head = find_head(named, stored.version.zone);
    if (head == nullptr || *head != stored.chain_head()) return;
    const auto entry = journal.get(stored.version.zone);
    const bool taken = entry && *entry && (*entry)->current.chain_head() == *head;
    if (taken || verifier.verify(stored.signed_version)) proved.insert(head);
  });
  if (!listed) return Unexpected(listed.error());
  for (const CheckpointHead& each : named) {
    if (!proved.contains(&each.head))
      return failure("version " + each.head.number.to_string() + " of " + each.zone.to_string() +
                     " is not the newest here, or not proved");
  }
  return {};
}

}  // namespace

Result<std::vector<Checkpoint>> Checkpoints::all() const {
  std::vector<Checkpoint> found;
  const auto listed = store_.list(prefix, [&](const StoreEntry& entry) {
    if (!is_checkpoint_key(entry.key)) return;
    const auto checkpoint = Checkpoint::decode(entry.value);
    if (checkpoint && key_of(checkpoint->publisher) == entry.key) found.push_back(*checkpoint);
  });
  if (!listed) return Unexpected(listed.error());
  return found;
}

Result<std::vector<CheckpointHead>> Checkpoints::heads(const Checkpoint& checkpoint,
                                                       std::uint8_t bucket) const {
  const Sha256& wanted = checkpoint.lists[bucket];
  if (wanted == Sha256{}) return std::vector<CheckpointHead>();
  const auto value = store_.get(key_of(checkpoint.publisher, bucket));
  if (!value) return Unexpected(value.error());
  if (!*value || sha256((*value)->octets) != wanted)
    return failure("the list of bucket " + std::to_string(bucket) + " is missing, or another");
  return decode_heads((*value)->octets, bucket);
}

Result<void> Checkpoints::put(const SignedHeads& fresh) {
  const KeyId& publisher = fresh.checkpoint.publisher;
  const auto before = store_.get(key_of(publisher));
  if (!before) return Unexpected(before.error());
  std::optional<Checkpoint> old;
  if (*before) {
    if (auto read = Checkpoint::decode((*before)->octets)) old = *std::move(read);
  }
  std::vector<StorePut> puts;
  std::size_t octets = 0;
  const auto flush = [&]() -> Result<void> {
    if (puts.empty()) return {};
    const auto outcome = store_.txn({}, puts);
    if (!outcome) return Unexpected(outcome.error());
    puts.clear();
    octets = 0;
    return {};
  };
  for (std::size_t bucket = 0; bucket < checkpoint_buckets; ++bucket) {
    const std::vector<std::byte>& list = fresh.lists[bucket];
    const bool as_before = old && old->lists[bucket] == fresh.checkpoint.lists[bucket];
    // A list that was lost or damaged is put again.
    if (as_before && (list.empty() || heads(*old, static_cast<std::uint8_t>(bucket)))) continue;
    const std::string key = key_of(publisher, bucket);
    puts.push_back({key, list.empty() ? std::nullopt : std::optional(list), 0});
    octets += list.size();
    if (puts.size() < most_lists && octets < most_octets) continue;
    if (auto done = flush(); !done) return done;
  }
  puts.push_back({key_of(publisher), fresh.checkpoint.encode(), 0});
  return flush();
}

Result<Checkpoint> publish_checkpoint(Archive& archive, const Journal& journal, const Policy& policy,
                                      Octets octets, WallTime now) {
  const auto fresh = SignedHeads::decode(octets);
  if (!fresh) return Unexpected(fresh.error());
  const Checkpoint& checkpoint = fresh->checkpoint;
  const PublicKey* key = policy.key(checkpoint.publisher);
  if (key == nullptr) return failure("no publisher has the key " + to_string(checkpoint.publisher));
  if (!checkpoint.is_signed_by(*key)) return failure("bad signature");
  const auto latest =
      std::chrono::duration_cast<std::chrono::seconds>((now + clocks_differ).time_since_epoch());
  if (checkpoint.time > static_cast<std::uint64_t>(latest.count()))
    return failure("its time is in the future");
  Checkpoints checkpoints(archive.store());
  const auto there = checkpoints.all();
  if (!there) return Unexpected(there.error());
  for (const Checkpoint& old : *there) {
    if (old.publisher == checkpoint.publisher && old.time > checkpoint.time && old.is_signed_by(*key))
      return failure("a replay: it is older than the one that is there");
  }
  Verifier verifier(policy);
  for (std::size_t bucket = 0; bucket < checkpoint_buckets; ++bucket) {
    if (fresh->lists[bucket].empty()) continue;
    const auto number = static_cast<std::uint8_t>(bucket);
    const auto heads = decode_heads(fresh->lists[bucket], number);
    if (!heads) return Unexpected(heads.error());
    for (const CheckpointHead& each : *heads) {
      if (!policy.may_sign(checkpoint.publisher, each.zone))
        return failure("the key " + to_string(checkpoint.publisher) + " may not publish " +
                       each.zone.to_string());
    }
    if (auto checked = check_heads(archive, journal, verifier, *heads, number); !checked)
      return Unexpected(checked.error());
  }
  if (auto put = checkpoints.put(*fresh); !put) return Unexpected(put.error());
  return checkpoint;
}

bool Vouchers::vouch_for(const Version& version, const VersionHash& hash) {
  if (!sources_) {
    sources_.emplace();
    if (auto all = checkpoints_.all()) {
      for (Checkpoint& each : *all) {
        const PublicKey* key = policy_.key(each.publisher);
        if (key != nullptr && each.is_signed_by(*key)) sources_->push_back({std::move(each), {}});
      }
    }
  }
  const std::uint8_t bucket = checkpoint_bucket(version.zone);
  return std::ranges::any_of(*sources_, [&](Source& source) {
    if (!policy_.may_sign(source.checkpoint.publisher, version.zone)) return false;
    auto& list = source.lists[bucket];
    if (!list) {
      auto read = checkpoints_.heads(source.checkpoint, bucket);
      list = read ? *std::move(read) : std::vector<CheckpointHead>();
    }
    const ChainHead* named = find_head(*list, version.zone);
    return named != nullptr && *named == ChainHead{version.number, hash};
  });
}

}  // namespace doors
