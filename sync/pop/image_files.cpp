#include "sync/pop/image_files.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "zones/base/log.h"
#include "zones/image/image_file.h"
#include "zones/image/pack.h"

namespace doors {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporary_ending = ".tmp";
constexpr const char* image_ending = ".img";
constexpr const char* log_ending = ".log";
/// Above this many files one flush of the file system is cheaper than one per file.
constexpr std::size_t most_synced_singly = 8;

Result<void> sync_file(const fs::path& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return system_failure("cannot sync " + path.string(), errno);
  return {};
}

/// Files of one directory.
Result<void> sync_files(const fs::path& directory, const std::vector<fs::path>& files) {
  if (files.size() > most_synced_singly) {
    const UniqueFd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::syncfs(folder.get()) != 0)
      return system_failure("cannot sync " + directory.string(), errno);
    return {};
  }
  Result<void> done;
  for (const fs::path& file : files) {
    if (done) done = sync_file(file);
  }
  return done;
}

}  // namespace

Result<void> ImageFiles::open() {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return failure("cannot make " + directory_.string() + ": " + error.message());
  std::vector<fs::path> leftovers;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_, error)) {
    const fs::path& path = entry.path();
    const bool lone_log =
        path.extension() == log_ending && !fs::exists(fs::path(path).replace_extension(image_ending), error);
    if (lone_log || path.native().ends_with(temporary_ending)) leftovers.push_back(path);
  }
  for (const fs::path& path : leftovers) fs::remove(path, error);
  const auto found = scan_image_directory(directory_);
  if (!found) return Unexpected(found.error());
  for (const auto& [stem, files] : found->images) {
    for (const ImageFile& file : files) {
      const bool small = fs::file_size(file.path, error) <= layout::max_packed_octets;
      there_[stem].push_back({{file.epoch, file.seq}, 0, small});
      small_files_ += small ? 1 : 0;
    }
  }
  for (const PackFile& file : found->packs) {
    next_pack_ = std::max(next_pack_, file.number + 1);
    if (auto learned = learn_pack(file.path, file.number); !learned)
      log::error("pack cannot be read", {{"file", file.path.string()}, {"reason", learned.error().message}});
  }
  return {};
}

Result<void> ImageFiles::learn_pack(const fs::path& path, std::uint64_t number) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_failure("cannot open", errno);
  const auto pack = ImagePack::open(file.get());
  if (!pack) return Unexpected(pack.error());
  for (std::size_t place = 0; place < (*pack)->places(); ++place) {
    const ZoneImage* image = (*pack)->image_at(place);
    if (image != nullptr) note(image->origin(), {{image->version().epoch, image->version().seq}, number});
  }
  return {};
}

void ImageFiles::note(NameView origin, There there) {
  std::vector<There>& all = there_[image_stem(origin)];
  const auto same = std::ranges::find(all, there.number, &There::number);
  if (same == all.end()) {
    all.push_back(there);
    small_files_ += there.small ? 1 : 0;
  } else if (same->pack == 0) {
    return;  // in a file of its own anyway
  } else {
    --packed_images_[std::exchange(same->pack, there.pack)];
  }
  if (there.pack != 0) ++packed_images_[there.pack];
}

bool ImageFiles::is_overlay(Octets image) noexcept {
  return image.size() >= layout::overlay_magic.size() &&
         text_of(image.first(layout::overlay_magic.size())) == layout::overlay_magic;
}

Result<void> ImageFiles::stage(NameView origin, VersionNumber number, Octets image) {
  Staged staged{Name(origin), number, {}};
  staged.overlay = is_overlay(image);
  const bool is_small = image.size() <= layout::max_packed_octets && !staged.overlay;
  if (is_small && !pack_ && small_ + 1 == worth_a_pack) {
    if (auto begun = begin_pack(); !begun) return begun;
  }
  if (is_small && pack_) {
    if (auto added = pack_->add(image); !added) return added;
    staged.packed = true;
  } else {
    if (auto written = write(staged, image); !written) return written;
    if (is_small) {
      staged.image.assign(image.begin(), image.end());
      ++small_;
    }
  }
  staged_.push_back(std::move(staged));
  return {};
}

Result<void> ImageFiles::begin_pack() {
  const fs::path temporary = staged_pack();
  pack_file_.reset(::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!pack_file_) return system_failure("cannot create " + temporary.string(), errno);
  pack_.emplace(pack_file_.get());
  Result<void> added;
  for (const Staged& staged : staged_) {
    if (added && !staged.image.empty()) added = pack_->add(staged.image);
  }
  if (!added) {
    drop_pack();
    return added;
  }
  for (Staged& staged : staged_) {
    if (staged.image.empty()) continue;
    ::unlink(staged.temporary.c_str());
    staged = {staged.origin, staged.number, {}, {}, true};
  }
  small_ = 0;
  return {};
}

fs::path ImageFiles::staged_pack() const {
  fs::path temporary = pack_path(directory_, next_pack_);
  temporary += temporary_ending;
  return temporary;
}

void ImageFiles::drop_pack() {
  if (!pack_) return;
  ::unlink(staged_pack().c_str());
  pack_.reset();
  pack_file_.reset();
}

