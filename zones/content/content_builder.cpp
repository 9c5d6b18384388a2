#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "zones/content/content.h"
#include "zones/dns/order_key.h"
#include "zones/dns/rdata.h"
#include "zones/dns/rdata_check.h"

namespace doors {

namespace {

constexpr std::string_view magic = "DOORCNT1";
constexpr std::size_t rrset_header = 10;  // type, covered, ttl, count

/// Writes the name that an OrderKey below `origin` was made of; gives its size. `out` has room for
/// max_name_octets.
std::size_t read_back(Octets key, NameView origin, std::byte* out) noexcept {
  std::size_t end = 0;  // octets of labels, without the origin
  for (std::size_t i = 0; i < key.size(); ++i, ++end) {
    if (key[i] == std::byte{1}) ++i;
  }
  // The rightmost label comes first: fill from the end.
  std::size_t label_end = end;
  for (std::size_t i = 0; i < key.size();) {
    std::array<std::byte, max_label_octets> label;
    std::size_t length = 0;
    for (; key[i] != std::byte{0}; ++i) {
      const bool escaped = key[i] == std::byte{1};
      if (escaped) ++i;
      label[length++] = escaped ? (key[i] == std::byte{1} ? std::byte{0} : std::byte{1}) : key[i];
    }
    ++i;
    label_end -= length + 1;
    out[label_end] = static_cast<std::byte>(length);
    std::memcpy(out + label_end + 1, label.data(), length);
  }
  std::memcpy(out + end, origin.wire().data(), origin.size());
  return end + origin.size();
}

}  // namespace

/// Memory that only grows, in chunks, so that nothing is copied when it does. A place is a number, and places
/// grow.
///
///     owner:   | key octets u16 | OrderKey |
///     record:  | owner's place u64 | type u16 | covered u16 | ttl u32 | tag u32 | length u16 | rdata |
class ContentBuilder::Arena {
 public:
  static constexpr std::size_t chunk_octets = std::size_t{1} << 20;
  static constexpr std::size_t record_header = 22;

  /// Room for `size` octets (at most 64 KiB and a header), in one piece.
  std::uint64_t take(std::size_t size) {
    if (chunks_.empty() || size > chunk_octets - used_) {
      chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(chunk_octets));
      used_ = 0;
    }
    const std::uint64_t at = (chunks_.size() - 1) * chunk_octets + used_;
    used_ += size;
    return at;
  }
  [[nodiscard]] std::byte* at(std::uint64_t place) const noexcept {
    return chunks_[place / chunk_octets].get() + place % chunk_octets;
  }
  [[nodiscard]] Octets key(std::uint64_t place) const noexcept {
    return {at(place) + 2, load_u16(at(place))};
  }

  struct Record {
    std::uint64_t owner;
    RRType type, covered;
    Ttl ttl;
    std::uint32_t tag;
    Octets rdata;
    [[nodiscard]] std::uint32_t type_and_covered() const noexcept {
      return (std::uint32_t{raw(type)} << 16) | raw(covered);
    }
  };
  [[nodiscard]] Record record(std::uint64_t place) const noexcept {
    const std::byte* from = at(place);
    return {
        load_u64(from),           RRType(load_u16(from + 8)), RRType(load_u16(from + 10)),
        Ttl(load_u32(from + 12)), load_u32(from + 16),        {from + record_header, load_u16(from + 20)}};
  }

 private:
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::size_t used_ = 0;
};

/// The order of a content stream; equal records in the order they were added.
struct ContentBuilder::Order {
  const Arena& arena;

  [[nodiscard]] std::strong_ordering owners(const Entry& a, const Arena::Record& left, const Entry& b,
                                            const Arena::Record& right) const noexcept {
    if (left.owner == right.owner) return std::strong_ordering::equal;
    if (a.prefix != b.prefix) return a.prefix <=> b.prefix;
    return compare_rdata(arena.key(left.owner), arena.key(right.owner));
  }
  [[nodiscard]] bool same_rrset(const Entry& a, const Entry& b) const noexcept {
    const auto left = arena.record(a.at);
    const auto right = arena.record(b.at);
    return left.type_and_covered() == right.type_and_covered() && owners(a, left, b, right) == 0;
  }
  bool operator()(const Entry& a, const Entry& b) const noexcept {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const auto left = arena.record(a.at);
    const auto right = arena.record(b.at);
    if (const auto order = owners(a, left, b, right); order != 0) return order < 0;
    if (left.type_and_covered() != right.type_and_covered()) {
      return left.type_and_covered() < right.type_and_covered();
    }
    if (const auto order = compare_rdata(left.rdata, right.rdata); order != 0) return order < 0;
    return a.at < b.at;
  }
};

