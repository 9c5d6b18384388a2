#include "server/handover/image_checker.h"

#include <utility>

#include <sys/resource.h>

namespace doors {

namespace {

constexpr int niceness = 10;

}  // namespace

ImageChecker::ImageChecker(std::function<void(Image, std::string)> bad)
    : bad_(std::move(bad)), thread_([this] { run(); }) {}

ImageChecker::~ImageChecker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ImageChecker::check(Image image) {
  if (image->is_checked()) return;
  {
    const std::lock_guard lock(mutex_);
    images_.push_back(std::move(image));
    ++waiting_;
  }
  changed_.notify_one();
}

void ImageChecker::run() {
  (void)::setpriority(PRIO_PROCESS, 0, niceness);  // of this thread alone
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !images_.empty(); });
    if (stop_) return;
    Image image = std::move(images_.front());
    images_.pop_front();
    lock.unlock();
    if (auto done = image->finish_check(stop_); !done && !stop_)
      bad_(std::move(image), std::move(done).error().message);
    image.reset();
    --waiting_;
    lock.lock();
  }
}

}  // namespace doors
