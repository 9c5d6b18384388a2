#include "sync/store/remote/blob_fetcher.h"

#include <algorithm>
#include <utility>

namespace doors {
namespace {

/// From so many failures on one is told: a mirror may lag, a connection be cut.
constexpr int told_failures = 3;

}  // namespace

BlobFetcher::BlobFetcher(std::size_t threads, Fetch fetch, std::function<void()> wake)
    : fetch_(std::move(fetch)), wake_(std::move(wake)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

BlobFetcher::~BlobFetcher() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BlobFetcher::queue(State& state, Monotonic next) {
  state.next = next;
  queue_.emplace(next, state.wish.hash);
}

void BlobFetcher::wish(const Wish& wish) {
  {
    const std::scoped_lock lock(mutex_);
    const auto [at, is_new] = states_.try_emplace(wish.hash);
    State& state = at->second;
    // Two versions may name it, with sizes that differ where a publisher is wrong.
    state.wish = {wish.hash, std::max(wish.octets, is_new ? wish.octets : state.wish.octets)};
    state.wanted = true;
    if (is_new) queue(state, std::chrono::steady_clock::now());
  }
  changed_.notify_one();
}

void BlobFetcher::drop(const Sha256& hash) {
  const std::scoped_lock lock(mutex_);
  const auto found = states_.find(hash);
  if (found == states_.end()) return;
  if (found->second.running)
    found->second.wanted = false;
  else
    states_.erase(found);
}

std::vector<BlobFetcher::News> BlobFetcher::take_news() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(news_, {});
}

void BlobFetcher::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto [next, hash] = *queue_.begin();
    if (next > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, next);
      continue;
    }
    queue_.erase(queue_.begin());
    const auto found = states_.find(hash);
    if (found == states_.end() || found->second.running || found->second.next != next) continue;
    State& state = found->second;
    state.running = true;  // so it stays where it is
    const Wish wish = state.wish;
    lock.unlock();
    const Result<void> done = fetch_(wish);
    lock.lock();
    state.running = false;
    if (!done) ++state.failures;
    if (state.wanted && (done || state.failures >= told_failures))
      news_.push_back({hash, done ? std::string() : done.error().message});
    if (done || !state.wanted)
      states_.erase(found);
    else
      queue(state, std::chrono::steady_clock::now() + state.backoff.next());
    lock.unlock();
    wake_();
    lock.lock();
  }
}

}  // namespace doors
