#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include "server/handover/zone_shelf.h"

namespace doors {

/// Checks the rest of images that are served already (ZoneImage::Check::at_use), one after the other, on a
/// thread of its own that yields to those that answer. Any thread.
class ImageChecker {
 public:
  using Image = ZoneShelf::Image;
  /// `bad` is called on the checking thread for each image that is not as it was written.
  explicit ImageChecker(std::function<void(Image, std::string reason)> bad);
  ImageChecker(const ImageChecker&) = delete;
  ImageChecker& operator=(const ImageChecker&) = delete;
  /// Gives up what it is at.
  ~ImageChecker();

  /// Takes an image in, unless it is checked.
  void check(Image image);
  /// The same for a pack. What is bad in it is logged.
  void check(ZoneShelf::Pack pack);
  /// Images and packs taken in and not yet done with.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

 private:
  using Task = std::variant<Image, ZoneShelf::Pack>;
  void take_in(Task task);
  void run();
  void work_on(const Image& image);
  void work_on(const ZoneShelf::Pack& pack);

  const std::function<void(Image, std::string)> bad_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // under the mutex
  std::atomic<std::size_t> waiting_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses all the others
};

}  // namespace doors
