#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace doors {

/// Where each record of a content came from, in 4 octets a record: a tag counts the lines of all files in the
/// order they were read, and a short list of stretches says which file and line a tag is. One thread while it
/// grows, then any.
class LineIndex {
 public:
  struct Place {
    std::string file;
    std::uint32_t line = 0;
  };

  /// From here on lines come from `file`.
  void enter(const std::string& file) {
    file_ = static_cast<std::uint32_t>(std::find(files_.begin(), files_.end(), file) - files_.begin());
    if (file_ == files_.size()) files_.push_back(file);
    fresh_ = true;
  }
  /// The tag of a line of the current file; lines ascend.
  [[nodiscard]] std::uint32_t tag(std::uint32_t line) {
    if (fresh_) {
      stretches_.push_back({last_ + 1, line, file_});
      fresh_ = false;
    }
    last_ = stretches_.back().first_tag + (line - stretches_.back().first_line);
    return last_;
  }
  /// Takes over the lines of another index, as read behind those here; gives what is to be added to its tags.
  std::uint32_t append(const LineIndex& other) {
    const std::uint32_t base = last_;
    const std::uint32_t current = file_;
    for (const Stretch& stretch : other.stretches_) {
      enter(other.files_[stretch.file]);
      stretches_.push_back({stretch.first_tag + base, stretch.first_line, file_});
    }
    last_ += other.last_;
    file_ = current;
    fresh_ = true;
    return base;
  }
  /// The tags of a content's records, in canonical order.
  void set_tags(std::vector<std::uint32_t> tags) { tags_ = std::move(tags); }

  [[nodiscard]] Place place_of_tag(std::uint32_t tag) const {
    const auto after =
        std::upper_bound(stretches_.begin(), stretches_.end(), tag,
                         [](std::uint32_t wanted, const Stretch& s) { return wanted < s.first_tag; });
    if (after == stretches_.begin()) return {};
    const Stretch& stretch = *(after - 1);
    return {files_[stretch.file], stretch.first_line + (tag - stretch.first_tag)};
  }
  /// The tag of the i-th record in canonical order; 0, which is nowhere, if it is not known.
  [[nodiscard]] std::uint32_t record_tag(std::size_t i) const noexcept {
    return i < tags_.size() ? tags_[i] : 0;
  }

 private:
  struct Stretch {
    std::uint32_t first_tag;
    std::uint32_t first_line;
    std::uint32_t file;
  };
  std::vector<std::string> files_;
  std::vector<Stretch> stretches_;
  std::vector<std::uint32_t> tags_;
  std::uint32_t file_ = 0;
  std::uint32_t last_ = 0;
  bool fresh_ = true;
};

}  // namespace doors
