#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "zones/dns/name.h"
#include "zones/load/line_index.h"
#include "zones/load/problem.h"

namespace doors {

/// What the checks of one zone have to say, each at the place of a record: at most 20 errors and 100
/// warnings, each kind with a last line that counts the rest. All of gate `syntax`. One thread.
class CheckNotes {
 public:
  /// `lines` (may be null) gives places; borrowed.
  explicit CheckNotes(const LineIndex* lines) noexcept : lines_(lines) {}

  /// `record` is its number in canonical order.
  void error(NameView owner, std::size_t record, std::string message);
  void warn(NameView owner, std::size_t record, std::string message);
  /// Whether record `a` stands behind `b` in the text.
  [[nodiscard]] bool is_later(std::size_t a, std::size_t b) const noexcept { return tag(a) > tag(b); }
  /// Takes over what was noted of the next part of the zone.
  void append(CheckNotes&& next);
  [[nodiscard]] std::vector<Problem> take();

 private:
  static constexpr std::size_t max_errors = 20;
  static constexpr std::size_t max_warnings = 100;

  [[nodiscard]] std::uint32_t tag(std::size_t record) const noexcept {
    return lines_ != nullptr ? lines_->record_tag(record) : 0;
  }
  void note(bool is_error, NameView owner, std::size_t record, std::string message);
  void count_rest(bool is_error, std::size_t count, std::size_t most);

  const LineIndex* lines_;
  std::vector<Problem> problems_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace doors
