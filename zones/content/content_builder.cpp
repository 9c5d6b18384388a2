#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

#include "zones/content/content.h"
#include "zones/dns/order_key.h"
#include "zones/dns/rdata.h"
#include "zones/dns/rdata_check.h"

namespace doors {

namespace {

constexpr std::string_view magic = "DOORCNT1";
constexpr std::size_t rrset_header = 10;  // type, covered, ttl, count
constexpr std::size_t most_records = 0xffff;
constexpr std::size_t most_conflicts = 100;
constexpr std::size_t runs_ahead = 12;  // whose memory is asked for before it is needed

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
/// grow. The records that one owner name gets in a row lie behind it:
///
///     run:     | records u32 | key octets u16 | OrderKey | record × records |
///     record:  | type u16 | covered u16 | ttl u32 | tag u32 | length u16 | rdata |
class ContentBuilder::Arena {
 public:
  static constexpr std::size_t chunk_octets = std::size_t{1} << 20;
  static constexpr std::size_t run_header = 6;
  static constexpr std::size_t record_header = 14;

  [[nodiscard]] bool has_room(std::size_t size) const noexcept {
    return !chunks_.empty() && size <= chunk_octets - used_;
  }
  /// Room for `size` octets (at most 64 KiB and some headers), in one piece.
  std::uint64_t take(std::size_t size) {
    if (!has_room(size)) {
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
  [[nodiscard]] Octets key(std::uint64_t run) const noexcept {
    return {at(run) + run_header, load_u16(at(run) + 4)};
  }
  void prefetch(std::uint64_t run) const noexcept {
    const std::byte* const from = at(run);
    __builtin_prefetch(from);
    __builtin_prefetch(from + 64);
  }

 private:
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::size_t used_ = 0;
};

namespace {

/// One record in the arena, borrowed.
struct Record {
  std::uint64_t order = 0;  // that of add(), among the records of one owner
  RRType type{}, covered{};
  Ttl ttl;
  std::uint32_t tag = 0;
  Octets rdata;

  [[nodiscard]] std::uint32_t kind() const noexcept {
    return (std::uint32_t{raw(type)} << 16) | raw(covered);
  }
  /// The order of a content stream; equal records in the order they were added.
  friend bool operator<(const Record& a, const Record& b) noexcept {
    if (a.kind() != b.kind()) return a.kind() < b.kind();
    if (const auto by_rdata = compare_rdata(a.rdata, b.rdata); by_rdata != 0) return by_rdata < 0;
    return a.order < b.order;
  }
};

}  // namespace

ContentBuilder::ContentBuilder(NameView origin) : origin_(origin), arena_(std::make_unique<Arena>()) {
  origin_.make_canonical();
}
ContentBuilder::ContentBuilder(ContentBuilder&&) noexcept = default;
ContentBuilder& ContentBuilder::operator=(ContentBuilder&&) noexcept = default;
ContentBuilder::~ContentBuilder() = default;

/// Room for a record behind the owner's others if they came last and there is any; else it begins a run.
std::byte* ContentBuilder::place_record(NameView owner, std::size_t octets) {
  if (!runs_.empty() && arena_->has_room(octets) && owner == last_owner_) {
    std::byte* const run = arena_->at(runs_.back().at);
    store_u32(run, load_u32(run) + 1);
    return arena_->at(arena_->take(octets));
  }
  const OrderKey key(owner, origin_.wire().size());
  const Octets written = key.octets();
  const std::uint64_t at = arena_->take(Arena::run_header + written.size() + octets);
  std::byte* const to = arena_->at(at);
  store_u32(to, 1);
  store_u16(to + 4, static_cast<std::uint16_t>(written.size()));
  std::copy(written.begin(), written.end(), to + Arena::run_header);
  runs_.push_back({key.prefix(), at});
  last_owner_ = Name(owner);
  return to + Arena::run_header + written.size();
}

Result<void> ContentBuilder::add(NameView owner, RRType type, Ttl ttl, Octets rdata, std::uint32_t tag) {
  if (is_meta(type)) return failure(to_string(type) + " is no data of a zone");
  if (!owner.is_at_or_below(origin_)) return failure("out of zone " + origin_.to_string());
  if (!valid_rdata(type, rdata)) return failure("bad RDATA for type " + to_string(type));
  if (type == RRType::soa && owner != origin_.view())
    return failure("SOA below the apex " + origin_.to_string());
  const RRType covered = type == RRType::rrsig ? rrsig_covered(rdata) : RRType{};
  if (type == RRType::rrsig && raw(covered) == 0) return failure("RRSIG covers no type");

  std::byte* const to = place_record(owner, Arena::record_header + rdata.size());
  store_u16(to, raw(type));
  store_u16(to + 2, raw(covered));
  store_u32(to + 4, ttl.raw());
  store_u32(to + 8, tag);
  store_u16(to + 12, static_cast<std::uint16_t>(rdata.size()));
  if (!rdata.empty()) std::memcpy(to + Arena::record_header, rdata.data(), rdata.size());
  (void)make_canonical_rdata(type, {to + Arena::record_header, rdata.size()});  // valid_rdata() has passed it
  ++records_;
  octets_ += owner.size() + rrset_header + 2 + rdata.size();
  return {};
}

/// Writes the stream, owner by owner, from the sorted runs of records.
class ContentBuilder::Writer {
 public:
  Writer(const Arena& arena, NameView origin, Content& content, Details* details) noexcept
      : arena_(arena), origin_(origin), content_(content), details_(details) {}

  /// Takes the records of a run of the owner that is written next.
  void gather(const Run& run) {
    const std::byte* at = arena_.at(run.at);
    const std::uint32_t count = load_u32(at);
    at += Arena::run_header + load_u16(at + 4);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::size_t octets = load_u16(at + 12);
      records_.push_back({records_.size(),
                          RRType(load_u16(at)),
                          RRType(load_u16(at + 2)),
                          Ttl(load_u32(at + 4)),
                          load_u32(at + 8),
                          {at + Arena::record_header, octets}});
      at += Arena::record_header + octets;
    }
  }
  /// Writes the RRsets of what was gathered.
  [[nodiscard]] Result<void> write_owner(Octets key) {
    owner_octets_ = read_back(key, origin_, owner_.data());
    if (records_.size() > 1) std::sort(records_.begin(), records_.end());
    for (std::size_t begin = 0, end = 0; begin < records_.size(); begin = end) {
      end = begin + 1;
      while (end < records_.size() && records_[end].kind() == records_[begin].kind()) ++end;
      if (auto written = write_rrset(begin, end); !written) return written;
    }
    records_.clear();
    return {};
  }
  [[nodiscard]] std::size_t soas() const noexcept { return soas_; }
  [[nodiscard]] std::size_t conflicts() const noexcept { return conflicts_; }

 private:
  Result<void> write_rrset(std::size_t begin, std::size_t end) {
    const Record& first = records_[begin];
    const Ttl ttl = settle_ttl(begin, end);
    rrset_.assign(owner_.begin(), owner_.begin() + static_cast<std::ptrdiff_t>(owner_octets_));
    rrset_.resize(owner_octets_ + rrset_header);
    std::size_t count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const Octets rdata = records_[i].rdata;
      if (i > begin && compare_rdata(records_[i - 1].rdata, rdata) == 0) continue;
      ++count;
      const std::size_t at = rrset_.size();
      rrset_.resize(at + 2 + rdata.size());
      store_u16(rrset_.data() + at, static_cast<std::uint16_t>(rdata.size()));
      if (!rdata.empty()) std::memcpy(rrset_.data() + at + 2, rdata.data(), rdata.size());
      if (details_ != nullptr) details_->tags.push_back(records_[i].tag);
    }
    if (count > most_records)
      return failure(owner().to_string() + " " + to_string(first.type) + ": over 65535 records");
    std::byte* const header = rrset_.data() + owner_octets_;
    store_u16(header, raw(first.type));
    store_u16(header + 2, raw(first.covered));
    store_u32(header + 4, ttl.raw());
    store_u16(header + 8, static_cast<std::uint16_t>(count));
    content_.starts_.push_back(content_.stream_.size());
    content_.stream_.insert(content_.stream_.end(), rrset_.begin(), rrset_.end());
    content_.records_ += count;
    if (first.type == RRType::soa) soas_ += count;
    return {};
  }
  /// The TTL of the record that was added first counts for all of the RRset (RFC 2181 §5.2).
  Ttl settle_ttl(std::size_t begin, std::size_t end) {
    std::size_t first = begin;
    for (std::size_t i = begin + 1; i < end; ++i) {
      if (records_[i].order < records_[first].order) first = i;
    }
    const Ttl kept = records_[first].ttl;
    for (std::size_t i = begin; i < end; ++i) {
      const Record& record = records_[i];
      if (record.ttl == kept) continue;
      if (details_ != nullptr && details_->conflicts.size() < most_conflicts)
        details_->conflicts.push_back({owner(), record.type, record.tag, record.ttl, kept});
      ++conflicts_;
      break;
    }
    return kept;
  }
  [[nodiscard]] Name owner() const noexcept {
    return Name(NameView::trusted({owner_.data(), owner_octets_}));
  }

