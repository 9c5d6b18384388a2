#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/rdata_format.h"
#include "zones/load/mnemonics.h"
#include "zones/load/zone_scanner.h"

namespace doors {

/// Reads fields of RDATA from the words of a record, one after the other, and appends each in wire form. The
/// first that is wrong or missing makes the reader fail for good, as WireReader does: a row of fields is read
/// at a stretch and asked for problem() once. What a field may hold is left to valid_rdata(). Borrows words,
/// origin and output.
class TextFields {
 public:
  TextFields(std::span<const Token> words, NameView origin, std::vector<std::byte>& out) noexcept
      : words_(words), origin_(origin), out_(out) {}

  /// Reads one field of a row of rdata_format().
  void field(RdataField kind);
  /// Reads what `\#` has behind its length: hex digits to the end, which may be none.
  void generic();

  [[nodiscard]] bool more() const noexcept { return !failed() && next_ < words_.size(); }
  [[nodiscard]] bool failed() const noexcept { return !problem_.empty(); }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// The line of the word that was wrong, or of the last one.
  [[nodiscard]] std::uint32_t line() const noexcept;
  void fail(std::string why);

 private:
  // text_fields.cpp: what many types have
  void name();
  void number(std::uint64_t most, std::size_t octets);
  void seconds();
  void time();
  void type();
  void mnemonic(std::span<const Mnemonic> known, std::size_t octets);
  void ipv4();
  void ipv6();
  void string();
  void text();
  void hex();
  void base64();
  void salt();
  void hash();
  void type_bitmaps();
  // text_fields_rare.cpp: what one type has
  void nxt_bitmap();
  void groups_of_hex();
  void eui(std::size_t octets);
  void dashed_base64();
  void nsap_address();
  void atm_address();
  void a6();
  void relay(std::uint8_t kind);
  void ipseckey();
  void amt_relay();
  void host_identity();
  void services();
  void svc_params();
  void location();

  /// The next word; fails and gives an empty one at the end, and at a string in quotes. `what` names what is
  /// missing.
  std::string_view take(const char* what);
  /// The next word or string.
  const Token& take_string(const char* what);
  /// All words that are left, as one; good until the next call.
  std::string_view take_rest();
  void put(Octets octets) { out_.insert(out_.end(), octets.begin(), octets.end()); }
  void put_number(std::uint64_t value, std::size_t octets);
  void fail_at(std::string_view word, const std::string& why) {
    fail("\"" + std::string(word) + "\" " + why);
  }

  std::span<const Token> words_;
  NameView origin_;
  std::vector<std::byte>& out_;
  std::size_t next_ = 0;
  std::string joined_;  // what take_rest() gave, if it was several words
  std::string problem_;
};

/// A whole unsigned number, digits only.
[[nodiscard]] std::optional<std::uint64_t> parse_digits(std::string_view text, int base = 10) noexcept;

}  // namespace doors
