#include "sync/pop/fleet.h"

#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "zones/base/log.h"

namespace doors {
namespace {

std::optional<NodeRecord> read_record(std::string_view key, Octets octets) {
  auto record = NodeRecord::decode(key, octets);
  if (record) return *std::move(record);
  log::warn("store entry passed over", {{"key", key}, {"reason", record.error().message}});
  return std::nullopt;
}

}  // namespace

class Fleet::Retry {
 public:
  explicit Retry(boost::asio::io_context& io) : timer(io) {}
  boost::asio::steady_timer timer;
};

Fleet::Fleet(boost::asio::io_context& io, const Clock& clock, Store& store)
    : io_(io), clock_(clock), store_(store), retry_(std::make_unique<Retry>(io)) {
  follow_soon();
}

Fleet::~Fleet() {
  following_.stop();
  watch_.reset();
}

/// Any thread.
void Fleet::follow_soon() {
  if (!queued_.exchange(true)) following_.post([this] { follow(); });
}

Result<void> Fleet::list() {
  FleetBoard::Nodes nodes;
  const auto revision = store_.list(NodeRecord::prefix, [&](const StoreEntry& entry) {
    if (auto record = read_record(entry.key, entry.value)) nodes.emplace(entry.key, *std::move(record));
  });
  if (!revision) return Unexpected(revision.error());
  auto watch = store_.watch(std::string(NodeRecord::prefix), *revision + 1, [this] { follow_soon(); });
  if (!watch) return Unexpected(watch.error());
  watch_ = *std::move(watch);
  boost::asio::post(io_, [this, nodes = std::move(nodes)]() mutable {
    board_.replace(std::move(nodes), clock_.monotonic());
  });
  return {};
}

void Fleet::follow() {
  queued_ = false;
  auto batch = watch_ ? watch_->take() : Result<WatchBatch>(WatchBatch{true, {}});
  if (batch && !batch->compacted) {
    boost::asio::post(io_, [this, events = std::move(batch->events)] {
      for (const StoreEvent& event : events) {
        if (!event.value) {
          board_.remove(event.key, clock_.monotonic());
        } else if (auto record = read_record(event.key, *event.value)) {
          board_.set(*std::move(record), clock_.monotonic());
        }
      }
    });
    return;
  }
  watch_.reset();
  if (list()) {
    backoff_.reset();
    return follow_soon();  // what came between the listing and the first wake
  }
  boost::asio::post(io_, [this, pause = backoff_.next()] {
    retry_->timer.expires_after(pause);
    retry_->timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) follow_soon();
    });
  });
}

}  // namespace doors
