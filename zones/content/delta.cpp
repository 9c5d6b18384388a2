#include "zones/content/delta.h"

#include <algorithm>
#include <compare>
#include <map>
#include <string_view>

namespace doors {

namespace {

constexpr std::string_view magic = "DOORDLT1";
constexpr std::size_t header_octets = 16;

void put(std::vector<std::byte>& to, Octets octets) { to.insert(to.end(), octets.begin(), octets.end()); }

/// Where an RRset stands in a content.
struct Place {
  explicit Place(const RRsetView& rrset) noexcept
      : owner(rrset.owner), type(rrset.type), covered(rrset.covered) {}
  NameView owner;
  RRType type;
  RRType covered;
  friend std::strong_ordering operator<=>(const Place& a, const Place& b) noexcept {
    if (const auto owners = a.owner.canonical_compare(b.owner); owners != 0) return owners;
    if (const auto types = raw(a.type) <=> raw(b.type); types != 0) return types;
    return raw(a.covered) <=> raw(b.covered);
  }
};

/// A stream of RRsets as they lie in other streams.
class Part {
 public:
  explicit Part(const Content& of_zone) {
    const Octets stream = of_zone.stream();
    put(stream_, stream.first(static_cast<std::size_t>(of_zone.rrset_octets(0).data() - stream.data())));
  }
  void reserve(std::size_t octets) { stream_.reserve(octets); }
  void add(Octets rrset) { put(stream_, rrset); }
  [[nodiscard]] Result<Content> finish() { return Content::parse(std::move(stream_)); }

