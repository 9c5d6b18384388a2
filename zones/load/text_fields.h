#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/load/mnemonics.h"
#include "zones/load/zone_scanner.h"

namespace doors {

/// Reads fields of RDATA from the words of a record, one after the other, and appends each in wire form. The
/// first that is wrong or missing makes the reader fail for good, as WireReader does: a row of fields is read
/// at a stretch and asked for problem() once. Borrows words, origin and output.
class TextFields {
 public:
  TextFields(std::span<const Token> words, NameView origin, std::vector<std::byte>& out) noexcept
      : words_(words), origin_(origin), out_(out) {}

  void name();
  void number(std::uint64_t most, std::size_t octets);
  void seconds();
  void ipv4();
  void ipv6();
  void character_string();
  void character_strings();
  void long_string();
  void hex();
  void base64();
  void hex_with_length();
  void base32_with_length();
  void mnemonic(std::span<const Mnemonic> known, std::size_t octets);
  void type();
  void time();
  void type_bitmaps();
  void caa_tag();
  void groups_of_hex();
  void eui(std::size_t octets);
  void amt_relay();
  void ipseckey();
  void host_identity();
  void well_known_services();
  void svc_params();

  [[nodiscard]] bool more() const noexcept { return !failed() && next_ < words_.size(); }
  [[nodiscard]] std::size_t words_left() const noexcept { return words_.size() - next_; }
  [[nodiscard]] bool failed() const noexcept { return !problem_.empty(); }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// The line of the word that was wrong, or of the last one.
  [[nodiscard]] std::uint32_t line() const noexcept;
  void fail(std::string why);

 private:
  /// The next word; fails and gives an empty one at the end. `what` names what is missing.
  const Token& take(const char* what);
  void put(Octets octets) { out_.insert(out_.end(), octets.begin(), octets.end()); }
  void put_number(std::uint64_t value, std::size_t octets);
  void put_string(const Token& word, std::size_t most, bool with_length);
  /// A gateway or relay of that kind: nothing (written "."), an address, a name (RFC 4025 §2.5, RFC 8777
  /// §4.2).
  void relay(std::byte kind);

  std::span<const Token> words_;
  NameView origin_;
  std::vector<std::byte>& out_;
  std::size_t next_ = 0;
  std::string problem_;
};

/// Appends what a character-string of zone text means, without quotes around it: \DDD and \X undone (RFC 1035
/// §5.1). Gives what is wrong, or null.
[[nodiscard]] const char* unescape(std::string_view text, std::vector<std::byte>& out);

/// Reads SvcParams (RFC 9460 §2.1 and Appendix A) from the words that are left and appends them, sorted by
/// key. Gives what is wrong, or "".
[[nodiscard]] std::string read_svc_params(std::span<const Token> words, std::vector<std::byte>& out);

}  // namespace doors
