#include "server/handover/image_checker.h"

#include <utility>

#include <sys/resource.h>

#include "zones/base/log.h"

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
  if (!image->is_checked()) take_in(std::move(image));
}

void ImageChecker::check(ZoneShelf::Pack pack) {
  if (!pack->is_checked()) take_in(std::move(pack));
}

void ImageChecker::take_in(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    ++waiting_;
  }
  changed_.notify_one();
}

void ImageChecker::run() {
  (void)::setpriority(PRIO_PROCESS, 0, niceness);  // of this thread alone
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !tasks_.empty(); });
    if (stop_) return;
    {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      std::visit([this](const auto& what) { work_on(what); }, task);
    }
    --waiting_;
    lock.lock();
  }
}

void ImageChecker::work_on(const Image& image) {
  if (auto done = image->finish_check(stop_); !done && !stop_) bad_(image, done.error().message);
}

void ImageChecker::work_on(const ZoneShelf::Pack& pack) {
  if (auto done = pack->finish_check(stop_); !done && !stop_)
    log::error("pack damaged", {{"number", pack->number()}, {"reason", done.error().message}});
}

}  // namespace doors
