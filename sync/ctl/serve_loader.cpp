#include "sync/ctl/serve_loader.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "zones/base/parallel.h"
#include "zones/content/digest.h"
#include "zones/image/image_file.h"
#include "zones/image/writer.h"
#include "zones/load/dnssec_check.h"
#include "zones/load/likely_origin.h"

namespace doors::ctl {
namespace {

constexpr std::size_t waiting_images = 256;

Problem whole_file_problem(const std::filesystem::path& path, std::string message) {
  return {.error = true,
          .gate = Gate::syntax,
          .file = path.string(),
          .line = 0,
          .owner = "",
          .message = std::move(message)};
}

/// True if the file mentions $INCLUDE, wherever: then its own stamp does not tell whether its zone changed.
bool mentions_include(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  constexpr std::string_view word = "$include";
  constexpr std::size_t block_octets = 256 * 1024;
  std::string block(word.size() + block_octets, '\0');
  std::size_t kept = 0;
  for (;;) {
    const ssize_t got = ::read(fd.get(), block.data() + kept, block_octets);
    if (got <= 0) return got < 0;  // unreadable now: better read once too often
    const std::size_t size = kept + static_cast<std::size_t>(got);
    const auto end = block.begin() + static_cast<std::ptrdiff_t>(size);
    // A dollar is rare in zone text, so look for it first.
    for (auto at = std::find(block.begin(), end, '$'); at != end; at = std::find(at + 1, end, '$')) {
      const bool here = static_cast<std::size_t>(end - at) >= word.size() &&
                        std::equal(word.begin(), word.end(), at, [](char want, char c) {
                          return want == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
                        });
      if (here) return true;
    }
    kept = std::min(size, word.size() - 1);
    std::copy(end - static_cast<std::ptrdiff_t>(kept), end, block.begin());
  }
}

}  // namespace

ServeLoader::ServeLoader(Job job, ServedZones& served)
    : job_(std::move(job)), served_(served), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  std::stable_sort(job_.files.begin(), job_.files.end(),
                   [](const ZoneFile& a, const ZoneFile& b) { return a.octets > b.octets; });
  thread_ = std::thread([this] {
    parallel_for(job_.files.size(), 0,
                 [this](std::size_t i) {
                   if (!stop_.load(std::memory_order_relaxed)) load(job_.files[i]);
                 },
                 {});
    const std::lock_guard lock(mutex_);
    done_ = true;
    static_cast<void>(::eventfd_write(event_.get(), 1));
  });
}

ServeLoader::~ServeLoader() {
  stop_.store(true, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    results_.clear();
  }
  room_.notify_all();
  thread_.join();
}

std::optional<LoadResult> ServeLoader::next() {
  std::optional<LoadResult> result;
  {
    const std::lock_guard lock(mutex_);
    if (!results_.empty()) {
      result = std::move(results_.front());
      results_.pop_front();
    }
    if (results_.empty() && !done_) {
      eventfd_t ignored = 0;
      static_cast<void>(::eventfd_read(event_.get(), &ignored));
    }
  }
  if (result) room_.notify_one();
  return result;
}

bool ServeLoader::finished() {
  const std::lock_guard lock(mutex_);
  return done_ && results_.empty();
}

void ServeLoader::put(LoadResult result) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return results_.size() < waiting_images || stop_.load(std::memory_order_relaxed); });
  if (stop_.load(std::memory_order_relaxed)) return;
  results_.push_back(std::move(result));
  static_cast<void>(::eventfd_write(event_.get(), 1));
}

void ServeLoader::load(const ZoneFile& file) {
  LoadResult result;
  result.path = file.path;
  if (!take_from_cache(file, result)) load_text(file, result);
  if (!result.good) {
    result.likely_zone = likely_origin(file.path, job_.options);
    const std::lock_guard lock(served_mutex_);
    result.keeps_old = served_.failed(file.path);
  }
  put(std::move(result));
}

bool ServeLoader::take_from_cache(const ZoneFile& file, LoadResult& result) {
  if (job_.state == nullptr || !job_.use_cache || job_.check_dnssec) return false;
  const ServedZones::Served* entry = job_.state->find(file.path);
  if (entry == nullptr || entry->read.file != file) return false;
  UniqueFd image(::open(image_path(job_.state->images(), entry->read.zone, 1, entry->seq).c_str(),
                        O_RDONLY | O_CLOEXEC));
  if (!image) return false;
  {
    const std::lock_guard lock(served_mutex_);
    result.came = served_.came(entry->read);
  }
  if (result.came.verdict == ServedZones::Verdict::offer && result.came.seq != entry->seq) return false;
  result.good = true;
  result.zone = entry->read.zone;
  result.image = std::move(image);
  result.from_cache = true;
  return true;
}

void ServeLoader::load_text(const ZoneFile& file, LoadResult& result) {
  auto zone = load_zone_file(file.path, job_.options);
  if (!zone) {
    result.problems = std::move(zone).error();
    return;
  }
  const Content& content = zone->content;
  result.problems = std::move(zone->warnings);
  if (job_.check_dnssec) {
    for (Problem& problem : check_dnssec(content, std::chrono::system_clock::now()).problems) {
      if (problem.file.empty()) problem.file = file.path.string();
      problem.error = false;  // serve only warns of it
      result.problems.push_back(std::move(problem));
    }
  }
  result.zone = Name(content.origin());
  result.zone.make_canonical();
  result.serial = content.serial().raw();
  ReadFile read{.file = file, .zone = result.zone, .digest = content_digest(content), .includes = false};
  read.includes = mentions_include(file.path);
  if (result.came.seq == 0) {  // else the cache has asked already
    const std::lock_guard lock(served_mutex_);
    result.came = served_.came(read);
  }
  result.good = true;
  if (result.came.verdict != ServedZones::Verdict::offer) return;
  ImageVersion version{
      .epoch = 1, .seq = result.came.seq, .serial = result.serial, .content_digest = read.digest};
  const Result<std::vector<std::byte>> image = build_image(content, version);
  Result<UniqueFd> kept = image ? keep_image(result.zone, version.seq, *image) : Unexpected(image.error());
  if (!kept) {
    result.good = false;
    result.problems = {whole_file_problem(file.path, kept.error().message)};
    return;
  }
  result.image = *std::move(kept);
}

Result<UniqueFd> ServeLoader::keep_image(const Name& zone, std::uint64_t seq, Octets image) const {
  if (job_.state == nullptr) return sealed_memory_file("zone image", image);
  const std::filesystem::path path = image_path(job_.state->images(), zone, 1, seq);
  const std::filesystem::path temporary = path.string() + ".tmp";
  UniqueFd fd(::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) return system_failure("cannot write " + temporary.string(), errno);
  // No fsync: a cache whose every page has a checksum may be lost in a power cut.
  if (const Result<void> written = write_all(fd.get(), image); !written) return Unexpected(written.error());
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return system_failure("cannot write " + path.string(), errno);
  return fd;
}

}  // namespace doors::ctl
