#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "zones/base/ascii.h"
#include "zones/load/generate.h"
#include "zones/load/rdata_text.h"
#include "zones/load/zone_loader.h"

namespace doors {

namespace {

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

}  // namespace

void ZoneLoader::read_directive(const LogicalLine& line) {
  const std::string_view word = line.tokens.front().text;
  if (equal_ignoring_case(word, "$ORIGIN")) return read_origin(line);
  if (equal_ignoring_case(word, "$TTL")) return read_ttl(line);
  if (equal_ignoring_case(word, "$INCLUDE")) return read_include(line);
  if (equal_ignoring_case(word, "$GENERATE")) return read_generate(line);
  error(line.number, "", "unknown directive " + in_quotes(word));
}

void ZoneLoader::foresee(std::string_view directive) {
  ZoneScanner scanner(directive);
  LogicalLine line;
  if (!scanner.next(line) || !line.problem.empty()) return;
  const std::string_view word = line.tokens.front().text;
  if (equal_ignoring_case(word, "$ORIGIN") || equal_ignoring_case(word, "$TTL")) read_directive(line);
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
    read(scanner);
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

}  // namespace doors
