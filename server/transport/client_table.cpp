#include "server/transport/client_table.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace doors {

SourceKey source_key(const Endpoint& source) noexcept {
  SourceKey key = 0;
  std::memcpy(&key, source.address.data(), source.v6 ? 8 : 4);
  // Without the mark an IPv4 address would share its place with the IPv6 /64 of the same first octets.
  return source.v6 ? key : key | (SourceKey{1} << 63);
}

ClientTable::ClientTable(const Bounds& bounds) : bounds_(bounds) { rebound(bounds); }

void ClientTable::rebound(const Bounds& bounds) {
  bounds_ = bounds;
  bounds_.clients = std::clamp<std::size_t>(bounds.clients, 1, none - 1);
  bounds_.share = std::max<std::size_t>(bounds.share, 1);
  // Entries are never taken away, only not filled any more: an id stays what it is while a client has it.
  const std::size_t before = entries_.size();
  if (bounds_.clients > before) {
    entries_.resize(bounds_.clients);
    free_.reserve(bounds_.clients);
    for (std::size_t id = bounds_.clients; id > before; --id) free_.push_back(static_cast<Id>(id - 1));
  }
}

ClientTable::Admission ClientTable::admit(SourceKey source, Monotonic now) {
  Admission admission{.id = 0, .evicted = std::nullopt};
  List& same = sources_[source];  // may find no memory: so before anything else changes
  if (same.size >= bounds_.share) {
    admission.evicted = same.oldest;
    admission.by_share = true;
  } else if (size_ >= bounds_.clients) {
    admission.evicted = all_.oldest;
  }
  if (admission.evicted) {
    const SourceKey theirs = entries_[*admission.evicted].source;
    unlink(*admission.evicted);
    if (theirs != source) forget_if_gone(theirs);
  }

  assert(!free_.empty());
  admission.id = free_.back();
  free_.pop_back();
  Entry& entry = entries_[admission.id];
  entry.source = source;
  entry.last_progress = now;
  entry.deadline = Monotonic::max();
  entry.busy = false;
  entry.taken = true;
  append(all_, &Entry::all, admission.id);
  append(same, &Entry::same_source, admission.id);
  ++size_;
  return admission;
}

void ClientTable::progress(Id id, Monotonic now) noexcept {
  Entry& entry = entries_[id];
  assert(entry.taken);
  entry.last_progress = now;
  List& same = sources_.find(entry.source)->second;
  remove(all_, &Entry::all, id);
  append(all_, &Entry::all, id);
  remove(same, &Entry::same_source, id);
  append(same, &Entry::same_source, id);
}

void ClientTable::set_deadline(Id id, std::optional<Monotonic> deadline, bool busy) noexcept {
  assert(entries_[id].taken);
  entries_[id].deadline = deadline.value_or(Monotonic::max());
  entries_[id].busy = busy;
}

void ClientTable::release(Id id) noexcept {
  unlink(id);
  forget_if_gone(entries_[id].source);
}

void ClientTable::unlink(Id id) noexcept {
  Entry& entry = entries_[id];
  assert(entry.taken);
  entry.taken = false;
  remove(all_, &Entry::all, id);
  remove(sources_.find(entry.source)->second, &Entry::same_source, id);
  free_.push_back(id);  // within the capacity reserved by rebound()
  --size_;
}

void ClientTable::forget_if_gone(SourceKey source) noexcept {
  const auto found = sources_.find(source);
  if (found->second.size == 0) sources_.erase(found);
}

void ClientTable::collect_expired(Monotonic now, std::vector<Expired>& expired) const {
  expired.clear();
  const Duration idle = idle_time();
  for (Id id = all_.oldest; id != none; id = entries_[id].all.newer) {
    const Entry& entry = entries_[id];
    const bool late = entry.deadline <= now;
    if (late || (!entry.busy && now - entry.last_progress >= idle)) expired.push_back({id, !late});
  }
}

std::optional<ClientTable::Id> ClientTable::oldest(Monotonic now, Duration age) const noexcept {
  if (all_.oldest == none || now - entries_[all_.oldest].last_progress < age) return std::nullopt;
  return all_.oldest;
}

ClientTable::Duration ClientTable::idle_time() const noexcept {
  const std::size_t relaxed = bounds_.clients / 2;
  const std::size_t pressed = bounds_.clients - bounds_.clients / 10;
  const Duration least = std::min(bounds_.idle, bounds_.idle_under_pressure);
  if (pressed_ || size_ >= pressed) return least;
  if (size_ <= relaxed) return bounds_.idle;
  const auto left = static_cast<Duration::rep>(pressed - size_);
  return least + (bounds_.idle - least) * left / static_cast<Duration::rep>(pressed - relaxed);
}

void ClientTable::append(List& list, Links Entry::*links, Id id) noexcept {
  Links& mine = entries_[id].*links;
  mine = {.older = list.newest, .newer = none};
  if (list.newest != none)
    (entries_[list.newest].*links).newer = id;
  else
    list.oldest = id;
  list.newest = id;
  ++list.size;
}

void ClientTable::remove(List& list, Links Entry::*links, Id id) noexcept {
  const Links mine = entries_[id].*links;
  if (mine.older != none)
    (entries_[mine.older].*links).newer = mine.newer;
  else
    list.oldest = mine.newer;
  if (mine.newer != none)
    (entries_[mine.newer].*links).older = mine.older;
  else
    list.newest = mine.older;
  --list.size;
}

}  // namespace doors
