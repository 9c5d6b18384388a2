#include "sync/ctl/served_zones.h"

#include <algorithm>

namespace doors::ctl {

bool ServedZones::owns(const std::string& path, const Name& zone) const {
  const auto at = zones_.find(zone);
  return at != zones_.end() && at->second.owner == path;
}

std::vector<std::size_t> ServedZones::begin(const std::vector<ZoneFile>& found) {
  for (auto& [path, state] : files_) state.present = false;
  std::vector<std::size_t> to_read;
  for (std::size_t i = 0; i < found.size(); ++i) {
    FileState& state = files_[found[i].path.native()];
    state.order = i;
    state.present = true;
    const bool same = state.good && state.read && state.read->file == found[i] && !state.read->includes;
    if (!same) to_read.push_back(i);
  }
  return to_read;
}

ServedZones::Came ServedZones::came(const ReadFile& read) {
  FileState& state = files_[read.file.path.native()];
  state.good = true;
  state.read = read;
  const auto [at, is_new] = zones_.try_emplace(read.zone);
  ZoneState& zone = at->second;
  Came result;
  if (!is_new && zone.owner != read.file.path.native()) {
    const auto owner = files_.find(zone.owner);
    const bool owner_counts = owner != files_.end() && owner->second.present && owner->second.read &&
                              owner->second.read->zone == read.zone && owner->second.order < state.order;
    if (owner_counts) {
      result.verdict = Verdict::surplus;
      result.other = zone.owner;
      return result;
    }
    if (owner != files_.end() && owner->second.present) result.displaced = zone.owner;
  }
  zone.owner = read.file.path.native();
  if (!is_new && zone.digest == read.digest) {
    result.verdict = Verdict::unchanged;
    result.displaced.clear();
    return result;
  }
  zone.digest = read.digest;
  zone.seq = ++last_seq_[read.zone];
  result.verdict = Verdict::offer;
  result.seq = zone.seq;
  result.is_new = is_new;
  return result;
}

bool ServedZones::failed(const std::filesystem::path& path) {
  const auto at = files_.find(path.native());
  if (at == files_.end()) return false;
  at->second.good = false;
  return at->second.read && owns(path.native(), at->second.read->zone);
}

void ServedZones::not_taken(const std::filesystem::path& path, const Name& zone, const Came& came) {
  if (const auto file = files_.find(path.native()); file != files_.end()) file->second.good = false;
  const auto at = zones_.find(zone);
  if (at == zones_.end() || at->second.seq != came.seq) return;  // another file's version came after it
  if (came.is_new) {
    zones_.erase(at);
  } else {
    at->second.digest = {};
  }
}

ServedZones::Finish ServedZones::finish() {
  Finish finish;
  std::erase_if(files_, [](const auto& file) { return !file.second.present; });
  const auto has_owner = [&](const auto& zone) {
    const auto owner = files_.find(zone.second.owner);
    return owner != files_.end() && owner->second.read && owner->second.read->zone == zone.first;
  };
  std::map<Name, std::pair<std::size_t, const std::string*>>
      heirs;  // the first good file of each orphaned zone
  for (const auto& zone : zones_) {
    if (!has_owner(zone)) heirs.try_emplace(zone.first, 0, nullptr);
  }
  if (heirs.empty()) return finish;
  for (const auto& [path, state] : files_) {
    if (!state.good || !state.read) continue;
    const auto heir = heirs.find(state.read->zone);
    if (heir == heirs.end()) continue;
    if (heir->second.second == nullptr || state.order < heir->second.first)
      heir->second = {state.order, &path};
  }
  for (const auto& [zone, heir] : heirs) {
    if (heir.second != nullptr) {
      finish.read.emplace_back(*heir.second);
    } else {
      finish.gone.push_back(zone);
      zones_.erase(zone);
    }
  }
  return finish;
}

std::optional<Name> ServedZones::any_zone() const {
  if (zones_.empty()) return std::nullopt;
  return zones_.begin()->first;
}

std::vector<ServedZones::Served> ServedZones::served() const {
  std::vector<Served> list;
  for (const auto& [name, zone] : zones_) {
    const auto owner = files_.find(zone.owner);
    if (owner == files_.end() || !owner->second.good || !owner->second.read) continue;
    list.push_back({*owner->second.read, zone.seq});
  }
  return list;
}

void ServedZones::remember(NameView zone, std::uint64_t seq) {
  std::uint64_t& last = last_seq_[Name(zone)];
  last = std::max(last, seq);
}

}  // namespace doors::ctl