 private:
  std::vector<std::byte> stream_;
};

Result<Delta> delta_of(Part& gone, Part& come) {
  auto before = gone.finish();
  if (!before) return Unexpected(std::move(before).error());
  auto after = come.finish();
  if (!after) return Unexpected(std::move(after).error());
  return Delta::of(*std::move(before), *std::move(after));
}

/// One RRset over several changes; empty where it is not there.
struct Course {
  Octets before;
  Octets after;
};

}  // namespace

Result<Delta> Delta::of(Content gone, Content come) {
  if (!(gone.origin() == come.origin())) return failure("delta: of two zones");
  return Delta(std::move(gone), std::move(come));
}

Result<Delta> Delta::between(const Content& before, const Content& after) {
  Part gone(before);
  Part come(after);
  std::size_t b = 0;
  std::size_t a = 0;
  while (b < before.rrset_count() || a < after.rrset_count()) {
    const auto order = b == before.rrset_count()  ? std::strong_ordering::greater
                       : a == after.rrset_count() ? std::strong_ordering::less
                                                  : Place(before.rrset(b)) <=> Place(after.rrset(a));
    const bool soa = order == 0 && before.rrset(b).type == RRType::soa;
    if (order == 0 && !soa && std::ranges::equal(before.rrset_octets(b), after.rrset_octets(a))) {
      ++b, ++a;
      continue;
    }
    if (order <= 0) gone.add(before.rrset_octets(b++));
    if (order >= 0) come.add(after.rrset_octets(a++));
  }
  return delta_of(gone, come);
}

Result<Delta> Delta::joined(std::span<const Delta> steps) {
  std::map<Place, Course> courses;
  const Delta* last = nullptr;
  for (const Delta& step : steps) {
    const bool follows = last == nullptr || (step.gone_.origin() == last->come_.origin() &&
                                             std::ranges::equal(step.gone_.soa().rdatas.octets(),
                                                                last->come_.soa().rdatas.octets()));
    if (!follows) return failure("delta: a change does not go on from the one before");
    last = &step;
    for (std::size_t i = 0; i < step.gone_.rrset_count(); ++i) {
      const Octets rrset = step.gone_.rrset_octets(i);
      const auto [course, fresh] = courses.try_emplace(Place(step.gone_.rrset(i)), Course{rrset, {}});
      if (!fresh && !std::ranges::equal(course->second.after, rrset))
        return failure("delta: what goes is not there: " + step.gone_.rrset(i).owner.to_string());
      course->second.after = {};
    }
    for (std::size_t i = 0; i < step.come_.rrset_count(); ++i) {
      Octets& after = courses.try_emplace(Place(step.come_.rrset(i))).first->second.after;
      if (!after.empty())
        return failure("delta: another RRset is there: " + step.come_.rrset(i).owner.to_string());
      after = step.come_.rrset_octets(i);
    }
  }
  Part gone(steps.front().gone_);
  Part come(steps.front().come_);
  for (const auto& [place, course] : courses) {
    if (place.type != RRType::soa && std::ranges::equal(course.before, course.after)) continue;
    gone.add(course.before);
    come.add(course.after);
  }
  return delta_of(gone, come);
}

Result<Delta> Delta::parse(Octets stream) {
  if (stream.size() < header_octets || text_of(stream.first(magic.size())) != magic)
    return failure("delta: not a delta stream");
  const std::uint64_t size = load_u64(stream.data() + magic.size());
  stream = stream.subspan(header_octets);
  if (size > stream.size()) return failure("delta: cut off");
  const auto part = [](Octets octets) { return Content::parse({octets.begin(), octets.end()}); };
  auto gone = part(stream.first(size));
  if (!gone) return Unexpected(gone.error());
  auto come = part(stream.subspan(size));
  if (!come) return Unexpected(come.error());
  return of(*std::move(gone), *std::move(come));
}

std::size_t Delta::octets() const noexcept {
  return header_octets + gone_.stream().size() + come_.stream().size();
}

std::vector<std::byte> Delta::stream() const {
  std::vector<std::byte> stream;
  put(stream, octets_of(magic));
  stream.resize(header_octets);
  store_u64(stream.data() + magic.size(), gone_.stream().size());
  put(stream, gone_.stream());
  put(stream, come_.stream());
  return stream;
}

ContentDigest Delta::digest_after(const ContentDigest& before) const {
  RunningDigest digest(before);
  for (std::size_t i = 0; i < gone_.rrset_count(); ++i) digest.remove(gone_.rrset_octets(i));
  for (std::size_t i = 0; i < come_.rrset_count(); ++i) digest.add(come_.rrset_octets(i));
  return digest.value();
}

Result<Content> Delta::apply(const Content& before) const {
  const Diff changed = changes();
  auto change = changed.changes.begin();
  Part whole(before);
  whole.reserve(before.stream().size() + come_.stream().size());
  std::size_t next_come = 0;
  const auto put_come = [&](const RRsetView& rrset) {
    // The changes are in the order of what comes, so it is found by going on.
    while (come_.rrset(next_come).rdatas.octets().data() != rrset.rdatas.octets().data()) ++next_come;
    whole.add(come_.rrset_octets(next_come));
  };
  const auto order = [](const RRsetView& a, const RRsetView& b) { return Place(a) <=> Place(b); };
  for (std::size_t i = 0; i < before.rrset_count(); ++i) {
    const RRsetView rrset = before.rrset(i);
    for (; change != changed.changes.end(); ++change) {
      const RRsetView& at = change->before ? *change->before : *change->after;
      if (order(at, rrset) >= 0) break;
      if (change->before) return failure("delta: what goes is not there: " + at.owner.to_string());
      put_come(*change->after);
    }
    const bool here = change != changed.changes.end() &&
                      order(change->before ? *change->before : *change->after, rrset) == 0;
    if (!here) {
      whole.add(before.rrset_octets(i));
      continue;
    }
    const bool same = change->before && change->before->ttl == rrset.ttl &&
                      std::ranges::equal(change->before->rdatas.octets(), rrset.rdatas.octets());
    if (!same) return failure("delta: another RRset is there: " + rrset.owner.to_string());
    if (change->after) put_come(*change->after);
    ++change;
  }
  for (; change != changed.changes.end(); ++change) {
    if (change->before) return failure("delta: what goes is not there: " + change->before->owner.to_string());
    put_come(*change->after);
  }
  return whole.finish();
}

}  // namespace doors
