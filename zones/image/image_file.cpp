#include "zones/image/image_file.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "zones/base/sha256.h"

namespace doors {

namespace {

constexpr std::string_view suffix = ".img";
constexpr std::size_t longest_stem = 180;

void append_hex(std::string& out, std::byte octet) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += digits[std::to_integer<std::size_t>(octet) >> 4];
  out += digits[std::to_integer<std::size_t>(octet) & 15];
}

template <class Number>
bool take_number(std::string_view text, Number& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string image_stem(NameView origin) {
  if (origin.is_root()) return "%root";
  Name canonical(origin);
  canonical.make_canonical();
  std::string stem;
  for (NameView rest = canonical; !rest.is_root(); rest = rest.parent()) {
    if (!stem.empty()) stem += '.';
    for (const std::byte octet : rest.first_label()) {
      const auto c = static_cast<char>(octet);
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-') {
        stem += c;
      } else {
        stem += '%';
        append_hex(stem, octet);
      }
    }
  }
  if (stem.size() <= longest_stem) return stem;
  stem = "%sha256-";
  for (const std::byte octet : sha256(canonical.wire())) append_hex(stem, octet);
  return stem;
}

std::filesystem::path image_path(const std::filesystem::path& directory, NameView origin, std::uint32_t epoch,
                                 std::uint64_t seq) {
  return directory /
         (image_stem(origin) + "." + std::to_string(epoch) + "-" + std::to_string(seq) + std::string(suffix));
}

Result<std::map<std::string, std::vector<ImageFile>>> scan_images(const std::filesystem::path& directory) {
  std::map<std::string, std::vector<ImageFile>> found;
  std::error_code problem;
  std::filesystem::directory_iterator at(directory, problem);
  for (; !problem && at != std::filesystem::directory_iterator(); at.increment(problem)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.') || !name.ends_with(suffix)) continue;
    const std::string_view body = std::string_view(name).substr(0, name.size() - suffix.size());
    const std::size_t dot = body.rfind('.');
    const std::size_t dash = body.rfind('-');
    if (dot == std::string_view::npos || dot == 0 || dash == std::string_view::npos || dash < dot) continue;
    ImageFile file{at->path()};
    if (!take_number(body.substr(dot + 1, dash - dot - 1), file.epoch)) continue;
    if (!take_number(body.substr(dash + 1), file.seq)) continue;
    found[std::string(body.substr(0, dot))].push_back(std::move(file));
  }
  if (problem) return failure("cannot read " + directory.string() + ": " + problem.message());
  for (auto& [stem, files] : found) {
    std::sort(files.begin(), files.end(), [](const ImageFile& a, const ImageFile& b) {
      return a.epoch != b.epoch ? a.epoch > b.epoch : a.seq > b.seq;
    });
  }
  return found;
}

}  // namespace doors
