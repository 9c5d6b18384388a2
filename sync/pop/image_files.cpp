#include "sync/pop/image_files.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "zones/base/file.h"
#include "zones/image/image_file.h"

namespace doors {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporary_ending = ".tmp";
/// Above this many files one flush of the file system is cheaper than one per file.
constexpr std::size_t most_synced_singly = 8;

Result<void> sync_file(const fs::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return system_failure("cannot sync " + path.string(), errno);
  return {};
}

Result<void> sync_file_system(const fs::path& directory) {
  const UniqueFd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::syncfs(folder.get()) != 0)
    return system_failure("cannot sync " + directory.string(), errno);
  return {};
}

}  // namespace

Result<void> ImageFiles::open() {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return failure("cannot make " + directory_.string() + ": " + error.message());
  std::vector<fs::path> leftovers;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_, error)) {
    if (entry.path().native().ends_with(temporary_ending)) leftovers.push_back(entry.path());
  }
  for (const fs::path& path : leftovers) fs::remove(path, error);
  const auto found = scan_images(directory_);
  if (!found) return Unexpected(found.error());
  for (const auto& [stem, files] : *found) {
    for (const ImageFile& file : files) there_[stem].push_back({file.epoch, file.seq});
  }
  return {};
}

Result<void> ImageFiles::stage(NameView origin, VersionNumber number, Octets image) {
  Staged staged{Name(origin), number, {}, path(origin, number)};
  staged.temporary = staged.final;
  staged.temporary += temporary_ending;
  const UniqueFd file(::open(staged.temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return system_failure("cannot create " + staged.temporary.string(), errno);
  if (auto written = write_all(file.get(), image); !written) {
    ::unlink(staged.temporary.c_str());
    return failure(staged.temporary.string() + ": " + written.error().message);
  }
  staged_.push_back(std::move(staged));
  return {};
}

Result<void> ImageFiles::commit() {
  if (staged_.empty()) return {};
  Result<void> done;
  if (staged_.size() > most_synced_singly) {
    done = sync_file_system(directory_);
  } else {
    for (const Staged& staged : staged_) {
      if (done) done = sync_file(staged.temporary);
    }
  }
  for (const Staged& staged : staged_) {
    if (!done) break;
    if (::rename(staged.temporary.c_str(), staged.final.c_str()) != 0) {
      done = system_failure("cannot rename " + staged.temporary.string(), errno);
      break;
    }
    std::vector<VersionNumber>& numbers = there_[image_stem(staged.origin)];
    if (std::ranges::find(numbers, staged.number) == numbers.end()) numbers.push_back(staged.number);
  }
  if (done) done = sync_directory(directory_);
  if (!done) {
    discard();
    return done;
  }
  staged_.clear();
  return {};
}

void ImageFiles::discard() {
  for (const Staged& staged : staged_) ::unlink(staged.temporary.c_str());
  staged_.clear();
}

bool ImageFiles::has(NameView origin, VersionNumber number) const {
  const auto found = there_.find(image_stem(origin));
  return found != there_.end() && std::ranges::find(found->second, number) != found->second.end();
}

fs::path ImageFiles::path(NameView origin, VersionNumber number) const {
  return image_path(directory_, origin, number.epoch, number.seq);
}

void ImageFiles::keep_only(NameView origin, const std::vector<VersionNumber>& kept) {
  const auto found = there_.find(image_stem(origin));
  if (found == there_.end()) return;
  std::erase_if(found->second, [&](VersionNumber number) {
    if (std::ranges::find(kept, number) != kept.end()) return false;
    ::unlink(path(origin, number).c_str());
    return true;
  });
  if (found->second.empty()) there_.erase(found);
}

}  // namespace doors
