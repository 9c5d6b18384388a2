#include "zones/image/image_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include <fcntl.h>

#include "zones/base/file.h"
#include "zones/base/sha256.h"
#include "zones/base/text_encoding.h"

namespace doors {

namespace {

constexpr std::string_view suffix = ".img";
constexpr std::string_view gone_suffix = ".gone";
constexpr std::string_view log_suffix = ".log";
constexpr std::string_view pack_suffix = ".pack";
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

std::optional<FileName> parse_file_name(std::string_view name, std::string_view ending) {
  if (!name.ends_with(ending)) return std::nullopt;
  name.remove_suffix(ending.size());
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

std::filesystem::path path_of(const std::filesystem::path& directory, NameView origin, std::uint32_t epoch,
                              std::uint64_t seq, std::string_view ending) {
  return directory /
         (image_stem(origin) + "." + std::to_string(epoch) + "-" + std::to_string(seq) + std::string(ending));
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
  return path_of(directory, origin, epoch, seq, suffix);
}

Result<std::filesystem::path> base_path(const std::filesystem::path& path, const layout::BaseId& base) {
  const auto name = parse_file_name(path.filename().string(), suffix);
  if (!name) return failure("an overlay under the name " + path.filename().string());
  return path.parent_path() / (name->stem + "." + std::to_string(base.epoch) + "-" +
                               std::to_string(base.seq) + std::string(suffix));
}

Result<std::shared_ptr<const ZoneImage>> open_image_file(const std::filesystem::path& path,
                                                         ZoneImage::Check check) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_failure("cannot open " + path.string(), errno);
  const auto base_id = ZoneImage::base_of(fd.get());
  if (!base_id) return ZoneImage::open(fd.get(), check);
  const auto below = base_path(path, *base_id);
  if (!below) return Unexpected(below.error());
  const UniqueFd base_fd(::open(below->c_str(), O_RDONLY | O_CLOEXEC));
  if (!base_fd) return system_failure("cannot open " + below->string(), errno);
  auto base = ZoneImage::open(base_fd.get(), check);
  if (!base) return failure("the image below, " + below->string() + ": " + base.error().message);
  return ZoneImage::open_overlay(fd.get(), *std::move(base));
}

std::filesystem::path gone_path(const std::filesystem::path& directory, NameView origin, std::uint32_t epoch,
                                std::uint64_t seq) {
  return path_of(directory, origin, epoch, seq, gone_suffix);
}

std::filesystem::path log_path(const std::filesystem::path& directory, NameView origin, std::uint32_t epoch,
                               std::uint64_t seq) {
  return path_of(directory, origin, epoch, seq, log_suffix);
}

std::filesystem::path pack_path(const std::filesystem::path& directory, std::uint64_t number) {
  return directory / (std::to_string(number) + std::string(pack_suffix));
}

bool is_pack_path(const std::filesystem::path& path) { return path.native().ends_with(pack_suffix); }

Result<ImageDirectory> scan_image_directory(const std::filesystem::path& directory) {
  std::error_code problem;
  ImageDirectory found;
  std::filesystem::directory_iterator entry(directory, problem);
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
    const std::string file = entry->path().filename().string();
    if (auto name = parse_file_name(file, suffix)) {
      found.images[std::move(name->stem)].push_back({entry->path(), name->epoch, name->seq});
    } else if (auto gone = parse_file_name(file, gone_suffix)) {
      found.gone.push_back({entry->path(), gone->epoch, gone->seq});
    } else if (file.ends_with(pack_suffix)) {
      const auto pack =
          number<std::uint64_t>(std::string_view(file).substr(0, file.size() - pack_suffix.size()));
      if (pack) found.packs.push_back({entry->path(), *pack});
    }
  }
  if (problem) return system_failure("cannot read " + directory.string(), problem.value());
  for (auto& [stem, files] : found.images) {
    std::sort(files.begin(), files.end(), [](const ImageFile& a, const ImageFile& b) {
      return a.epoch != b.epoch ? a.epoch > b.epoch : a.seq > b.seq;
    });
  }
  std::sort(found.packs.begin(), found.packs.end(),
            [](const PackFile& a, const PackFile& b) { return a.number > b.number; });
  return found;
}

Result<std::map<std::string, std::vector<ImageFile>>> scan_images(const std::filesystem::path& directory) {
  auto found = scan_image_directory(directory);
  if (!found) return Unexpected(found.error());
  return std::move(found->images);
}

}  // namespace doors