ContentBuilder::ContentBuilder(NameView origin) : origin_(origin), arena_(std::make_unique<Arena>()) {
  origin_.make_canonical();
}
ContentBuilder::ContentBuilder(ContentBuilder&&) noexcept = default;
ContentBuilder& ContentBuilder::operator=(ContentBuilder&&) noexcept = default;
ContentBuilder::~ContentBuilder() = default;

std::uint64_t ContentBuilder::store_owner(NameView owner) {
  if (!entries_.empty() && owner == last_owner_) return last_owner_at_;
  const OrderKey key(owner, origin_.wire().size());
  const Octets octets = key.octets();
  last_owner_at_ = arena_->take(2 + octets.size());
  std::byte* to = arena_->at(last_owner_at_);
  store_u16(to, static_cast<std::uint16_t>(octets.size()));
  std::copy(octets.begin(), octets.end(), to + 2);
  last_owner_ = Name(owner);
  last_owner_prefix_ = key.prefix();
  return last_owner_at_;
}

Result<void> ContentBuilder::add(NameView owner, RRType type, Ttl ttl, Octets rdata, std::uint32_t tag) {
  if (is_meta(type)) return failure(to_string(type) + " is no data of a zone");
  if (!owner.is_at_or_below(origin_)) return failure("out of zone " + origin_.to_string());
  if (!valid_rdata(type, rdata)) return failure("bad RDATA for type " + to_string(type));
  if (type == RRType::soa && owner != origin_.view())
    return failure("SOA below the apex " + origin_.to_string());
  const RRType covered = type == RRType::rrsig ? rrsig_covered(rdata) : RRType{};
  if (type == RRType::rrsig && raw(covered) == 0) return failure("RRSIG covers no type");

  const std::uint64_t owner_at = store_owner(owner);
  const std::uint64_t at = arena_->take(Arena::record_header + rdata.size());
  std::byte* to = arena_->at(at);
  store_u64(to, owner_at);
  store_u16(to + 8, raw(type));
  store_u16(to + 10, raw(covered));
  store_u32(to + 12, ttl.raw());
  store_u32(to + 16, tag);
  store_u16(to + 20, static_cast<std::uint16_t>(rdata.size()));
  if (!rdata.empty()) std::memcpy(to + Arena::record_header, rdata.data(), rdata.size());
  if (!make_canonical_rdata(type, {to + Arena::record_header, rdata.size()})) {
    return failure("bad RDATA for type " + to_string(type));
  }
  entries_.push_back({last_owner_prefix_, at});
  return {};
}

/// The sorted records, with what both passes of finish() ask of them.
class ContentBuilder::Sorted {
 public:
  Sorted(std::vector<Entry> entries, std::unique_ptr<Arena> arena, NameView origin)
      : entries_(std::move(entries)), arena_(std::move(arena)), origin_(origin) {
    std::sort(entries_.begin(), entries_.end(), Order{*arena_});
  }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] Arena::Record record(std::size_t i) const noexcept { return arena_->record(entries_[i].at); }
  void set_ttl(std::size_t i, Ttl ttl) const noexcept {
    store_u32(arena_->at(entries_[i].at) + 12, ttl.raw());
  }
  /// Where the RRset that starts at `begin` ends.
  [[nodiscard]] std::size_t end_of_rrset(std::size_t begin) const noexcept {
    std::size_t end = begin + 1;
    while (end < size() && Order{*arena_}.same_rrset(entries_[begin], entries_[end])) ++end;
    return end;
  }
  /// The record that was added first, of the RRset [begin, end).
  [[nodiscard]] std::size_t first_added(std::size_t begin, std::size_t end) const noexcept {
    const auto from = entries_.begin();
    const auto first =
        std::min_element(from + static_cast<std::ptrdiff_t>(begin), from + static_cast<std::ptrdiff_t>(end),
                         [](const Entry& a, const Entry& b) { return a.at < b.at; });
    return static_cast<std::size_t>(first - from);
  }
  /// Whether the i-th record, not the first of its RRset, is the same as the one before.
  [[nodiscard]] bool is_repeated(std::size_t i) const noexcept {
    return compare_rdata(record(i - 1).rdata, record(i).rdata) == 0;
  }
  /// Writes an owner name and gives its size; `to` has room for max_name_octets.
  std::size_t write_owner(std::size_t i, std::byte* to) const noexcept {
    return read_back(arena_->key(record(i).owner), origin_, to);
  }
  [[nodiscard]] Name owner(std::size_t i) const noexcept {
    std::array<std::byte, max_name_octets> octets;
    return Name(NameView::trusted({octets.data(), write_owner(i, octets.data())}));
  }

 private:
  std::vector<Entry> entries_;
  std::unique_ptr<Arena> arena_;
  NameView origin_;
};

