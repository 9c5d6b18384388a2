#include "zones/content/content_writer.h"

#include <algorithm>
#include <cstring>

#include "zones/dns/order_key.h"
#include "zones/dns/rdata.h"

namespace doors {

namespace {

constexpr std::size_t rrset_header = 10;  // type, covered, ttl, count
constexpr std::size_t most_records = 0xffff;
constexpr std::size_t most_conflicts = 100;
constexpr std::size_t runs_ahead = 12;  // whose memory is asked for before it is needed
constexpr std::size_t slice_runs = std::size_t{1} << 16;

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

bool same_owner(const RecordArena& arena, const RecordRun& a, const RecordRun& b) noexcept {
  return a.prefix == b.prefix && compare_rdata(arena.key(a.at), arena.key(b.at)) == 0;
}

void sort_runs(const RecordArena& arena, std::span<RecordRun> runs, const RunPieces& run) {
  const auto is_before = [&arena](const RecordRun& a, const RecordRun& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    if (const auto order = compare_rdata(arena.key(a.at), arena.key(b.at)); order != 0) return order < 0;
    return a.at < b.at;
  };
  const auto place = [&runs](std::size_t at) {
    return runs.begin() + static_cast<std::ptrdiff_t>(std::min(at, runs.size()));
  };
  const auto pieces_of = [&runs](std::size_t width) { return (runs.size() + width - 1) / width; };
  run(pieces_of(slice_runs),
      [&](std::size_t i) { std::sort(place(i * slice_runs), place((i + 1) * slice_runs), is_before); });
  for (std::size_t width = slice_runs; width < runs.size(); width *= 2) {
    run(pieces_of(2 * width), [&](std::size_t i) {
      const std::size_t begin = i * 2 * width;
      std::inplace_merge(place(begin), place(begin + width), place(begin + 2 * width), is_before);
    });
  }
}

bool ContentWriter::Record::is_before(const Record& other) const noexcept {
  if (kind() != other.kind()) return kind() < other.kind();
  if (const auto by_rdata = compare_rdata(rdata, other.rdata); by_rdata != 0) return by_rdata < 0;
  return order < other.order;
}

void ContentWriter::write(std::span<const RecordRun> runs) {
  for (std::size_t i = 0; i < runs.size() && piece_.outcome; ++i) {
    if (i + runs_ahead < runs.size()) arena_.prefetch(runs[i + runs_ahead].at);
    gather(runs[i]);
    if (i + 1 < runs.size() && same_owner(arena_, runs[i], runs[i + 1])) continue;
    write_owner(arena_.key(runs[i].at));
  }
}

/// Takes the records of a run of the owner that is written next.
void ContentWriter::gather(const RecordRun& run) {
  const std::byte* at = arena_.at(run.at);
  const std::uint32_t count = load_u32(at);
  const std::uint32_t tag_base = arena_.tag_base(run.at);
  at += RecordArena::run_header + load_u16(at + 4);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t octets = load_u16(at + 12);
    records_.push_back({records_.size(),
                        RRType(load_u16(at)),
                        RRType(load_u16(at + 2)),
                        Ttl(load_u32(at + 4)),
                        tag_base + load_u32(at + 8),
                        {at + RecordArena::record_header, octets}});
    at += RecordArena::record_header + octets;
  }
}

/// Writes the RRsets of what was gathered.
void ContentWriter::write_owner(Octets key) {
  owner_octets_ = read_back(key, origin_, owner_.data());
  std::sort(records_.begin(), records_.end(),
            [](const Record& a, const Record& b) { return a.is_before(b); });
  for (std::size_t begin = 0, end = 0; begin < records_.size(); begin = end) {
    end = begin + 1;
    while (end < records_.size() && records_[end].kind() == records_[begin].kind()) ++end;
    write_rrset(begin, end);
  }
  records_.clear();
}

void ContentWriter::write_rrset(std::size_t begin, std::size_t end) {
  const Record& first = records_[begin];
  const Ttl ttl = settle_ttl(begin, end);
  const std::size_t start = piece_.stream.size();
  std::size_t octets = owner_octets_ + rrset_header;
  for (std::size_t i = begin; i < end; ++i) octets += 2 + records_[i].rdata.size();
  piece_.stream.resize(start + octets);
  std::byte* to = std::copy_n(owner_.data(), owner_octets_, piece_.stream.data() + start);
  std::byte* const header = to;
  to += rrset_header;
  std::size_t count = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const Octets rdata = records_[i].rdata;
    if (i > begin && compare_rdata(records_[i - 1].rdata, rdata) == 0) continue;
    ++count;
    store_u16(to, static_cast<std::uint16_t>(rdata.size()));
    to = std::copy(rdata.begin(), rdata.end(), to + 2);
    if (wants_details_) piece_.details.tags.push_back(records_[i].tag);
  }
  if (count > most_records) {
    piece_.outcome = failure(owner().to_string() + " " + to_string(first.type) + ": over 65535 records");
    return;
  }
  store_u16(header, raw(first.type));
  store_u16(header + 2, raw(first.covered));
  store_u32(header + 4, ttl.raw());
  store_u16(header + 8, static_cast<std::uint16_t>(count));
  piece_.stream.resize(static_cast<std::size_t>(to - piece_.stream.data()));  // less if some were equal
  piece_.starts.push_back(start);
  piece_.records += count;
  if (first.type == RRType::soa) piece_.soas += count;
}

/// The TTL of the record that was added first counts for all of the RRset (RFC 2181 §5.2).
Ttl ContentWriter::settle_ttl(std::size_t begin, std::size_t end) {
  std::size_t first = begin;
  for (std::size_t i = begin + 1; i < end; ++i) {
    if (records_[i].order < records_[first].order) first = i;
  }
  const Ttl kept = records_[first].ttl;
  for (std::size_t i = begin; i < end; ++i) {
    const Record& record = records_[i];
    if (record.ttl == kept) continue;
    if (wants_details_ && piece_.details.conflicts.size() < most_conflicts)
      piece_.details.conflicts.push_back({Name(owner()), record.type, record.tag, record.ttl, kept});
    ++piece_.conflicts;
    break;
  }
  return kept;
}

}  // namespace doors
