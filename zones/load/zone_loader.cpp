#include "zones/load/zone_loader.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "zones/base/ascii.h"
#include "zones/dns/rdata.h"
#include "zones/load/rdata_text.h"
#include "zones/load/zone_check.h"

namespace doors {

namespace {

constexpr std::uint32_t max_ttl = 0x7fff'ffff;  // RFC 2181 §8
constexpr std::size_t max_warnings = 100;

/// A class by mnemonic or CLASSnnn (RFC 3597 §5).
std::optional<std::uint16_t> parse_class(std::string_view text) noexcept {
  constexpr std::array<std::pair<std::string_view, std::uint16_t>, 4> known{
      {{"IN", 1}, {"CS", 2}, {"CH", 3}, {"HS", 4}}};
  for (const auto& [word, number] : known) {
    if (equal_ignoring_case(word, text)) return number;
  }
  if (text.size() < 6 || !equal_ignoring_case(text.substr(0, 5), "CLASS")) return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, problem] = std::from_chars(text.data() + 5, text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Whether a word before the type is meant as a TTL, right or wrong.
bool looks_like_ttl(std::string_view word) noexcept {
  if (word.starts_with('-')) word.remove_prefix(1);
  return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

/// Whether a name of zone text ends in a dot that is no part of a label.
bool is_absolute(std::string_view word) noexcept {
  if (!word.ends_with('.')) return false;
  std::size_t backslashes = 0;
  for (std::size_t i = word.size() - 1; i > 0 && word[i - 1] == '\\'; --i) ++backslashes;
  return backslashes % 2 == 0;
}

}  // namespace

ZoneLoader::ZoneLoader(const ZoneFileOptions& options, std::string file, std::uint64_t& octets_left)
    : options_(options),
      file_(std::move(file)),
      octets_left_(octets_left),
      generated_left_(options.max_generated) {
  lines_.enter(file_);
  if (options.origin) {
    scope_.origin = *options.origin;
    origin_given_ = true;
    choose_zone(scope_.origin);
    return;
  }
  std::string stem = std::filesystem::path(file_).filename().string();
  if (stem.ends_with(".zone")) stem.resize(stem.size() - 5);
  (void)scope_.origin.assign(stem, NameView());  // else it stays the root
}

ZoneLoader::ZoneLoader(const ZoneLoader& before, const Entry& entry, std::uint64_t& octets_left)
    : options_(before.options_),
      file_(before.file_),
      octets_left_(octets_left),
      generated_left_(before.generated_left_),
      origin_given_(true),
      default_ttl_(entry.default_ttl),
      last_ttl_(entry.last_ttl),
      own_last_ttl_(false),
      soa_(before.soa_) {
  lines_.enter(file_);
  scope_.origin = entry.origin;
  builder_.emplace(before.builder_->origin());
}

bool ZoneLoader::fits(const ZoneLoader& part, const Entry& assumed) const {
  return assumed.origin == scope_.origin && assumed.default_ttl == default_ttl_ &&
         (!part.took_entry_ttl_ || assumed.last_ttl == last_ttl_);
}

bool ZoneLoader::absorb(ZoneLoader&& part, std::size_t generated_at_entry) {
  const std::size_t generated = generated_at_entry - part.generated_left_;
  if (!part.errors_.empty() || generated > generated_left_) return false;
  generated_left_ -= generated;
  builder_->append(std::move(*part.builder_), lines_.append(part.lines_));
  default_ttl_ = part.default_ttl_;
  if (part.own_last_ttl_) last_ttl_ = part.last_ttl_;
  scope_ = std::move(part.scope_);
  for (Problem& warning : part.warnings_) add_warning(std::move(warning));
  warnings_left_out_ += part.warnings_left_out_;
  return true;
}

Expected<LoadedZone, std::vector<Problem>> ZoneLoader::finish() {
  auto content = make_content();
  if (!content) return Unexpected(std::move(errors_));
  if (warnings_left_out_ > 0) {
    warnings_.push_back(
        problem_at({file_, 0}, "", "and " + std::to_string(warnings_left_out_) + " more warnings"));
    warnings_.back().error = false;
  }
  return LoadedZone{*std::move(content), std::move(warnings_)};
}

void ZoneLoader::read(ZoneScanner& scanner) {
  LogicalLine line;
  while (!too_many() && scanner.next(line)) {
    if (!line.problem.empty()) {
      error(line.problem_line, "", line.problem);
    } else {
      read_line(line);
    }
  }
  if (!scanner.unreadable().empty()) error(0, "", scanner.unreadable());
}

void ZoneLoader::read_line(const LogicalLine& line) {
  const Token& first = line.tokens.front();
  if (!line.starts_blank && !first.quoted && first.text.starts_with('$')) return read_directive(line);
  read_record(line);
}

void ZoneLoader::read_record(const LogicalLine& line) {
  std::span<const Token> words(line.tokens);
  if (!line.starts_blank) {
    if (!set_owner(words.front().text, line.number)) return;
    words = words.subspan(1);
  } else if (scope_.bad_owner) {
    return;  // what is wrong with it has been said
  } else if (!scope_.has_owner) {
    return error(line.number, "", "no owner name, and none before");
  }
  read_data(words, line.number);
}

bool ZoneLoader::set_owner(std::string_view word, std::uint32_t line) {
  if (!scope_.owner_word.empty() && word == scope_.owner_word) return true;
  if (const char* problem = scope_.owner.assign(word, scope_.origin)) {
    scope_.bad_owner = true;
    scope_.owner_word.clear();
    error(line, "", std::string(problem) + " in " + in_quotes(word));
    return false;
  }
  scope_.has_owner = true;
  scope_.bad_owner = false;
  scope_.owner_word = word;
  return true;
}

std::optional<ZoneLoader::Head> ZoneLoader::read_head(std::span<const Token> words, std::uint32_t line) {
  Head head;
  bool has_class = false;
  const auto wrong = [&](std::string message) {
    error(line, owner_text(), std::move(message));
    return std::nullopt;
  };
  for (; !words.empty(); words = words.subspan(1)) {
    const std::string_view word = words.front().text;
    if (words.front().quoted) return wrong(in_quotes(word) + " in quotes is no TTL, class or type");
    if (looks_like_ttl(word)) {
      const auto seconds = parse_seconds(word);
      if (!seconds || head.ttl) return wrong((head.ttl ? "a second TTL " : "bad TTL ") + in_quotes(word));
      head.ttl = bounded_ttl(*seconds, line);
    } else if (const auto number = parse_class(word)) {
      if (*number != 1) return wrong("class " + std::string(word) + ": only IN is served");
      if (has_class) return wrong("a second class");
      has_class = true;
    } else {
      const auto type = parse_type(word);
      if (!type) return wrong("unknown type " + in_quotes(word));
      if (is_meta(*type)) return wrong("type " + to_string(*type) + " is no data of a zone");
      head.type = *type;
      head.rdata = words.subspan(1);
      return head;
    }
  }
  return wrong("the type is missing");
}

void ZoneLoader::read_data(std::span<const Token> words, std::uint32_t line) {
  const auto head = read_head(words, line);
  if (!head) return;
  if (head->type == RRType::soa && !builder_) {
    // The names in an absolute SOA's RDATA are below it already, unless an origin was given.
    if (!origin_given_ && is_absolute(scope_.owner_word)) scope_.origin = scope_.owner;
    choose_zone(scope_.owner);
  }
  if (auto read = parse_rdata(head->type, head->rdata, scope_.origin, rdata_); !read) {
    return error(read.error().line != 0 ? read.error().line : line, owner_text(),
                 to_string(head->type) + ": " + read.error().message);
  }
  if (const auto ttl = choose_ttl(*head, line)) add(head->type, *ttl, line);
}

std::optional<Ttl> ZoneLoader::choose_ttl(const Head& head, std::uint32_t line) {
  if (head.ttl) {
    own_last_ttl_ = true;
    return last_ttl_ = head.ttl;
  }
  if (default_ttl_) return default_ttl_;  // RFC 2308 §4
  if (last_ttl_) {                        // RFC 1035 §5.1
    took_entry_ttl_ = took_entry_ttl_ || !own_last_ttl_;
    return last_ttl_;
  }
  if (head.type == RRType::soa) {
    if (const auto soa = parse_soa(rdata_)) {
      warn(line, owner_text(), "no TTL for the SOA, and no $TTL: the SOA's minimum is taken");
      return last_ttl_ = bounded_ttl(soa->minimum, line);
    }
  }
  error(line, owner_text(), "no TTL: write one, or $TTL before");
  return std::nullopt;
}

Ttl ZoneLoader::bounded_ttl(std::uint32_t seconds, std::uint32_t line) {
  if (seconds > max_ttl)
    warn(line, "", "TTL " + std::to_string(seconds) + " is over 2147483647, so it is taken as 0");
  return Ttl(seconds);
}

void ZoneLoader::add(RRType type, Ttl ttl, std::uint32_t line) {
  if (builder_) return add_to_zone(scope_.owner, type, ttl, rdata_, line);
  if (pending_.size() == max_pending) {
    error(line, "", "no SOA among the first " + std::to_string(max_pending) + " records: give the origin");
    return;
  }
  pending_.push_back({scope_.owner, type, ttl, rdata_, lines_.tag(line)});
}

void ZoneLoader::choose_zone(NameView zone) {
  builder_.emplace(zone);
  const std::vector<Pending> pending = std::exchange(pending_, {});
  for (const Pending& record : pending) {
    if (auto added = builder_->add(record.owner, record.type, record.ttl, record.rdata, record.tag); !added) {
      errors_.push_back(
          problem_at(lines_.place_of_tag(record.tag), record.owner.to_string(), added.error().message));
      if (too_many()) return;
    }
  }
}

void ZoneLoader::add_to_zone(NameView owner, RRType type, Ttl ttl, Octets rdata, std::uint32_t line) {
  if (type == RRType::soa && owner == builder_->origin() && is_repeated_soa(rdata, line)) return;
  if (auto added = builder_->add(owner, type, ttl, rdata, lines_.tag(line)); !added) {
    error(line, owner.to_string(), added.error().message);
  }
}

bool ZoneLoader::is_repeated_soa(Octets rdata, std::uint32_t line) {
  std::vector<std::byte> canonical(rdata.begin(), rdata.end());
  (void)make_canonical_rdata(RRType::soa, canonical);
  if (!soa_) {
    soa_ = FirstSoa{std::move(canonical), line, file_};
    return false;
  }
  if (soa_->rdata == canonical) return true;  // the same once more, as at the end of a transfer
  error(line, owner_text(), "second SOA; the first is " + soa_->file + ":" + std::to_string(soa_->line));
  return true;
}

std::optional<Content> ZoneLoader::make_content() {
  if (!errors_.empty()) return std::nullopt;
  if (!builder_) {
    error(0, "", "no SOA");
    return std::nullopt;
  }
  ContentBuilder::Details details;
  auto content = builder_->finish(&details, options_.run);
  if (!content) {
    error(0, "", content.error().message);
    return std::nullopt;
  }
  lines_.set_tags(std::move(details.tags));
  for (const auto& conflict : details.conflicts) {
    Problem problem = problem_at(lines_.place_of_tag(conflict.tag), conflict.owner.to_string(),
                                 to_string(conflict.type) + ": TTL " + std::to_string(conflict.ttl.raw()) +
                                     " is not that of the RRset's first record, " +
                                     std::to_string(conflict.kept.raw()) + ", which is taken");
    problem.error = false;
    add_warning(std::move(problem));
  }
  warnings_left_out_ += builder_->ttl_conflicts() - details.conflicts.size();
  for (Problem& problem : check_zone(*content, &lines_, options_.run)) {
    (problem.error ? errors_ : warnings_).push_back(std::move(problem));  // bounded by itself
  }
  if (!errors_.empty()) return std::nullopt;
  return *std::move(content);
}

Problem ZoneLoader::problem_at(const LineIndex::Place& place, std::string owner, std::string message) const {
  Problem problem;
  problem.file = place.file.empty() ? file_ : place.file;
  problem.line = place.line;
  problem.owner = std::move(owner);
  problem.message = std::move(message);
  return problem;
}

void ZoneLoader::error(std::uint32_t line, std::string owner, std::string message) {
  if (!too_many()) errors_.push_back(problem_at({file_, line}, std::move(owner), std::move(message)));
}

void ZoneLoader::warn(std::uint32_t line, std::string owner, std::string message) {
  Problem problem = problem_at({file_, line}, std::move(owner), std::move(message));
  problem.error = false;
  add_warning(std::move(problem));
}

void ZoneLoader::add_warning(Problem problem) {
  if (warnings_.size() < max_warnings)
    warnings_.push_back(std::move(problem));
  else
    ++warnings_left_out_;
}

}  // namespace doors
