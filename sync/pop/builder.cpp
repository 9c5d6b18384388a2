#include "sync/pop/builder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sync/pop/laid_changes.h"
#include "zones/base/log.h"
#include "zones/image/image_file.h"
#include "zones/image/writer.h"

namespace doors {
namespace {

/// So many versions, or so many octets of their contents, go into one transaction of the journal.
constexpr std::size_t step_versions = 262'144;
constexpr std::size_t step_octets = 64ull << 20;
/// An overlay of so much, some 2,000 names, is made into a whole image beside: each change makes it anew.
constexpr std::size_t merge_from_octets = std::size_t{256} << 10;

std::string key_of(NameView zone) {
  Name canonical(zone);
  canonical.make_canonical();
  return std::string(text_of(canonical.wire()));
}

BuildOutcome refused(const Version& version, std::string reason) {
  return {BuildOutcome::Kind::refused,
          version.zone,
          version.number,
          version.serial,
          version.kind,
          {},
          std::move(reason)};
}

/// Of several versions of one zone only the highest is tried.
void keep_highest(std::vector<StoredVersion>& candidates) {
  std::ranges::stable_sort(candidates, [](const StoredVersion& a, const StoredVersion& b) {
    const auto order = a.version.zone <=> b.version.zone;
    return order != 0 ? order < 0 : a.version.number > b.version.number;
  });
  const auto same_zone = [](const StoredVersion& a, const StoredVersion& b) {
    return a.version.zone == b.version.zone;
  };
  candidates.erase(std::unique(candidates.begin(), candidates.end(), same_zone), candidates.end());
}

}  // namespace

Result<std::size_t> Builder::load(const std::function<void(BuildOutcome)>& each) {
  std::vector<Name> missing;
  std::vector<Name> deleted;
  const auto damaged = journal_.visit([&](const JournalEntry& entry) {
    const Version& version = entry.current.version;
    Known known{entry.current.chain_head(), {}, version.serial, version.kind, false};
    if (entry.previous) known.previous = entry.previous->version.number;
    const bool gone = version.kind == VersionKind::tombstone;
    known.given = gone || images_.has(version.zone, version.number);
    known_[key_of(version.zone)] = known;
    if (gone) deleted.push_back(version.zone);
    if (known.given) {
      each(outcome_of(version, known));
    } else {
      missing.push_back(version.zone);
    }
  });
  if (!damaged) return damaged;
  for (const Name& zone : deleted) drop_old_images(zone);
  make_missing(missing, each);
  return damaged;
}

/// As make_again() for many, which come to disk together: a killed push may have left all of it undone.
void Builder::make_missing(const std::vector<Name>& zones, const std::function<void(BuildOutcome)>& each) {
  disk_failed_ = false;
  std::vector<Version> staged;
  for (const Name& zone : zones) {
    if (stopping_) break;
    const auto entry = journal_.get(zone);
    if (!entry || !*entry) continue;
    const StoredVersion& current = (*entry)->current;
    if (auto done = stage(current); done)
      staged.push_back(current.version);
    else
      each(refused(current.version, "its image cannot be made again: " + done.error().message));
  }
  const Result<void> done = images_.commit();
  disk_failed_ = disk_failed_ || !done;
  for (const Version& version : staged) {
    Known& known = known_.at(key_of(version.zone));
    known.given = done.has_value();
    each(done ? outcome_of(version, known)
              : refused(version, "its image cannot be made again: " + done.error().message));
  }
}

BuildOutcome Builder::outcome_of(const Version& version, const Known& known) const {
  BuildOutcome outcome{
      BuildOutcome::Kind::ready, version.zone, known.head.number, known.serial, known.kind, {}, {}};
  if (known.kind == VersionKind::tombstone) {
    outcome.kind = BuildOutcome::Kind::removed;
  } else {
    outcome.image = images_.path(version.zone, known.head.number);
  }
  return outcome;
}

std::optional<ChainHead> Builder::known(NameView zone) const {
  const auto found = known_.find(key_of(zone));
  if (found == known_.end()) return std::nullopt;
  return found->second.head;
}

std::vector<BuildOutcome> Builder::take(std::vector<StoredVersion> candidates, const Policy& policy,
                                        const Vouch& vouch) {
  keep_highest(candidates);
  std::vector<BuildOutcome> outcomes;
  std::vector<StoredVersion> taken;
  std::vector<Name> unfinished;
  std::size_t octets = 0;
  disk_failed_ = false;
  Verifier verifier(policy);
  for (StoredVersion& candidate : candidates) {
    if (stopping_) break;
    const auto take_it = prepare(candidate, verifier, vouch);
    if (!take_it) {
      outcomes.push_back(refused(candidate.version, take_it.error().message));
    } else if (!*take_it) {
      const Known& known = known_.at(key_of(candidate.version.zone));
      if (known.given) {
        outcomes.push_back(outcome_of(candidate.version, known));
        outcomes.back().kind = BuildOutcome::Kind::unchanged;
      } else {
        unfinished.push_back(candidate.version.zone);
      }
    } else {
      octets += candidate.content.size();
      taken.push_back(std::move(candidate));
      if (taken.size() >= step_versions || octets >= step_octets) {
        finish(taken, outcomes);
        octets = 0;
      }
    }
  }
  finish(taken, outcomes);
  for (const Name& zone : unfinished) outcomes.push_back(make_again(zone));
  return outcomes;
}

/// True: to be journaled, its image is staged. False: known already.
Result<bool> Builder::prepare(const StoredVersion& candidate, Verifier& verifier, const Vouch& vouch) {
  const std::optional<ChainHead> taken = known(candidate.version.zone);
  const VersionHash hash = candidate.signed_version.hash();
  switch (succession(taken, candidate.version, hash)) {
    case Succession::same:
      return false;
    case Succession::older:
      return failure("a replay: version " + candidate.version.number.to_string() + " is older than " +
                     taken->number.to_string() + ", which was taken");
    case Succession::forked:
      return failure("a fork: version " + candidate.version.number.to_string() + " does not follow " +
                     taken->number.to_string() + " as it was taken");
    case Succession::first:
    case Succession::next:
    case Succession::ahead:
      break;
  }
  const auto proved = verifier.verify(candidate.signed_version);
  if (!proved && !(vouch && vouch(candidate.version, hash))) return Unexpected(proved.error());
  if (candidate.version.kind == VersionKind::change) {
    const auto laid = stage_overlay(candidate);
    if (!laid || *laid) return laid;
  }
  if (candidate.version.kind != VersionKind::tombstone) {
    if (auto staged = stage(candidate); !staged) return Unexpected(std::move(staged).error());
  }
  return true;
}

/// The content of a proved version: the one at hand that was checked against its record, or from the archive.
Result<Content> Builder::content_of(const StoredVersion& stored) const {
  if (fresh_ != nullptr) {
    if (auto ready = fresh_->take(stored.signed_version.hash())) return *std::move(ready);
  }
  return archive_.whole_content(stored);
}

Result<void> Builder::stage(const StoredVersion& stored) {
  const auto content = content_of(stored);
  if (!content) return Unexpected(content.error());
  const auto image = build_image(*content, image_version(stored.version));
  if (!image) return Unexpected(image.error());
  return stage_octets(stored.version, *image);
}

Result<void> Builder::stage_octets(const Version& version, Octets image) {
  auto staged = images_.stage(version.zone, version.number, image);
  if (!staged) disk_failed_ = true;
  return staged;
}

/// The image of the zone's newest version that was taken, which `version` is the record of; null if it cannot
/// be opened.
std::shared_ptr<const ZoneImage> Builder::current_image(const Version& version) {
  std::shared_ptr<const ZoneImage>& open = open_[key_of(version.zone)];
  if (!open || open->version() != image_version(version)) {
    open.reset();
    auto image = open_image_file(images_.path(version.zone, version.number), ZoneImage::Check::at_use);
    if (image && (*image)->version() == image_version(version)) open = *std::move(image);
  }
  return open;
}

/// Lays changes on the image of the version that was taken. False: only a whole image can show them, or the
/// image there is cannot be read. Error: they do not fit.
Result<bool> Builder::stage_overlay(const StoredVersion& stored) {
  const auto known = known_.find(key_of(stored.version.zone));
  if (known == known_.end() || known->second.kind == VersionKind::tombstone || !known->second.given)
    return false;
  const auto changes = archive_.changes_between(known->second.head, stored);
  const auto entry = journal_.get(stored.version.zone);
  if (!changes || !entry || !*entry) return false;
  const Version& before = (*entry)->current.version;
  auto image = current_image(before);
  if (!image) return false;
  auto laid = lay_changes(archive_, std::move(image), before, *changes);
  if (!laid) return Unexpected(std::move(laid).error());
  if (!*laid) return false;
  if (auto staged = stage_octets(stored.version, (*laid)->overlay); !staged)
    return Unexpected(std::move(staged).error());
  if ((*laid)->overlay.size() >= merge_from_octets && merging_.insert(key_of(stored.version.zone)).second)
    grown_.push_back(stored);
  open_[key_of(stored.version.zone)] = std::move((*laid)->image);
  return true;
}

Result<std::vector<std::byte>> Builder::merge(const Archive& archive, const StoredVersion& stored) {
  const auto content = archive.whole_content(stored);
  if (!content) return Unexpected(content.error());
  return build_image(*content, image_version(stored.version));
}

std::optional<BuildOutcome> Builder::adopt(const StoredVersion& merged, Octets image) {
  const Name& zone = merged.version.zone;
  merging_.erase(key_of(zone));
  const auto entry = journal_.get(zone);
  if (image.empty() || !entry || !*entry) return std::nullopt;
  const StoredVersion& current = (*entry)->current;
  // What came since is laid on it, unless that is a whole version itself.
  std::vector<StoredVersion> since;
  if (current.version.number != merged.version.number) {
    auto changes = archive_.changes_between(merged.chain_head(), current);
    if (!changes) return std::nullopt;
    since = *std::move(changes);
  }
  if (!stage_octets(merged.version, image) || !images_.commit()) return std::nullopt;
  open_.erase(key_of(zone));
  if (!since.empty()) {
    auto below = current_image(merged.version);
    if (!below) return std::nullopt;
    auto laid = lay_changes(archive_, std::move(below), merged.version, since);
    if (!laid || !*laid || !stage_octets(current.version, (*laid)->overlay) || !images_.commit())
      return std::nullopt;
    open_[key_of(zone)] = std::move((*laid)->image);
  }
  BuildOutcome outcome = outcome_of(current.version, known_.at(key_of(zone)));
  outcome.renewed = true;
  return outcome;
}

void Builder::finish(std::vector<StoredVersion>& taken, std::vector<BuildOutcome>& outcomes) {
  if (taken.empty()) return;
  Result<void> done = journal_.record(taken);
  if (done) {
    for (const StoredVersion& stored : taken) {
      Known& known = known_[key_of(stored.version.zone)];
      known = {stored.chain_head(), known.head.number, stored.version.serial, stored.version.kind, false};
    }
    done = images_.commit();
  } else {
    images_.discard();
  }
  if (!done) disk_failed_ = true;
  for (const StoredVersion& stored : taken) {
    if (!done) {
      outcomes.push_back(refused(stored.version, done.error().message));
      continue;
    }
    Known& known = known_.at(key_of(stored.version.zone));
    known.given = true;
    outcomes.push_back(outcome_of(stored.version, known));
  }
  taken.clear();
}

BuildOutcome Builder::rebuild(NameView zone) {
  disk_failed_ = false;
  return make_again(zone);
}

BuildOutcome Builder::make_again(NameView zone) {
  const auto entry = journal_.get(zone);
  if (!entry || !*entry) {
    BuildOutcome outcome;
    outcome.zone = Name(zone);
    outcome.reason = entry ? "the zone is not in the journal" : entry.error().message;
    return outcome;
  }
  const StoredVersion& current = (*entry)->current;
  Result<void> done;
  if (current.version.kind != VersionKind::tombstone) {
    done = stage(current);
    if (done) {
      done = images_.commit();
      disk_failed_ = disk_failed_ || !done;
    } else {
      images_.discard();
    }
  }
  Known& known = known_.at(key_of(zone));
  known.given = known.given && !disk_failed_;  // then the next take() tries it once more
  if (!done) return refused(current.version, "its image cannot be made again: " + done.error().message);
  known.given = true;
  return outcome_of(current.version, known);
}

void Builder::tidy(NameView zone) {
  drop_old_images(zone);
  const auto gathered = images_.gather();
  if (!gathered) {
    log::warn("small images not gathered", {{"reason", gathered.error().message}});
  } else if (*gathered) {
    log::info("small images gathered");
  }
}

void Builder::drop_old_images(NameView zone) {
  const auto found = known_.find(key_of(zone));
  if (found == known_.end()) return;
  if (found->second.kind == VersionKind::tombstone) {
    images_.remove(zone, found->second.head.number);
  } else {
    images_.keep_only(zone, {found->second.head.number, found->second.previous});
  }
}

}  // namespace doors