  const Arena& arena_;
  NameView origin_;
  Content& content_;
  Details* details_;
  std::vector<Record> records_;  // of the owner
  std::array<std::byte, max_name_octets> owner_;
  std::size_t owner_octets_ = 0;
  std::vector<std::byte> rrset_;
  std::size_t soas_ = 0;
  std::size_t conflicts_ = 0;
};

Result<Content> ContentBuilder::finish(Details* details) {
  std::vector<Run> runs = std::exchange(runs_, {});
  const auto arena = std::exchange(arena_, std::make_unique<Arena>());
  std::sort(runs.begin(), runs.end(), [&arena](const Run& a, const Run& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    if (const auto order = compare_rdata(arena->key(a.at), arena->key(b.at)); order != 0) return order < 0;
    return a.at < b.at;
  });

  Content content;
  content.stream_.reserve(magic.size() + origin_.wire().size() + std::exchange(octets_, 0));
  content.starts_.reserve(records_);
  if (details != nullptr) details->tags.reserve(records_);
  records_ = 0;
  const auto put = [&content](Octets piece) {
    content.stream_.insert(content.stream_.end(), piece.begin(), piece.end());
  };
  put(octets_of(magic));
  put(origin_.wire());
  Writer writer(*arena, origin_, content, details);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i + runs_ahead < runs.size()) arena->prefetch(runs[i + runs_ahead].at);
    writer.gather(runs[i]);
    const bool goes_on = i + 1 < runs.size() && runs[i + 1].prefix == runs[i].prefix &&
                         compare_rdata(arena->key(runs[i].at), arena->key(runs[i + 1].at)) == 0;
    if (goes_on) continue;
    if (auto written = writer.write_owner(arena->key(runs[i].at)); !written)
      return Unexpected(std::move(written).error());
  }
  ttl_conflicts_ = writer.conflicts();
  if (writer.soas() != 1) {
    return failure((writer.soas() == 0 ? "no SOA at " : "more than one SOA at ") + origin_.to_string());
  }
  return content;
}

}  // namespace doors
