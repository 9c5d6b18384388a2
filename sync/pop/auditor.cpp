#include "sync/pop/auditor.h"

#include <algorithm>
#include <utility>

namespace doors {

std::vector<std::string> Audit::alarms() const {
  std::vector<std::string> words;
  for (const Withheld& each : named) {
    const std::string taken = each.taken == VersionNumber{} ? "none" : each.taken.to_string();
    words.push_back("withheld: version " + each.promised.to_string() + " of " + each.zone.to_string() +
                    ", taken is " + taken);
  }
  if (withheld > named.size()) words.push_back("withheld: " + std::to_string(withheld) + " zones in all");
  words.insert(words.end(), bad.begin(), bad.end());
  return words;
}

std::optional<Audit> Auditor::take(const Policy& policy, const Known& known) {
  if (!watch_) {
    const auto revision = archive_.store().revision();
    if (!revision) return std::nullopt;
    auto watch = archive_.store().watch(std::string(Checkpoints::prefix), *revision + 1, wake_);
    if (!watch) return std::nullopt;
    watch_ = std::move(*watch);
    due_ = true;
  }
  const auto batch = watch_->take();
  if (!batch || batch->compacted) watch_.reset();
  due_ =
      due_ || !batch || batch->compacted || std::ranges::any_of(batch->events, [](const StoreEvent& event) {
        return Checkpoints::is_checkpoint_key(event.key);
      });
  if (!std::exchange(due_, false)) return std::nullopt;
  return audit(policy, known);
}

Audit Auditor::audit(const Policy& policy, const Known& known) {
  Audit audit;
  const auto all = checkpoints_.all();
  if (!all) {
    audit.bad.push_back("checkpoints cannot be read: " + all.error().message);
    return audit;
  }
  for (const Checkpoint& checkpoint : *all) {
    // What a retired key has left behind says nothing any more.
    const PublicKey* key = policy.key(checkpoint.publisher);
    if (key == nullptr) continue;
    const std::string of = "checkpoint of " + to_string(checkpoint.publisher);
    const std::uint64_t newest = journal_.checkpoint_time(checkpoint.publisher).value_or(0);
    if (!checkpoint.is_signed_by(*key)) {
      audit.bad.push_back(of + ": bad signature");
    } else if (checkpoint.time < newest) {
      audit.bad.push_back(of + ": a replay, a newer one was seen");
    } else {
      if (checkpoint.time > newest) (void)journal_.record_checkpoint(checkpoint.publisher, checkpoint.time);
      audit.newest = std::max(audit.newest, checkpoint.time);
      compare(checkpoint, policy, known, audit);
    }
  }
  return audit;
}

void Auditor::compare(const Checkpoint& checkpoint, const Policy& policy, const Known& known, Audit& audit) {
  for (std::size_t bucket = 0; bucket < checkpoint_buckets; ++bucket) {
    const auto heads = checkpoints_.heads(checkpoint, static_cast<std::uint8_t>(bucket));
    if (!heads) {
      audit.bad.push_back("checkpoint of " + to_string(checkpoint.publisher) + ": " + heads.error().message);
      return;
    }
    for (const CheckpointHead& promised : *heads) {
      if (!policy.may_sign(checkpoint.publisher, promised.zone)) continue;
      const auto taken = known(promised.zone);
      if (taken && (taken->number > promised.head.number || *taken == promised.head)) continue;
      if (is_offered(promised, policy)) continue;
      if (audit.withheld++ < Audit::most_named)
        audit.named.push_back({promised.zone, promised.head.number, taken ? taken->number : VersionNumber{}});
    }
  }
}

/// What the store offers and this node has not taken yet, or refuses for a reason of its own.
bool Auditor::is_offered(const CheckpointHead& promised, const Policy& policy) const {
  const auto head = archive_.head(promised.zone);
  if (!head || !*head) return false;
  const StoredVersion& stored = (*head)->stored;
  if (stored.chain_head() == promised.head) return true;
  return stored.version.number > promised.head.number &&
         Verifier(policy).verify(stored.signed_version).has_value();
}

}  // namespace doors
