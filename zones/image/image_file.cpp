#include "zones/image/image_file.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include "zones/base/sha256.h"
#include "zones/base/text_encoding.h"

namespace doors {

namespace {

constexpr std::string_view suffix = ".img";
constexpr std::size_t max_stem_octets = 180;  // of the 255 that a file's name may have

bool is_plain(std::byte octet) noexcept {
  const auto c = std::to_integer<char>(octet);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// A decimal number as image_path() writes it: digits only, no zero in front.
template <class Number>
std::optional<Number> number(std::string_view text) noexcept {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stop != end || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return value;
}

struct FileName {
  std::string stem;
  std::uint32_t epoch;
  std::uint64_t seq;
};

std::optional<FileName> parse_file_name(std::string_view name) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  const std::string_view numbers = name.substr(dot + 1);
  const std::size_t dash = numbers.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto epoch = number<std::uint32_t>(numbers.substr(0, dash));
  const auto seq = number<std::uint64_t>(numbers.substr(dash + 1));
  if (!epoch || !seq) return std::nullopt;
  return FileName{std::string(name.substr(0, dot)), *epoch, *seq};
}

}  // namespace

std::string image_stem(NameView origin) {
  if (origin.is_root()) return "%root";
  Name name(origin);
  name.make_canonical();
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string stem;
  for (NameView rest = name; !rest.is_root(); rest = rest.parent()) {
    if (!stem.empty()) stem += '.';
    for (const std::byte octet : rest.first_label()) {
      if (is_plain(octet)) {
        stem += std::to_integer<char>(octet);
      } else {
        const auto value = std::to_integer<unsigned>(octet);
        stem += '%';
        stem += digits[value >> 4];
        stem += digits[value & 15];
      }
    }
  }
  if (stem.size() > max_stem_octets) return "%sha256-" + to_hex(sha256(name.wire()));
  return stem;
}

std::filesystem::path image_path(const std::filesystem::path& directory, NameView origin, std::uint32_t epoch,
                                 std::uint64_t seq) {
  return directory /
         (image_stem(origin) + "." + std::to_string(epoch) + "-" + std::to_string(seq) + std::string(suffix));
}

Result<std::map<std::string, std::vector<ImageFile>>> scan_images(const std::filesystem::path& directory) {
  std::error_code problem;
  std::map<std::string, std::vector<ImageFile>> found;
  std::filesystem::directory_iterator entry(directory, problem);
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
    if (auto name = parse_file_name(entry->path().filename().string())) {
      found[std::move(name->stem)].push_back({entry->path(), name->epoch, name->seq});
    }
  }
  if (problem) return system_failure("cannot read " + directory.string(), problem.value());
  for (auto& [stem, files] : found) {
    std::sort(files.begin(), files.end(), [](const ImageFile& a, const ImageFile& b) {
      return a.epoch != b.epoch ? a.epoch > b.epoch : a.seq > b.seq;
    });
  }
  return found;
}

}  // namespace doors
