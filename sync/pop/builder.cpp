#include "sync/pop/builder.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sync/pop/laid_changes.h"
#include "zones/base/log.h"
#include "zones/image/image_content.h"
#include "zones/image/image_file.h"
#include "zones/image/writer.h"

namespace doors {
namespace {

/// So many versions, or so many octets of their contents, go into one transaction of the journal.
constexpr std::size_t step_versions = 262'144;
constexpr std::size_t step_octets = 64ull << 20;

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

BuildOutcome postponed(const Version& version) {
  BuildOutcome outcome = refused(version, {});
  outcome.kind = BuildOutcome::Kind::postponed;
  return outcome;
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
    if (await_blobs(current, archive_.blobs_of_whole(current)))
      each(postponed(current.version));
    else if (auto done = stage(current); done)
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
    const auto prepared = prepare(candidate, verifier, vouch);
    if (!prepared) {
      outcomes.push_back(refused(candidate.version, prepared.error().message));
    } else if (*prepared == Prepared::postponed) {
      outcomes.push_back(postponed(candidate.version));
    } else if (*prepared == Prepared::known) {
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

Result<Builder::Prepared> Builder::prepare(const StoredVersion& candidate, Verifier& verifier,
                                           const Vouch& vouch) {
  const std::optional<ChainHead> taken = known(candidate.version.zone);
  const VersionHash hash = candidate.signed_version.hash();
  switch (succession(taken, candidate.version, hash)) {
    case Succession::same:
      return Prepared::known;
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
  return prepare_proved(candidate);
}

Result<Builder::Prepared> Builder::prepare_proved(const StoredVersion& candidate) {
  if (candidate.version.kind == VersionKind::change) return stage_change(candidate);
  if (await_blobs(candidate, blobs_of({&candidate, 1}))) return Prepared::postponed;
  if (candidate.version.kind != VersionKind::tombstone) {
    if (auto staged = stage(candidate); !staged) return Unexpected(std::move(staged).error());
  }
  return Prepared::staged;
}

/// Whether a version has to wait for some of the blobs, because they are not here.
bool Builder::await_blobs(const StoredVersion& stored, const std::vector<Frame>& frames) {
  return arrivals_ != nullptr && !arrivals_->are_here(stored, frames);
}

/// The content of a proved version: the one at hand that was checked against its record, or from the archive.
Result<Content> Builder::content_of(const StoredVersion& stored) const {
  if (fresh_ != nullptr) {
    if (auto ready = fresh_->take(stored.signed_version.hash())) return *std::move(ready);
  }
  auto content = archive_.whole_content(stored);
  if (content || stored.version.kind != VersionKind::change) return content;
  // The version before may be here whole, where it is lost in the archive.
  const auto entry = journal_.get(stored.version.zone);
  if (!entry || !*entry) return content;
  const bool is_current = (*entry)->current.version.number == stored.version.number;
  const std::optional<StoredVersion> before = is_current ? (*entry)->previous : (*entry)->current;
  if (!before || before->signed_version.hash() != stored.version.previous) return content;
  const auto image =
      open_image_file(images_.path(before->version.zone, before->version.number), ZoneImage::Check::at_use);
  const auto deltas = archive_.deltas_of(before->version, {&stored, 1});
  if (!image || !deltas || (*image)->version() != image_version(before->version)) return content;
  const auto shown = doors::content_of(**image);
  return shown ? deltas->front().apply(*shown) : std::move(content);
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

/// Lays a change, and those that were missed before it, on the image of the version that was taken. Where
/// only a whole image can show it, or the image there cannot be read, that is made: here, or of a large zone
/// beside. Error: they do not fit.
Result<Builder::Prepared> Builder::stage_change(const StoredVersion& stored) {
  const Version& version = stored.version;
  const auto known = known_.find(key_of(version.zone));
  WholeImageJob job{stored, false, nullptr, std::nullopt};
  if (known != known_.end() && known->second.kind != VersionKind::tombstone && known->second.given) {
    const auto changes = archive_.changes_between(known->second.head, stored);
    const auto entry = journal_.get(version.zone);
    if (changes && entry && *entry) {
      if (await_blobs(stored, blobs_of(*changes))) return Prepared::postponed;
      const Version& before = (*entry)->current.version;
      const auto deltas = archive_.deltas_of(before, *changes);
      if (!deltas) return Unexpected(deltas.error());
      auto joined = Delta::joined(*deltas);
      if (!joined) return Unexpected(std::move(joined).error());
      OpenZones::Zone now = open_.open(before);
      for (const Delta& delta : *deltas) now.log.add(delta);
      if (!now.log.empty()) images_.put_log(version.zone, version.number, now.log.octets());
      job.image = now.image;
      job.since = *std::move(joined);
      auto laid = now.image ? lay_changes(now.image, *job.since, version, limits_.most_names)
                            : std::optional<LaidChanges>();
      if (!laid) return Unexpected(std::move(laid).error());
      if (*laid) {
        if (auto staged = stage_octets(version, (*laid)->overlay); !staged)
          return Unexpected(std::move(staged).error());
        now.image = (*laid)->image;
        if ((*laid)->overlay.size() >= limits_.merge_from_octets)
          postpone({stored, true, now.image, std::nullopt});
        open_.put(version.zone, std::move(now));
        return Prepared::staged;
      }
    }
  }
  if (await_blobs(stored, archive_.blobs_of_whole(stored))) return Prepared::postponed;
  if (version.records >= limits_.beside_from_records) {
    postpone(std::move(job));
    return Prepared::postponed;
  }
  auto staged = stage(stored);
  if (!staged) return Unexpected(std::move(staged).error());
  return Prepared::staged;
}

void Builder::postpone(WholeImageJob job) {
  const std::string key = key_of(job.stored.version.zone);
  if (beside_.insert(key).second)
    jobs_.push_back(std::move(job));
  else if (!job.taken)
    postponed_.insert_or_assign(key, std::move(job.stored));
}

Result<std::vector<std::byte>> WholeImageJob::make(const Archive& archive) const {
  auto content = archive.whole_content(stored);
  if (!content && image) {
    auto shown = content_of(*image);
    content = shown && since ? since->apply(*shown) : std::move(shown);
  }
  if (!content) return Unexpected(content.error());
  return build_image(*content, image_version(stored.version));
}

std::vector<BuildOutcome> Builder::adopt(const WholeImageJob& job,
                                         const Result<std::vector<std::byte>>& image) {
  const StoredVersion& made = job.stored;
  const std::string key = key_of(made.version.zone);
  const auto overtaken = [&](const StoredVersion& version) {
    const auto known = known_.find(key);
    return known != known_.end() && known->second.head.number >= version.version.number;
  };
  std::vector<BuildOutcome> outcomes;
  std::vector<StoredVersion> taken;
  disk_failed_ = false;
  beside_.erase(key);
  if (job.taken) {
    auto replaced = image ? replace_overlay(made, *image) : std::nullopt;
    if (replaced) outcomes.push_back(*std::move(replaced));
  } else if (!overtaken(made)) {
    if (auto staged = image ? stage_octets(made.version, *image) : Unexpected(image.error()); staged)
      taken.push_back(made);
    else
      outcomes.push_back(refused(made.version, staged.error().message));
    finish(taken, outcomes);
  }
  const auto next = postponed_.extract(key);
  if (next.empty() || overtaken(next.mapped())) return outcomes;
  if (const auto prepared = prepare_proved(next.mapped()); !prepared)
    outcomes.push_back(refused(next.mapped().version, prepared.error().message));
  else if (*prepared == Prepared::staged)
    taken.push_back(next.mapped());
  finish(taken, outcomes);
  return outcomes;
}

std::optional<BuildOutcome> Builder::replace_overlay(const StoredVersion& merged, Octets image) {
  const Name& zone = merged.version.zone;
  const auto entry = journal_.get(zone);
  if (!entry || !*entry) return std::nullopt;
  const StoredVersion& current = (*entry)->current;
  // What came since is laid on it, unless that is a whole version itself.
  std::vector<StoredVersion> since;
  if (current.version.number != merged.version.number) {
    auto changes = archive_.changes_between(merged.chain_head(), current);
    if (!changes) return std::nullopt;
    since = *std::move(changes);
  }
  if (!stage_octets(merged.version, image) || !images_.commit()) return std::nullopt;
  open_.forget(zone);
  if (!since.empty()) {
    const auto deltas = archive_.deltas_of(merged.version, since);
    const auto joined = deltas ? Delta::joined(*deltas) : Unexpected(deltas.error());
    const auto& below = open_.open(merged.version).image;
    if (!joined || !below) return std::nullopt;
    const auto laid = lay_changes(below, *joined, current.version, limits_.most_names);
    if (!laid || !*laid || !stage_octets(current.version, (*laid)->overlay) || !images_.commit())
      return std::nullopt;
    open_.forget(zone);
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
  if (await_blobs(current, archive_.blobs_of_whole(current))) {
    known_.at(key_of(zone)).given = false;  // then it is made once it is taken again, when they are here
    return postponed(current.version);
  }
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
