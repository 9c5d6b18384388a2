#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace doors {

/// One thread that runs tasks in the order they come: for what takes long beside the event loop. Tasks talk
/// back by posting to the loop. The destructor lets the task that runs end, and drops the others.
class Background {
 public:
  Background() : thread_([this] { run(); }) {}
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() { stop(); }

  /// Any thread. Nothing after stop().
  void post(std::function<void()> task) {
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return;
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
  }
  /// A long task asks this between its steps, and ends early. Any thread.
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }
  /// As the destructor. Not inside a task.
  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    tasks_.clear();
  }

 private:
  void run() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        if (stopping_) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace doors
