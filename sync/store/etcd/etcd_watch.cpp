#include "sync/store/etcd/etcd_watch.h"

#include <algorithm>
#include <utility>

#include "sync/store/backoff.h"
#include "zones/base/log.h"
#include "zones/base/octets.h"

namespace doors::etcd {
namespace pb = etcdserverpb;
using std::chrono::milliseconds;

std::string end_of_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return std::string(1, '\0');
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

EtcdWatch::EtcdWatch(Connection& connection, const std::string& prefix, std::size_t key_prefix,
                     std::uint64_t from, std::function<void()> wake)
    : connection_(connection), key_prefix_(key_prefix), wake_(std::move(wake)) {
  request_.set_key(prefix);
  request_.set_range_end(end_of_prefix(prefix));
  request_.set_start_revision(static_cast<std::int64_t>(from));
  request_.set_progress_notify(true);
  request_.set_fragment(true);
  thread_ = std::thread([this] { run(); });
}

EtcdWatch::~EtcdWatch() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    if (stream_) stream_->cancel();
  }
  stopped_.notify_all();
  thread_.join();
}

Result<WatchBatch> EtcdWatch::take() {
  WatchBatch batch;
  {
    const std::scoped_lock lock(mutex_);
    batch.compacted = compacted_;
    if (compacted_) return batch;
    batch.events.reserve(pending_.size());
    for (auto& [key, event] : std::exchange(pending_, {})) batch.events.push_back(std::move(event));
  }
  std::ranges::stable_sort(batch.events, {}, &StoreEvent::revision);
  return batch;
}

bool EtcdWatch::pause(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, time, [this] { return stopping_; });
}

void EtcdWatch::run() {
  Backoff backoff;
  Step step = Step::go_on;
  do {
    staged_.clear();
    const std::shared_ptr<WatchStream> stream = connection_.watch(request_);
    if (stream) {
      {
        const std::scoped_lock lock(mutex_);
        if (stopping_) return;
        stream_ = stream;
      }
      pb::WatchResponse response;
      step = Step::go_on;
      while (step == Step::go_on && stream->read(response)) {
        step = take_in(response);
        backoff.reset();
      }
      if (step != Step::compacted && !stream->reason().empty())
        log::debug("watch broke off", {{"reason", stream->reason()}});
      const std::scoped_lock lock(mutex_);
      stream_.reset();
      if (step == Step::compacted) {
        compacted_ = true;
        pending_.clear();
      }
    }
    if (step == Step::compacted) return wake_();
  } while (pause(backoff.next()));
}

EtcdWatch::Step EtcdWatch::take_in(pb::WatchResponse& response) {
  const auto revision = response.header().revision();
  if (response.canceled()) {
    return response.compact_revision() > 0 ? Step::compacted : Step::open_again;
  }
  if (response.created()) {
    const bool known = cluster_ != 0;
    const bool same = cluster_ == response.header().cluster_id();
    cluster_ = response.header().cluster_id();
    const bool went_back = revision + 1 < request_.start_revision();
    return known && (!same || went_back) ? Step::compacted : Step::go_on;
  }
  for (pb::Event& event : *response.mutable_events()) {
    pb::KeyValue& kv = *event.mutable_kv();
    StoreEvent made{kv.key().substr(std::min(key_prefix_, kv.key().size())), std::nullopt,
                    static_cast<std::uint64_t>(kv.mod_revision())};
    if (event.type() == pb::Event::PUT) {
      const Octets value = octets_of(kv.value());
      made.value.emplace(value.begin(), value.end());
    }
    staged_.push_back(std::move(made));
  }
  if (response.fragment()) return Step::go_on;
  if (!staged_.empty()) {
    request_.set_start_revision(static_cast<std::int64_t>(staged_.back().revision) + 1);
    publish_staged();
  } else {
    // Progress: nothing of ours up to here, so a later stream need not ask for what may be compacted by then.
    request_.set_start_revision(std::max(request_.start_revision(), revision + 1));
  }
  return Step::go_on;
}

void EtcdWatch::publish_staged() {
  {
    const std::scoped_lock lock(mutex_);
    for (StoreEvent& event : staged_) {
      std::string key = event.key;
      pending_.insert_or_assign(std::move(key), std::move(event));
    }
  }
  staged_.clear();
  wake_();
}

}  // namespace doors::etcd
