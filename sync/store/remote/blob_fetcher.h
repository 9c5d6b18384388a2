#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sync/store/backoff.h"
#include "zones/base/clock.h"
#include "zones/base/error.h"
#include "zones/base/sha256.h"

namespace doors {

/// Brings wished blobs here on threads of its own, some at once, first come, first served; what fails is
/// tried again, 0.1 to 5 s later, behind those that wait, until it is not wished for any more. Any thread.
class BlobFetcher {
 public:
  struct Wish {
    Sha256 hash{};
    std::size_t octets = 0;  ///< the most it may have
  };
  /// What became of a wish.
  struct News {
    Sha256 hash{};
    std::string
        problem;  ///< why it has not come, and is tried again; empty: it is here, and no wish any more
  };
  using Fetch = std::function<Result<void>(const Wish&)>;
  /// `fetch` is called on several threads at once; `wake`, on any of them, when there are news.
  BlobFetcher(std::size_t threads, Fetch fetch, std::function<void()> wake);
  BlobFetcher(const BlobFetcher&) = delete;
  BlobFetcher& operator=(const BlobFetcher&) = delete;
  /// Waits for what is under way: whoever can make that short does so before.
  ~BlobFetcher();

  void wish(const Wish& wish);
  /// It is not wished for any more; if it is under way it may still come.
  void drop(const Sha256& hash);
  [[nodiscard]] std::vector<News> take_news();

 private:
  struct State {
    Wish wish;
    Monotonic next{};
    bool running = false;
    bool wanted = true;
    Backoff backoff;
    int failures = 0;
  };
  void run();
  void queue(State& state, Monotonic next);

  const Fetch fetch_;
  const std::function<void()> wake_;
  std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::map<Sha256, State> states_;
  std::multimap<Monotonic, Sha256> queue_;  // may name what was dropped, or has another time by now
  std::vector<News> news_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace doors
