#include "sync/ctl/serve_state.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>
#include <system_error>
#include <unordered_set>

#include <fcntl.h>
#include <sys/file.h>

#include "zones/base/text_encoding.h"
#include "zones/image/image_file.h"

namespace doors::ctl {
namespace {

constexpr std::string_view index_head = "doorctl serve index 1 " DOORS_VERSION;
constexpr std::size_t max_index_octets = std::size_t{1} << 30;

std::string escaped(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && c != '%') {
      out += c;
      continue;
    }
    std::array<char, 4> code{};
    std::snprintf(code.data(), code.size(), "%%%02x", octet);
    out += code.data();
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto octet = from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1) return std::nullopt;
    out += static_cast<char>(octet->front());
    i += 2;
  }
  return out;
}

template <class Integer>
bool read_number(std::string_view text, Integer& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<ServedZones::Served> read_line(std::string_view line) {
  std::array<std::string_view, 7> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t tab = line.find('\t');
    if ((tab == std::string_view::npos) != (i + 1 == fields.size())) return std::nullopt;
    fields[i] = line.substr(0, tab);
    line.remove_prefix(std::min(fields[i].size() + 1, line.size()));
  }
  ServedZones::Served served;
  ZoneFile& file = served.read.file;
  const auto digest = from_hex(fields[4]);
  const Result<Name> zone = Name::parse(fields[5]);
  const auto path = unescaped(fields[6]);
  if (!read_number(fields[0], file.octets) || !read_number(fields[1], file.changed_ns) ||
      !read_number(fields[2], file.inode) || !read_number(fields[3], served.seq) || served.seq == 0 ||
      !digest || digest->size() != served.read.digest.size() || !zone || !path) {
    return std::nullopt;
  }
  std::copy(digest->begin(), digest->end(), served.read.digest.begin());
  served.read.zone = *zone;
  file.path = *path;
  return served;
}

}  // namespace

std::string to_index(const std::vector<ServedZones::Served>& served) {
  std::string text(index_head);
  text += '\n';
  for (const ServedZones::Served& one : served) {
    if (one.read.includes) continue;
    const ZoneFile& file = one.read.file;
    text += std::to_string(file.octets) + '\t' + std::to_string(file.changed_ns) + '\t' +
            std::to_string(file.inode) + '\t' + std::to_string(one.seq) + '\t' + to_hex(one.read.digest) +
            '\t' + one.read.zone.to_string() + '\t' + escaped(file.path.native()) + '\n';
  }
  return text;
}

std::vector<ServedZones::Served> read_index(std::string_view text) {
  std::vector<ServedZones::Served> entries;
  bool head = true;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // a cut line
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (head) {
      if (line != index_head) return {};
      head = false;
    } else if (auto entry = read_line(line)) {
      entries.push_back(*std::move(entry));
    }
  }
  return entries;
}

Outcome<ServeState> ServeState::open(const std::filesystem::path& directory) {
  ServeState state;
  state.directory_ = directory;
  state.images_ = directory / "images";
  std::error_code error;
  std::filesystem::create_directories(state.images_, error);
  if (error) return refused("cannot make " + state.images_.string() + ": " + error.message());
  const std::filesystem::path lock = directory / "lock";
  state.lock_.reset(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!state.lock_)
    return refused("cannot open " + lock.string() + ": " + std::generic_category().message(errno));
  if (::flock(state.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    return refused("--state " + directory.string() + " is in use by another process");
  }
  const std::filesystem::path index = directory / "index";
  if (const Result<std::string> text = read_text_file(index, max_index_octets); text) {
    for (ServedZones::Served& entry : read_index(*text)) {
      std::string path = entry.read.file.path.native();
      state.entries_.insert_or_assign(std::move(path), std::move(entry));
    }
  }
  return state;
}

const ServedZones::Served* ServeState::find(const std::filesystem::path& file) const {
  const auto at = entries_.find(file.native());
  return at == entries_.end() ? nullptr : &at->second;
}

Outcome<void> ServeState::save(const std::vector<ServedZones::Served>& served) {
  const std::string text = to_index(served);
  const Result<void> written = write_file_durably(directory_ / "index", octets_of(text));
  if (!written) return refused(written.error().message);
  entries_.clear();
  std::unordered_set<std::string> used;
  for (const ServedZones::Served& one : served) {
    used.insert(image_path(images_, one.read.zone, 1, one.seq).filename().native());
  }
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(images_, ignored)) {
    if (!used.contains(entry.path().filename().native())) std::filesystem::remove(entry.path(), ignored);
  }
  return {};
}

}  // namespace doors::ctl
