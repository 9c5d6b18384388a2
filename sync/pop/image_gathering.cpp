#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "sync/pop/image_files.h"
#include "zones/image/image_file.h"
#include "zones/image/pack.h"

namespace doors {
namespace {

namespace fs = std::filesystem;

/// A pack that is being made under a temporary name.
class NewPack {
 public:
  NewPack(const fs::path& directory, std::uint64_t number)
      : final_(pack_path(directory, number)), number_(number) {}
  ~NewPack() {
    if (!named_ && file_) ::unlink(temporary().c_str());
  }
  NewPack(const NewPack&) = delete;
  NewPack& operator=(const NewPack&) = delete;

  Result<void> open() {
    file_.reset(::open(temporary().c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file_) return system_failure("cannot create " + temporary().string(), errno);
    writer_.emplace(file_.get());
    return {};
  }
  Result<void> add(Octets image) { return writer_->add(image); }
  Result<void> finish() {
    if (auto finished = writer_->finish(number_); !finished) return finished;
    if (::fsync(file_.get()) != 0) return system_failure("cannot sync a pack", errno);
    return {};
  }
  Result<void> name() {
    if (::rename(temporary().c_str(), final_.c_str()) != 0)
      return system_failure("cannot rename " + temporary().string(), errno);
    named_ = true;
    return {};
  }
  /// Takes the name back.
  void unname() {
    if (std::exchange(named_, false)) ::rename(final_.c_str(), temporary().c_str());
  }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

 private:
  [[nodiscard]] fs::path temporary() const {
    fs::path path = final_;
    path += ".tmp";
    return path;
  }

  fs::path final_;
  std::uint64_t number_;
  UniqueFd file_;
  std::optional<PackWriter> writer_;
  bool named_ = false;
};

}  // namespace

/// One gather(): reads what there is, writes the two packs, and only then changes anything.
class ImageFiles::Gathering {
 public:
  explicit Gathering(ImageFiles& files)
      : files_(files),
        older_(files.directory_, files.next_pack_),
        newer_(files.directory_, files.next_pack_ + 1) {}

  Result<void> run() {
    auto scanned = scan_image_directory(files_.directory_);
    if (!scanned) return Unexpected(scanned.error());
    directory_ = *std::move(scanned);
    for (NewPack* pack : {&older_, &newer_}) {
      if (auto opened = pack->open(); !opened) return opened;
    }
    for (const auto& [stem, all] : files_.there_) {
      if (auto moved = move(stem, all); !moved) return moved;
    }
    for (NewPack* pack : {&older_, &newer_}) {
      if (auto finished = pack->finish(); !finished) return finished;
    }
    // The newer one first: whoever starts in between must not find the older one above all others.
    if (auto named = newer_.name(); !named) return named;
    Result<void> named = older_.name();
    if (named) named = sync_directory(files_.directory_);
    if (!named) {
      older_.unname();
      newer_.unname();
      return named;
    }
    files_.next_pack_ = newer_.number() + 1;
    drop_moved();
    return {};
  }

 private:
  using All = std::vector<There>;
  struct Image {
    There there;
    std::vector<std::byte> octets;  // none: damaged
  };

  /// Writes what can be moved of a zone, and notes where all of it is afterwards.
  Result<void> move(const std::string& stem, const All& all) {
    std::vector<Image> images;
    All after;
    bool lies_on_another = false;  // then what lies below has to stay in its file
    for (const There& there : all) {
      if (there.pack == 0 && !there.small) {
        lies_on_another = true;  // perhaps
        after.push_back(there);
      } else {
        images.push_back({there, read(stem, there)});
        lies_on_another = lies_on_another || (there.pack == 0 && is_overlay(images.back().octets));
      }
    }
    if (lies_on_another) {
      std::erase_if(images, [&after](const Image& image) {
        if (image.there.pack == 0) after.push_back(image.there);
        return image.there.pack == 0;
      });
    }
    std::ranges::sort(images, [](const Image& a, const Image& b) { return a.there.number > b.there.number; });
    std::size_t kept = 0;
    for (Image& image : images) {
      if (image.there.pack == 0) unneeded_.push_back(path_of(stem, image.there.number));
      if (image.octets.empty() || kept == 2) continue;
      NewPack& pack = kept++ == 0 ? newer_ : older_;
      if (auto added = pack.add(image.octets); !added) return added;
      after.push_back({image.there.number, pack.number(), false});
    }
    if (!after.empty()) after_.emplace(stem, std::move(after));
    return {};
  }

