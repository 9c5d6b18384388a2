#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "zones/content/content.h"
#include "zones/content/content_writer.h"
#include "zones/content/record_arena.h"
#include "zones/dns/order_key.h"
#include "zones/dns/rdata.h"
#include "zones/dns/rdata_check.h"

namespace doors {

namespace {

constexpr std::string_view magic = "DOORCNT1";
constexpr std::size_t rrset_header = 10;  // type, covered, ttl, count
constexpr std::size_t most_conflicts = 100;
constexpr std::size_t piece_runs = std::size_t{1} << 15;

/// Cuts sorted runs into pieces of whole owners: where each begins, and the end.
std::vector<std::size_t> piece_borders(const RecordArena& arena, const std::vector<RecordRun>& runs) {
  std::vector<std::size_t> borders{0};
  for (std::size_t at = piece_runs; at < runs.size(); at += piece_runs) {
    while (at < runs.size() && same_owner(arena, runs[at - 1], runs[at])) ++at;
    if (at < runs.size()) borders.push_back(at);
  }
  borders.push_back(runs.size());
  return borders;
}

void add_details(ContentBuilder::Details& details, ContentBuilder::Details&& more) {
  details.tags.insert(details.tags.end(), more.tags.begin(), more.tags.end());
  for (auto& conflict : more.conflicts) {
    if (details.conflicts.size() < most_conflicts) details.conflicts.push_back(std::move(conflict));
  }
}

}  // namespace

ContentBuilder::ContentBuilder(NameView origin) : origin_(origin), arena_(std::make_unique<RecordArena>()) {
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
  const std::uint64_t at = arena_->take(RecordArena::run_header + written.size() + octets);
  std::byte* const to = arena_->at(at);
  store_u32(to, 1);
  store_u16(to + 4, static_cast<std::uint16_t>(written.size()));
  std::copy(written.begin(), written.end(), to + RecordArena::run_header);
  runs_.push_back({key.prefix(), at});
  last_owner_ = Name(owner);
  return to + RecordArena::run_header + written.size();
}

Result<void> ContentBuilder::add(NameView owner, RRType type, Ttl ttl, Octets rdata, std::uint32_t tag) {
  if (is_meta(type)) return failure(to_string(type) + " is no data of a zone");
  if (!owner.is_at_or_below(origin_)) return failure("out of zone " + origin_.to_string());
  if (!valid_rdata(type, rdata)) return failure("bad RDATA for type " + to_string(type));
  if (type == RRType::soa && owner != origin_.view())
    return failure("SOA below the apex " + origin_.to_string());
  const RRType covered = type == RRType::rrsig ? rrsig_covered(rdata) : RRType{};
  if (type == RRType::rrsig && raw(covered) == 0) return failure("RRSIG covers no type");

  std::byte* const to = place_record(owner, RecordArena::record_header + rdata.size());
  store_u16(to, raw(type));
  store_u16(to + 2, raw(covered));
  store_u32(to + 4, ttl.raw());
  store_u32(to + 8, tag);
  store_u16(to + 12, static_cast<std::uint16_t>(rdata.size()));
  if (!rdata.empty()) std::memcpy(to + RecordArena::record_header, rdata.data(), rdata.size());
  // valid_rdata() has passed it
  (void)make_canonical_rdata(type, {to + RecordArena::record_header, rdata.size()});
  ++records_;
  octets_ += owner.size() + rrset_header + 2 + rdata.size();
  return {};
}

void ContentBuilder::append(ContentBuilder&& other, std::uint32_t tag_base) {
  const std::uint64_t moved = arena_->append(std::move(*other.arena_), tag_base);
  runs_.reserve(runs_.size() + other.runs_.size());
  for (const RecordRun& run : other.runs_) runs_.push_back({run.prefix, run.at + moved});
  other.runs_.clear();
  last_owner_ = other.last_owner_;
  records_ += std::exchange(other.records_, 0);
  octets_ += std::exchange(other.octets_, 0);
}

Result<Content> ContentBuilder::finish(Details* details, const RunPieces& run) {
  std::vector<RecordRun> runs = std::exchange(runs_, {});
  const auto arena = std::exchange(arena_, std::make_unique<RecordArena>());
  sort_runs(*arena, runs, run);
  const std::vector<std::size_t> borders = piece_borders(*arena, runs);
  std::vector<ContentPiece> pieces(borders.size() - 1);
  const std::size_t usual_octets = octets_ / pieces.size() + octets_ / pieces.size() / 8;
  run(pieces.size(), [&](std::size_t i) {
    if (pieces.size() > 1) pieces[i].stream.reserve(usual_octets);
    ContentWriter(*arena, origin_, pieces[i], details != nullptr)
        .write(std::span(runs).subspan(borders[i], borders[i + 1] - borders[i]));
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
  std::size_t soas = 0;
  ttl_conflicts_ = 0;
  for (ContentPiece& piece : pieces) {
    if (!piece.outcome) return Unexpected(std::move(piece.outcome).error());
    const std::uint64_t base = content.stream_.size();
    put(piece.stream);
    std::transform(piece.starts.begin(), piece.starts.end(), std::back_inserter(content.starts_),
                   [base](std::uint64_t start) { return base + start; });
    content.records_ += piece.records;
    soas += piece.soas;
    ttl_conflicts_ += piece.conflicts;
    if (details != nullptr) add_details(*details, std::move(piece.details));
    piece = {};
  }
  if (soas != 1) {
    return failure((soas == 0 ? "no SOA at " : "more than one SOA at ") + origin_.to_string());
  }
  return content;
}

}  // namespace doors
