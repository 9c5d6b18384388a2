#include "sync/store/etcd/etcd_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sync/store/etcd/connection.h"
#include "sync/store/etcd/etcd_watch.h"

namespace doors {
namespace pb = etcdserverpb;
using etcd::RpcError;

namespace {

/// etcd's own limits, as it comes (--max-txn-ops; --max-request-bytes is 1.5 MiB).
constexpr TxnLimits etcd_limits{128, std::size_t{1} << 20};
/// Keys in one page of a listing: at the 80 KiB of the largest version still below what a response may be.
constexpr std::int64_t page_keys = 500;

Unexpected<Error> failure_of(const RpcError& error) { return failure("store: " + error.message); }

}  // namespace

class EtcdStore::Impl {
 public:
  Impl(std::unique_ptr<etcd::Connection> made, std::string key_prefix)
      : connection(std::move(made)), prefix(std::move(key_prefix)) {}

  std::unique_ptr<etcd::Connection> connection;
  const std::string prefix;
};

EtcdStore::EtcdStore(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
EtcdStore::~EtcdStore() = default;

Result<std::unique_ptr<EtcdStore>> EtcdStore::open(const EtcdSettings& settings, const Clock& clock) {
  auto connection = etcd::Connection::open(settings, clock);
  if (!connection) return Unexpected(std::move(connection).error());
  return std::unique_ptr<EtcdStore>(
      new EtcdStore(std::make_unique<Impl>(*std::move(connection), settings.prefix)));
}

Result<void> EtcdStore::reconfigure(const EtcdSettings& settings) {
  return impl_->connection->reconfigure(settings);
}

TxnLimits EtcdStore::limits() const noexcept { return etcd_limits; }
StoreState EtcdStore::state() const { return impl_->connection->state(); }

Result<std::uint64_t> EtcdStore::list(std::string_view prefix, const Visitor& visit) const {
  pb::RangeRequest request;
  request.set_key(impl_->prefix + std::string(prefix));
  request.set_range_end(etcd::end_of_prefix(request.key()));
  request.set_limit(page_keys);
  for (;;) {
    const auto page = impl_->connection->range(request);
    if (!page) return failure_of(page.error());
    if (request.revision() == 0) request.set_revision(page->header().revision());
    for (const pb::KeyValue& kv : page->kvs()) {
      visit({std::string_view(kv.key()).substr(impl_->prefix.size()), octets_of(kv.value()),
             static_cast<std::uint64_t>(kv.mod_revision())});
    }
    if (!page->more() || page->kvs().empty()) return static_cast<std::uint64_t>(request.revision());
    request.set_key(page->kvs(page->kvs_size() - 1).key() + '\0');
  }
}

Result<std::optional<Store::Value>> EtcdStore::get(std::string_view key) const {
  pb::RangeRequest request;
  request.set_key(impl_->prefix + std::string(key));
  const auto found = impl_->connection->range(request);
  if (!found) return failure_of(found.error());
  if (found->kvs().empty()) return std::optional<Value>();
  const pb::KeyValue& kv = found->kvs(0);
  const Octets octets = octets_of(kv.value());
  return std::optional<Value>(
      Value{{octets.begin(), octets.end()}, static_cast<std::uint64_t>(kv.mod_revision())});
}

Result<std::unique_ptr<StoreWatch>> EtcdStore::watch(std::string prefix, std::uint64_t from,
                                                     std::function<void()> wake) {
  return std::unique_ptr<StoreWatch>(std::make_unique<etcd::EtcdWatch>(
      *impl_->connection, impl_->prefix + prefix, impl_->prefix.size(), from, std::move(wake)));
}

Result<TxnOutcome> EtcdStore::txn(const std::vector<StoreCompare>& compares,
                                  const std::vector<StorePut>& puts) {
  pb::TxnRequest request;
  for (const StoreCompare& compare : compares) {
    pb::Compare& made = *request.add_compare();
    made.set_result(pb::Compare::EQUAL);
    made.set_target(pb::Compare::MOD);
    made.set_key(impl_->prefix + compare.key);
    made.set_mod_revision(static_cast<std::int64_t>(compare.revision));
  }
  std::set<std::string_view> keys;
  for (const StorePut& put : puts) {
    if (put.key.empty() || put.key.size() > max_key_octets) return failure("a store key of a bad length");
    if (!keys.insert(put.key).second) return failure("a store key put twice in one transaction");
    pb::RequestOp& made = *request.add_success();
    if (put.value) {
      pb::PutRequest& wanted = *made.mutable_request_put();
      wanted.set_key(impl_->prefix + put.key);
      wanted.set_value(std::string(text_of(*put.value)));
      wanted.set_lease(static_cast<std::int64_t>(put.lease));
    } else {
      made.mutable_request_delete_range()->set_key(impl_->prefix + put.key);
    }
  }
  const auto outcome = impl_->connection->txn(request);
  if (outcome)
    return TxnOutcome{outcome->succeeded(), static_cast<std::uint64_t>(outcome->header().revision())};
  if (outcome.error().kind == RpcError::Kind::lost) return TxnOutcome{false, 0, true};
  if (outcome.error().kind == RpcError::Kind::not_found) return failure("the lease has ended");
  return failure_of(outcome.error());
}

Result<LeaseId> EtcdStore::grant(std::chrono::milliseconds ttl) {
  const auto granted = impl_->connection->grant(std::chrono::ceil<std::chrono::seconds>(ttl).count());
  if (!granted) return failure_of(granted.error());
  return static_cast<LeaseId>(granted->id());
}

Result<void> EtcdStore::keep_alive(LeaseId lease) {
  const auto kept = impl_->connection->keep_alive(static_cast<std::int64_t>(lease));
  if (!kept) return failure_of(kept.error());
  if (kept->ttl() <= 0) return failure("the lease has ended");
  return {};
}

Result<void> EtcdStore::revoke(LeaseId lease) {
  const auto revoked = impl_->connection->revoke(static_cast<std::int64_t>(lease));
  if (revoked || revoked.error().kind == RpcError::Kind::not_found) return {};
  return failure_of(revoked.error());
}

Result<std::uint64_t> EtcdStore::revision() const {
  pb::RangeRequest request;
  request.set_key(impl_->prefix);
  request.set_count_only(true);
  const auto found = impl_->connection->range(request);
  if (!found) return failure_of(found.error());
  return static_cast<std::uint64_t>(found->header().revision());
}

Result<void> EtcdStore::compact(std::uint64_t revision) {
  const auto compacted = impl_->connection->compact(static_cast<std::int64_t>(revision));
  if (!compacted) return failure_of(compacted.error());
  return {};
}

}  // namespace doors
