#include "zones/load/zone_loader.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "zones/base/ascii.h"
#include "zones/dns/rdata.h"
#include "zones/load/generate.h"
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

/// What stands in quotes is a character-string, not a word of a directive.
bool any_quoted(std::span<const Token> words) noexcept {
  return std::any_of(words.begin(), words.end(), [](const Token& word) { return word.quoted; });
}

/// The text of a string in quotes as a reader of plain words takes it: a quote with a backslash is a quote.
std::string without_quotes(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[++i] != '"') plain += '\\';
    plain += text[i];
  }
  return plain;
}

/// Whether a name of zone text ends in a dot that is no part of a label.
bool is_absolute(std::string_view word) noexcept {
  if (!word.ends_with('.')) return false;
  std::size_t backslashes = 0;
  for (std::size_t i = word.size() - 1; i > 0 && word[i - 1] == '\\'; --i) ++backslashes;
  return backslashes % 2 == 0;
}

std::string in_quotes(std::string_view word) { return "\"" + std::string(word) + "\""; }

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

Expected<LoadedZone, std::vector<Problem>> ZoneLoader::load(ZoneScanner& scanner) {
  read_all(scanner);
  auto content = finish();
  if (!content) return Unexpected(std::move(errors_));
  if (warnings_left_out_ > 0) {
    warnings_.push_back(
        problem_at({file_, 0}, "", "and " + std::to_string(warnings_left_out_) + " more warnings"));
    warnings_.back().error = false;
  }
  return LoadedZone{*std::move(content), std::move(warnings_)};
}

void ZoneLoader::read_all(ZoneScanner& scanner) {
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

void ZoneLoader::read_directive(const LogicalLine& line) {
  const std::string_view word = line.tokens.front().text;
  if (equal_ignoring_case(word, "$ORIGIN")) return read_origin(line);
  if (equal_ignoring_case(word, "$TTL")) return read_ttl(line);
  if (equal_ignoring_case(word, "$INCLUDE")) return read_include(line);
  if (equal_ignoring_case(word, "$GENERATE")) return read_generate(line);
  error(line.number, "", "unknown directive " + in_quotes(word));
}

void ZoneLoader::read_origin(const LogicalLine& line) {
  if (line.tokens.size() != 2 || any_quoted(line.tokens))
    return error(line.number, "", "$ORIGIN takes one name");
  Name origin;
  if (const char* problem = origin.assign(line.tokens[1].text, scope_.origin)) {
    return error(line.number, "", std::string(problem) + " in " + in_quotes(line.tokens[1].text));
  }
  scope_.origin = origin;
  scope_.owner_word.clear();
  origin_given_ = true;
}

void ZoneLoader::read_ttl(const LogicalLine& line) {
  if (line.tokens.size() != 2 || any_quoted(line.tokens))
    return error(line.number, "", "$TTL takes one number of seconds");
  const auto seconds = parse_seconds(line.tokens[1].text);
  if (!seconds) return error(line.number, "", "bad TTL " + in_quotes(line.tokens[1].text));
  default_ttl_ = bounded_ttl(*seconds, line.number);
}

void ZoneLoader::read_include(const LogicalLine& line) {
  if (!options_.allow_include) return error(line.number, "", "$INCLUDE is not allowed here");
  if (line.tokens.size() < 2 || line.tokens.size() > 3 || any_quoted(std::span(line.tokens).subspan(2))) {
    return error(line.number, "", "$INCLUDE takes a file and perhaps an origin");
  }
  Scope inner = scope_;
  if (line.tokens.size() == 3) {
    if (const char* problem = inner.origin.assign(line.tokens[2].text, scope_.origin)) {
      return error(line.number, "", std::string(problem) + " in " + in_quotes(line.tokens[2].text));
    }
    inner.owner_word.clear();
  }
  if (depth_ == max_include_depth) return error(line.number, "", "$INCLUDE is nested too deeply");
  const std::filesystem::path path = std::filesystem::path(file_).parent_path() / line.tokens[1].text;
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe's other end may never come
  if (!fd) return error(line.number, "", "cannot open " + path.string() + ": " + std::strerror(errno));
  if (struct stat status{}; ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return error(line.number, "", "cannot open " + path.string() + ": it is no regular file");
  }

  Scope outer = std::exchange(scope_, std::move(inner));
  std::string outer_file = std::exchange(file_, path.string());
  lines_.enter(file_);
  ++depth_;
  {
    ZoneScanner scanner(std::move(fd), octets_left_, options_.octets_read);
    read_all(scanner);
  }
  --depth_;
  file_ = std::move(outer_file);
  lines_.enter(file_);
  scope_ = std::move(outer);
}

void ZoneLoader::read_generate(const LogicalLine& line) {
  const std::span<const Token> words(line.tokens);
  if (words.size() < 5 || any_quoted(words.subspan(1, 3)))
    return error(line.number, "", "$GENERATE takes a range, an owner name, a type and RDATA");
  const auto range = parse_generate_range(words[1].text);
  if (!range) return error(line.number, "", "bad range " + in_quotes(words[1].text));
  if (range->count() > generated_left_) return error(line.number, "", "$GENERATE makes too many records");
  generated_left_ -= static_cast<std::size_t>(range->count());
  const Scope outer = scope_;  // the record after it has the owner of the one before

  // As BIND has it, RDATA of several words may stand in quotes, which then are no part of it.
  const Token& before_last = words[words.size() - 2];
  const bool all_quoted = words.back().quoted && !before_last.quoted && parse_type(before_last.text);
  const std::size_t templates = all_quoted ? words.size() - 1 : words.size();
  const std::size_t errors_before = errors_.size();
  std::vector<std::string> texts(words.size());
  std::vector<Token> made;
  for (std::uint64_t i = 0; i < range->count() && errors_.size() == errors_before; ++i) {
    const auto value = static_cast<std::uint32_t>(range->start + i * range->step);
    made.clear();
    for (std::size_t each = 2; each < words.size(); ++each) {
      auto text = expand_generate(words[each].text, value);
      if (!text) return error(line.number, "", text.error().message);
      if (text->size() > octets_left_) return error(line.number, "", "$GENERATE makes too much text");
      octets_left_ -= text->size();
      texts[each] = *std::move(text);
      if (each < templates)
        made.push_back({texts[each], words[each].line, words[each].quoted, words[each].adjacent});
    }
    LogicalLine unquoted;
    if (all_quoted) texts.back() = without_quotes(texts.back());
    ZoneScanner inner(texts.back());
    if (all_quoted) {
      if (!inner.next(unquoted) || !unquoted.problem.empty())
        return error(line.number, "", "bad RDATA in quotes");
      for (Token token : unquoted.tokens) {
        token.line = line.number;
        made.push_back(token);
      }
    }
    if (!set_owner(made.front().text, line.number)) return;
    read_data(std::span<const Token>(made).subspan(1), line.number);
  }
  scope_ = outer;
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
  if (head.ttl) return last_ttl_ = head.ttl;
  if (default_ttl_) return default_ttl_;  // RFC 2308 §4
  if (last_ttl_) return last_ttl_;        // RFC 1035 §5.1
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

std::optional<Content> ZoneLoader::finish() {
  if (!errors_.empty()) return std::nullopt;
  if (!builder_) {
    error(0, "", "no SOA");
    return std::nullopt;
  }
  ContentBuilder::Details details;
  auto content = builder_->finish(&details);
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
  for (Problem& problem : check_zone(*content, &lines_)) {
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