/// Gives all records of the RRset [begin, end) the TTL of the one that was added first (RFC 2181 §5.2).
void ContentBuilder::settle_ttl(const Sorted& sorted, std::size_t begin, std::size_t end, Details* details) {
  const Ttl kept = sorted.record(sorted.first_added(begin, end)).ttl;
  bool conflict = false;
  for (std::size_t i = begin; i < end; ++i) {
    const Arena::Record record = sorted.record(i);
    if (record.ttl == kept) continue;
    if (!conflict && details != nullptr && details->conflicts.size() < 100) {
      details->conflicts.push_back({sorted.owner(i), record.type, record.tag, record.ttl, kept});
    }
    conflict = true;
    sorted.set_ttl(i, kept);
  }
  if (conflict) ++ttl_conflicts_;
}

/// First pass: settles the TTLs and adds up the sizes; refuses what may not be.
Result<ContentBuilder::Sizes> ContentBuilder::measure(const Sorted& sorted, Details* details) {
  Sizes sizes;
  sizes.octets = magic.size() + origin_.wire().size();
  std::size_t soas = 0;
  std::array<std::byte, max_name_octets> owner;
  for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    end = sorted.end_of_rrset(begin);
    settle_ttl(sorted, begin, end, details);
    std::size_t count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (i > begin && sorted.is_repeated(i)) continue;
      ++count;
      sizes.octets += 2 + sorted.record(i).rdata.size();
    }
    const RRType type = sorted.record(begin).type;
    if (count > 0xffff) {
      return failure(sorted.owner(begin).to_string() + " " + to_string(type) + ": over 65535 records");
    }
    sizes.octets += sorted.write_owner(begin, owner.data()) + rrset_header;
    sizes.records += count;
    ++sizes.rrsets;
    if (type == RRType::soa) soas += count;
  }
  if (soas != 1) return failure((soas == 0 ? "no SOA at " : "more than one SOA at ") + origin_.to_string());
  return sizes;
}

Result<Content> ContentBuilder::finish(Details* details) {
  const Sorted sorted(std::exchange(entries_, {}), std::exchange(arena_, std::make_unique<Arena>()), origin_);
  ttl_conflicts_ = 0;
  const auto sizes = measure(sorted, details);
  if (!sizes) return Unexpected(sizes.error());

  // Second pass: writes exactly that much.
  Content content;
  content.stream_.resize(sizes->octets);
  content.starts_.reserve(sizes->rrsets);
  content.records_ = sizes->records;
  if (details != nullptr) details->tags.reserve(sizes->records);
  std::byte* to = content.stream_.data();
  const auto put = [&to](Octets piece) {
    if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  };
  put(octets_of(magic));
  put(origin_.wire());
  for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    end = sorted.end_of_rrset(begin);
    const Arena::Record first = sorted.record(begin);
    content.starts_.push_back(static_cast<std::uint64_t>(to - content.stream_.data()));
    to += sorted.write_owner(begin, to);
    std::byte* const header = to;
    store_u16(header, raw(first.type));
    store_u16(header + 2, raw(first.covered));
    store_u32(header + 4, first.ttl.raw());
    to += rrset_header;
    std::uint16_t count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (i > begin && sorted.is_repeated(i)) continue;
      const Arena::Record record = sorted.record(i);
      ++count;
      store_u16(to, static_cast<std::uint16_t>(record.rdata.size()));
      to += 2;
      put(record.rdata);
      if (details != nullptr) details->tags.push_back(record.tag);
    }
    store_u16(header + 8, count);
  }
  return content;
}

}  // namespace doors
