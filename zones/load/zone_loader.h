#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zones/content/content.h"
#include "zones/load/line_index.h"
#include "zones/load/problem.h"
#include "zones/load/zone_file.h"
#include "zones/load/zone_scanner.h"

namespace doors {

/// One load of one zone: what is kept in mind from line to line. One thread. A long text can be read in parts
/// at once, each by a loader of its own that assumes what the lines before will have said; the loader of the
/// first part absorbs the others in turn, as far as they assumed rightly.
class ZoneLoader {
 public:
  /// Borrows `options` and `octets_left`, what may still be read of all files.
  ZoneLoader(const ZoneFileOptions& options, std::string file, std::uint64_t& octets_left);

  /// What the lines before leave behind for those that begin with an owner name.
  struct Entry {
    Name origin;
    std::optional<Ttl> default_ttl;
    std::optional<Ttl> last_ttl;
  };
  [[nodiscard]] Entry entry() const { return {scope_.origin, default_ttl_, last_ttl_}; }
  /// The loader of a later part of the text that `before`, which knows_zone(), has begun.
  ZoneLoader(const ZoneLoader& before, const Entry& entry, std::uint64_t& octets_left);

  /// Reads all lines that the scanner has.
  void read(ZoneScanner& scanner);
  /// Whether the zone and its SOA are known: a later part tells nothing new of them.
  [[nodiscard]] bool knows_zone() const noexcept { return builder_ && soa_; }
  [[nodiscard]] bool has_errors() const noexcept { return !errors_.empty(); }
  /// Takes a line with $ORIGIN or $TTL, so that entry() says what holds behind it; any other is passed over.
  void foresee(std::string_view directive);

  [[nodiscard]] std::size_t generated_left() const noexcept { return generated_left_; }
  /// Whether the part that comes next, read under that assumption, says what it says at its place.
  [[nodiscard]] bool fits(const ZoneLoader& part, const Entry& assumed) const;
  /// Takes over what the next part has read, from its $GENERATE on with so many records left. False: it has
  /// errors, or makes too many records; then nothing can be done with either.
  [[nodiscard]] bool absorb(ZoneLoader&& part, std::size_t generated_at_entry);

  /// The zone of all that was read. Once.
  [[nodiscard]] Expected<LoadedZone, std::vector<Problem>> finish();

 private:
  static constexpr std::size_t max_errors = 20;
  static constexpr int max_include_depth = 10;
  static constexpr std::size_t max_pending = 100'000;

  /// What a record leaves behind for the next one, and an $INCLUDE gives back when it ends (RFC 1035 §5.1).
  struct Scope {
    Name origin;
    bool has_owner = false;
    bool bad_owner = false;  ///< it could not be read, and that has been said
    Name owner;
    std::string owner_word;  ///< as it was written under `origin`; empty: not to be compared with
  };
  /// A record whose zone is not known yet: one before the SOA, without any $ORIGIN.
  struct Pending {
    Name owner;
    RRType type;
    Ttl ttl;
    std::vector<std::byte> rdata;
    std::uint32_t tag;
  };

  void read_line(const LogicalLine& line);
  void read_directive(const LogicalLine& line);
  void read_origin(const LogicalLine& line);
  void read_ttl(const LogicalLine& line);
  void read_include(const LogicalLine& line);
  void read_generate(const LogicalLine& line);
  void read_record(const LogicalLine& line);
  void read_data(std::span<const Token> words, std::uint32_t line);
  /// What stands before the RDATA; nothing if it is wrong, and that has been said.
  struct Head {
    RRType type{};
    std::optional<Ttl> ttl;
    std::span<const Token> rdata;
  };
  [[nodiscard]] std::optional<Head> read_head(std::span<const Token> words, std::uint32_t line);
  bool set_owner(std::string_view word, std::uint32_t line);
  [[nodiscard]] std::optional<Ttl> choose_ttl(const Head& head, std::uint32_t line);
  /// A TTL as written: with a warning, one over 2^31-1 is 0 (RFC 2181 §8).
  [[nodiscard]] Ttl bounded_ttl(std::uint32_t seconds, std::uint32_t line);
  void add(RRType type, Ttl ttl, std::uint32_t line);
  void add_to_zone(NameView owner, RRType type, Ttl ttl, Octets rdata, std::uint32_t line);
  [[nodiscard]] bool is_repeated_soa(Octets rdata, std::uint32_t line);
  void choose_zone(NameView zone);
  [[nodiscard]] std::optional<Content> make_content();

  void error(std::uint32_t line, std::string owner, std::string message);
  void warn(std::uint32_t line, std::string owner, std::string message);
  void add_warning(Problem problem);
  [[nodiscard]] Problem problem_at(const LineIndex::Place& place, std::string owner,
                                   std::string message) const;
  [[nodiscard]] bool too_many() const noexcept { return errors_.size() >= max_errors; }
  [[nodiscard]] static std::string in_quotes(std::string_view word) {
    return "\"" + std::string(word) + "\"";
  }
  [[nodiscard]] std::string owner_text() const { return scope_.has_owner ? scope_.owner.to_string() : ""; }

  const ZoneFileOptions& options_;
  std::string file_;  // the one being read
  std::uint64_t& octets_left_;
  std::size_t generated_left_;
  int depth_ = 0;

  Scope scope_;
  bool origin_given_ = false;  // by option or $ORIGIN
  std::optional<Ttl> default_ttl_;
  std::optional<Ttl> last_ttl_;
  bool own_last_ttl_ = true;  // no assumption
  bool took_entry_ttl_ = false;
  std::vector<std::byte> rdata_;
  std::optional<ContentBuilder> builder_;
  std::vector<Pending> pending_;
  struct FirstSoa {
    std::vector<std::byte> rdata;
    std::uint32_t line = 0;
    std::string file;
  };
  std::optional<FirstSoa> soa_;

  LineIndex lines_;
  std::vector<Problem> errors_;
  std::vector<Problem> warnings_;
  std::size_t warnings_left_out_ = 0;
};

}  // namespace doors