Result<void> ImageFiles::write(Staged& staged, Octets image) const {
  staged.temporary = image_path(directory_, staged.origin, staged.number.epoch, staged.number.seq);
  staged.temporary += temporary_ending;
  const UniqueFd file(::open(staged.temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return system_failure("cannot create " + staged.temporary.string(), errno);
  if (auto written = write_all(file.get(), image); !written) {
    ::unlink(staged.temporary.c_str());
    return failure(staged.temporary.string() + ": " + written.error().message);
  }
  return {};
}

void ImageFiles::put_log(NameView origin, VersionNumber number, Octets log) const {
  const fs::path path = log_path(origin, number);
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file || !write_all(file.get(), log)) ::unlink(path.c_str());
}

Result<void> ImageFiles::commit() {
  if (staged_.empty()) return {};
  Result<void> done;
  const bool packed = pack_.has_value();
  if (packed) {
    done = pack_->finish(next_pack_);
    if (done && ::fsync(pack_file_.get()) != 0) done = system_failure("cannot sync a pack", errno);
  }
  std::vector<fs::path> own;
  for (const Staged& staged : staged_) {
    if (!staged.packed && !staged.overlay) own.push_back(staged.temporary);
  }
  if (done) done = sync_files(directory_, own);
  if (done) done = name_all();
  if (done && (!own.empty() || packed)) done = sync_directory(directory_);
  if (!done) {
    discard();
    return done;
  }
  staged_.clear();
  small_ = 0;
  return done;
}

Result<void> ImageFiles::name_all() {
  const auto rename = [](fs::path temporary) -> Result<void> {
    fs::path final = temporary;
    final.replace_extension();
    if (::rename(temporary.c_str(), final.c_str()) == 0) return {};
    return system_failure("cannot rename " + temporary.string(), errno);
  };
  std::uint64_t pack = 0;
  if (pack_) {
    if (auto renamed = rename(staged_pack()); !renamed) return renamed;
    pack = next_pack_++;
    pack_.reset();
    pack_file_.reset();
  }
  for (const Staged& staged : staged_) {
    if (!staged.packed) {
      if (auto renamed = rename(staged.temporary); !renamed) return renamed;
    }
    if (staged.overlay)
      unsynced_.push_back(image_path(directory_, staged.origin, staged.number.epoch, staged.number.seq));
    note(staged.origin, {staged.number, staged.packed ? pack : 0, !staged.image.empty()});
  }
  return {};
}

Result<void> ImageFiles::sync_overlays() {
  if (unsynced_.empty()) return {};
  const auto done = sync_files(directory_, std::exchange(unsynced_, {}));
  return done ? sync_directory(directory_) : done;
}

void ImageFiles::discard() {
  for (const Staged& staged : staged_) {
    if (!staged.temporary.empty()) ::unlink(staged.temporary.c_str());
  }
  drop_pack();
  staged_.clear();
  small_ = 0;
}

const ImageFiles::There* ImageFiles::find(NameView origin, VersionNumber number) const {
  const auto found = there_.find(image_stem(origin));
  if (found == there_.end()) return nullptr;
  const auto there = std::ranges::find(found->second, number, &There::number);
  return there == found->second.end() ? nullptr : &*there;
}

bool ImageFiles::has(NameView origin, VersionNumber number) const { return find(origin, number) != nullptr; }

fs::path ImageFiles::path(NameView origin, VersionNumber number) const {
  const There* there = find(origin, number);
  return there == nullptr || there->pack == 0 ? image_path(directory_, origin, number.epoch, number.seq)
                                              : pack_path(directory_, there->pack);
}

void ImageFiles::keep_only(NameView origin, const std::vector<VersionNumber>& kept) {
  const auto found = there_.find(image_stem(origin));
  const auto is_kept = [&kept](const There& there) {
    return std::ranges::find(kept, there.number) != kept.end();
  };
  if (found == there_.end() || std::ranges::all_of(found->second, is_kept)) return;
  std::vector<VersionNumber> needed = kept;
  for (const VersionNumber number : kept) {
    const UniqueFd file(::open(path(origin, number).c_str(), O_RDONLY | O_CLOEXEC));
    const auto base = file ? ZoneImage::base_of(file.get()) : std::nullopt;
    if (base) needed.push_back({base->epoch, base->seq});
  }
  std::erase_if(found->second, [&](const There& there) {
    if (std::ranges::find(needed, there.number) != needed.end()) return false;
    ::unlink(log_path(origin, there.number).c_str());
    if (there.pack == 0) {
      ::unlink(image_path(directory_, origin, there.number.epoch, there.number.seq).c_str());
      small_files_ -= there.small ? 1 : 0;
    } else if (--packed_images_[there.pack] == 0) {
      packed_images_.erase(there.pack);
      ::unlink(pack_path(directory_, there.pack).c_str());
    }
    return true;
  });
  if (found->second.empty()) there_.erase(found);
}

void ImageFiles::remove(NameView origin, VersionNumber number) {
  const auto found = there_.find(image_stem(origin));
  const bool packed = found != there_.end() &&
                      std::ranges::any_of(found->second, [](const There& there) { return there.pack != 0; });
  // First of all, or a restart in between would find the zone in the pack again.
  if (packed) {
    const fs::path path = gone_path(directory_, origin, number.epoch, number.seq);
    if (auto written = write_file_durably(path, origin.wire()); !written)
      log::warn("deleted zone not noted", {{"file", path.string()}, {"reason", written.error().message}});
  }
  keep_only(origin, {});
}

}  // namespace doors
