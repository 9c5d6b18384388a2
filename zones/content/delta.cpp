#include "zones/content/delta.h"

#include <algorithm>
#include <string_view>

namespace doors {

namespace {

constexpr std::string_view magic = "DOORDLT1";
constexpr std::size_t header_octets = 16;

void put(std::vector<std::byte>& to, Octets octets) { to.insert(to.end(), octets.begin(), octets.end()); }

}  // namespace

Result<Delta> Delta::of(Content gone, Content come) {
  if (!(gone.origin() == come.origin())) return failure("delta: of two zones");
  return Delta(std::move(gone), std::move(come));
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
  std::vector<std::byte> stream;
  stream.reserve(before.stream().size() + come_.stream().size());
  const Octets head =
      before.stream().first(static_cast<std::size_t>(before.rrset_octets(0).data() - before.stream().data()));
  put(stream, head);
  std::size_t next_come = 0;
  const auto put_come = [&](const RRsetView& rrset) {
    // The changes are in the order of what comes, so it is found by going on.
    while (come_.rrset(next_come).rdatas.octets().data() != rrset.rdatas.octets().data()) ++next_come;
    put(stream, come_.rrset_octets(next_come));
  };
  const auto order = [](const RRsetView& a, const RRsetView& b) {
    if (const auto owners = a.owner.canonical_compare(b.owner); owners != 0) return owners;
    if (const auto types = raw(a.type) <=> raw(b.type); types != 0) return types;
    return raw(a.covered) <=> raw(b.covered);
  };
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
      put(stream, before.rrset_octets(i));
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
  return Content::parse(std::move(stream));
}

}  // namespace doors