  [[nodiscard]] fs::path path_of(const std::string& stem, VersionNumber number) const {
    const auto found = directory_.images.find(stem);
    if (found == directory_.images.end()) return {};
    for (const ImageFile& file : found->second) {
      if (file.epoch == number.epoch && file.seq == number.seq) return file.path;
    }
    return {};
  }

  /// The image's octets; none if it is damaged.
  std::vector<std::byte> read(const std::string& stem, const There& there) {
    if (there.pack == 0) {
      auto octets = read_file(path_of(stem, there.number), layout::max_packed_octets);
      if (!octets) return {};
      const bool whole = is_overlay(*octets) || ZoneImage::from_octets(*octets);
      return whole ? *std::move(octets) : std::vector<std::byte>();
    }
    const auto [found, is_new] = contents_.try_emplace(there.pack);
    if (is_new) learn(there.pack, found->second);
    const auto image = found->second.images.find(stem);
    if (image == found->second.images.end()) return {};
    const Octets octets{reinterpret_cast<const std::byte*>(image->second), image->second->octets()};
    return {octets.begin(), octets.end()};
  }

  struct Contents {
    std::shared_ptr<const ImagePack> pack;
    std::unordered_map<std::string, const ZoneImage*> images;  // by stem
  };
  void learn(std::uint64_t number, Contents& contents) const {
    const UniqueFd file(::open(pack_path(files_.directory_, number).c_str(), O_RDONLY | O_CLOEXEC));
    auto pack = file ? ImagePack::open(file.get()) : failure("cannot open");
    if (!pack) return;
    contents.pack = *std::move(pack);
    for (std::size_t place = 0; place < contents.pack->places(); ++place) {
      if (const ZoneImage* image = contents.pack->image_at(place))
        contents.images.emplace(image_stem(image->origin()), image);
    }
  }

  /// All of it has its new place on disk: the old ones go.
  void drop_moved() {
    for (const auto& [number, images] : files_.packed_images_)
      ::unlink(pack_path(files_.directory_, number).c_str());
    for (const fs::path& path : unneeded_) ::unlink(path.c_str());
    // Deleted zones are in no pack any more.
    for (const ImageFile& gone : directory_.gone) ::unlink(gone.path.c_str());
    files_.there_ = std::move(after_);
    files_.packed_images_.clear();
    files_.small_files_ = 0;
    for (const auto& [stem, all] : files_.there_) {
      for (const There& there : all) {
        if (there.pack != 0) ++files_.packed_images_[there.pack];
        files_.small_files_ += there.small ? 1 : 0;
      }
    }
    for (const NewPack* pack : {&older_, &newer_}) {
      if (!files_.packed_images_.contains(pack->number()))
        ::unlink(pack_path(files_.directory_, pack->number()).c_str());
    }
  }

  ImageFiles& files_;
  ImageDirectory directory_;  // as it was
  NewPack older_;
  NewPack newer_;
  std::unordered_map<std::string, All> after_;  // what there_ will be
  std::vector<fs::path> unneeded_;
  std::map<std::uint64_t, Contents> contents_;
};

Result<bool> ImageFiles::gather() {
  if (!staged_.empty() || (small_files_ < small_limit_ && packed_images_.size() <= pack_limit_)) return false;
  const Result<void> done = Gathering(*this).run();
  // What stays, and a disk that does not take it, is no reason to try again at once.
  small_limit_ = small_files_ + most_small_files;
  pack_limit_ = std::max(most_packs, packed_images_.size() + 1);
  if (!done) return Unexpected(done.error());
  return true;
}

}  // namespace doors
