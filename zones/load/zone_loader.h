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

/// One load of one zone: what load_zone_file() keeps in mind from line to line. Used once. One thread.
class ZoneLoader {
 public:
  /// Borrows `options` and `octets_left`, what may still be read of all files.
  ZoneLoader(const ZoneFileOptions& options, std::string file, std::uint64_t& octets_left);
  [[nodiscard]] Expected<LoadedZone, std::vector<Problem>> load(ZoneScanner& scanner);

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

  void read_all(ZoneScanner& scanner);
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
  [[nodiscard]] std::optional<Content> finish();

  void error(std::uint32_t line, std::string owner, std::string message);
  void warn(std::uint32_t line, std::string owner, std::string message);
  void add_warning(Problem problem);
  [[nodiscard]] Problem problem_at(const LineIndex::Place& place, std::string owner,
                                   std::string message) const;
  [[nodiscard]] bool too_many() const noexcept { return errors_.size() >= max_errors; }
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
