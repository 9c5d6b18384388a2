#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace doors {

/// Cuts zone text into parts that can be read apart: each begins with an owner name at the start of a logical
/// line, outside of parentheses. In text with errors, or with line ends inside quotes, a cut may be wrong:
/// then the part before it ends inside of something, which is an error of its own. One thread.
class TextParts {
 public:
  struct Part {
    std::uint64_t offset = 0;
    std::string_view text;  ///< lies in the buffer that was given, or in the text itself
    std::uint32_t first_line = 1;
    std::vector<std::string_view> directives;  ///< its lines with `$`, but for what lies in parentheses
  };

  /// Text in memory, borrowed; parts have at least so many octets, but for the last.
  TextParts(std::string_view text, std::size_t part_octets) noexcept
      : text_(text), size_(text.size()), part_octets_(part_octets) {}
  /// What a regular file of that size has; the descriptor is borrowed.
  TextParts(int fd, std::uint64_t size, std::size_t part_octets) noexcept
      : fd_(fd), size_(size), part_octets_(part_octets) {}

  /// The next part; false at the end, and if the text cannot be cut, or not be read: then failed().
  [[nodiscard]] bool next(Part& part, std::string& buffer);
  /// Reads the text of a part once more.
  [[nodiscard]] bool read_again(Part& part, std::string& buffer) const;
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// So many parts come at most.
  [[nodiscard]] std::size_t most_left() const noexcept {
    return static_cast<std::size_t>((size_ - offset_) / part_octets_ + 1);
  }

 private:
  [[nodiscard]] bool window(std::uint64_t offset, std::size_t octets, std::string& buffer,
                            std::string_view& text) const;
  [[nodiscard]] std::size_t cut(std::string_view text, Part& part);

  int fd_ = -1;
  std::string_view text_;
  std::uint64_t size_;
  std::size_t part_octets_;
  std::uint64_t offset_ = 0;
  std::uint32_t line_ = 1;
  bool failed_ = false;
};

}  // namespace doors
