#include "sync/store/etcd/connection.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include <grpc/support/log.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "sync/store/etcd/etcd.grpc.pb.h"
#include "zones/base/log.h"

namespace doors::etcd {
namespace {

namespace pb = etcdserverpb;
using std::chrono::milliseconds;

/// An endpoint that is not connected gets at most this long to become so, if others are there to be asked.
constexpr milliseconds connect_time{1000};
/// And one whose last try to connect has failed, this long.
constexpr milliseconds failing_time{100};
/// A connection on which nothing comes is asked whether it lives; etcd refuses more than one in 5 s.
constexpr int ping_after_ms = 10'000;
constexpr int ping_timeout_ms = 4'000;
/// A response: the largest is a page of a listing; those of watches etcd cuts itself.
constexpr int max_response_octets = 64 << 20;

/// gRPC writes to stderr by itself; with this its errors become lines of ours.
void log_of_grpc(gpr_log_func_args* line) {
  if (line->severity == GPR_LOG_SEVERITY_ERROR) {
    log::debug("grpc", {{"reason", line->message}});
  }
}

void tame_grpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(log_of_grpc);
    gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  });
}

Result<std::string> read_pem(const std::filesystem::path& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || text.empty()) return failure("cannot read " + path.string());
  return text;
}

struct Endpoint {
  std::string address;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<pb::KV::Stub> kv;
  std::unique_ptr<pb::Watch::Stub> watch;
  std::unique_ptr<pb::Lease::Stub> lease;
};

struct Endpoints {
  std::vector<Endpoint> list;
  milliseconds timeout{0};
};

Result<std::shared_ptr<const Endpoints>> connect(const EtcdSettings& settings) {
  const auto ca = read_pem(settings.ca);
  const auto certificate = read_pem(settings.certificate);
  const auto key = read_pem(settings.key);
  for (const auto* pem : {&ca, &certificate, &key}) {
    if (!*pem) return Unexpected(pem->error());
  }
  auto credentials = settings.ca.empty()
                         ? grpc::InsecureChannelCredentials()
                         : grpc::SslCredentials(grpc::SslCredentialsOptions{*ca, *key, *certificate});
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, ping_after_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ping_timeout_ms);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // we know which calls may be sent twice
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(max_response_octets);
  auto endpoints = std::make_shared<Endpoints>();
  endpoints->timeout = settings.timeout;
  for (const std::string& address : settings.endpoints) {
    Endpoint endpoint{address, grpc::CreateCustomChannel(address, credentials, arguments), {}, {}, {}};
    endpoint.kv = pb::KV::NewStub(endpoint.channel);
    endpoint.watch = pb::Watch::NewStub(endpoint.channel);
    endpoint.lease = pb::Lease::NewStub(endpoint.channel);
    endpoints->list.push_back(std::move(endpoint));
  }
  if (endpoints->list.empty()) return failure("no endpoint of the store is named");
  return std::shared_ptr<const Endpoints>(std::move(endpoints));
}

std::chrono::system_clock::time_point deadline_in(milliseconds time) {
  return std::chrono::system_clock::now() + time;
}

/// Waits until the channel is connected: not long when its last try has failed, but some time, for gRPC moves
/// only while somebody waits.
bool is_ready(const Endpoint& endpoint, milliseconds patience) {
  const auto deadline = deadline_in(patience);
  const auto deadline_of_failing = deadline_in(std::min(failing_time, patience));
  for (;;) {
    const grpc_connectivity_state state = endpoint.channel->GetState(true);
    if (state == GRPC_CHANNEL_READY) return true;
    if (state == GRPC_CHANNEL_SHUTDOWN) return false;
    const bool failing = state == GRPC_CHANNEL_TRANSIENT_FAILURE;
    if (!endpoint.channel->WaitForStateChange(state, failing ? deadline_of_failing : deadline)) return false;
  }
}

RpcError::Kind kind_of(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OUT_OF_RANGE:
      return RpcError::Kind::compacted;
    case grpc::StatusCode::NOT_FOUND:
      return RpcError::Kind::not_found;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::UNIMPLEMENTED:
      return RpcError::Kind::refused;
    default:
      return RpcError::Kind::lost;  // also "no leader" and the engine's own time-outs, after which it may
                                    // still act
  }
}

RpcError error_of(const Endpoint& endpoint, const grpc::Status& status) {
  return {kind_of(status), endpoint.address + ": " + status.error_message()};
}

class Stream final : public WatchStream {
 public:
  Stream(std::shared_ptr<const Endpoints> endpoints, const Endpoint& endpoint,
         const pb::WatchCreateRequest& create, std::function<void()> lost)
      : endpoints_(std::move(endpoints)), address_(endpoint.address), lost_(std::move(lost)) {
    context_.AddMetadata("hasleader", "true");  // a member cut off from the others ends the stream
    stream_ = endpoint.watch->Watch(&context_);
    pb::WatchRequest request;
    *request.mutable_create_request() = create;
    stream_->Write(request);  // if it fails, so does read()
  }
  ~Stream() override {
    context_.TryCancel();
    if (!ended_) (void)stream_->Finish();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool read(pb::WatchResponse& response) override {
    if (ended_) return false;
    if (stream_->Read(&response)) return true;
    ended_ = true;
    reason_ = address_ + ": " + stream_->Finish().error_message();
    lost_();
    return false;
  }
  void cancel() override { context_.TryCancel(); }
  [[nodiscard]] std::string reason() const override { return reason_; }

 private:
  std::shared_ptr<const Endpoints> endpoints_;  // its channel, whatever is reconfigured
  std::string address_;
  std::function<void()> lost_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<pb::WatchRequest, pb::WatchResponse>> stream_;
  std::string reason_;
  bool ended_ = false;
};

}  // namespace

class Connection::Impl {
 public:
  Impl(std::shared_ptr<const Endpoints> endpoints, const Clock& clock)
      : clock_(clock), endpoints_(std::move(endpoints)) {
    state_ = {false, clock.monotonic(), "not reached yet", 0};
  }

  enum class Sent : std::uint8_t {
    once,   ///< to one endpoint, as it might be done twice
    again,  ///< to the next endpoint when one fails
  };

  /// Makes a call: `rpc` gets an endpoint, a context and the response to fill.
  template <class Response, class Rpc>
  RpcResult<Response> call(Sent sent, const Rpc& rpc) {
    const auto [endpoints, first] = current();
    RpcError error{RpcError::Kind::unreached, ""};
    const std::size_t count = endpoints->list.size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = (first + i) % count;
      const Endpoint& endpoint = endpoints->list[at];
      if (!is_ready(endpoint, patience(*endpoints))) {
        if (error.kind == RpcError::Kind::unreached) error.message = endpoint.address + ": cannot connect";
        continue;
      }
      grpc::ClientContext context;
      context.set_deadline(deadline_in(endpoints->timeout));
      Response response;
      const grpc::Status status = rpc(endpoint, context, response);
      if (status.ok()) {
        reached(*endpoints, at, response.header().revision());
        return response;
      }
      error = error_of(endpoint, status);
      if (error.kind != RpcError::Kind::lost) {
        reached(*endpoints, at, 0);
        return Unexpected(std::move(error));
      }
      prefer(*endpoints, (at + 1) % count);
      if (sent == Sent::once) return Unexpected(std::move(error));  // the next call says if all are lost
    }
    lost(error.message);
    return Unexpected(std::move(error));
  }

  std::unique_ptr<WatchStream> watch(const pb::WatchCreateRequest& request) {
    const auto [endpoints, first] = current();
    const std::size_t count = endpoints->list.size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = (first + i) % count;
      if (!is_ready(endpoints->list[at], patience(*endpoints))) continue;
      const auto next = [this, among = endpoints, after = (at + 1) % count] { prefer(*among, after); };
      return std::make_unique<Stream>(endpoints, endpoints->list[at], request, next);
    }
    lost("no endpoint can be reached");
    return nullptr;
  }

  void replace(std::shared_ptr<const Endpoints> endpoints) {
    const std::scoped_lock lock(mutex_);
    endpoints_ = std::move(endpoints);
    current_ = 0;
  }

  StoreState state() const {
    const std::scoped_lock lock(mutex_);
    return state_;
  }

 private:
  static milliseconds patience(const Endpoints& endpoints) {
    return endpoints.list.size() > 1 ? std::min(connect_time, endpoints.timeout) : endpoints.timeout;
  }

  std::pair<std::shared_ptr<const Endpoints>, std::size_t> current() const {
    const std::scoped_lock lock(mutex_);
    return {endpoints_, current_};
  }

  void prefer(const Endpoints& among, std::size_t at) {
    const std::scoped_lock lock(mutex_);
    if (endpoints_.get() == &among) current_ = at;
  }

  void reached(const Endpoints& among, std::size_t at, std::int64_t revision) {
    StoreState before;
    const Monotonic now = clock_.monotonic();
    {
      const std::scoped_lock lock(mutex_);
      if (endpoints_.get() == &among) current_ = at;
      if (revision > 0) state_.revision = static_cast<std::uint64_t>(revision);
      if (state_.reachable) return;
      before = std::exchange(state_, {true, now, "", state_.revision});
    }
    const auto away = std::chrono::duration_cast<milliseconds>(now - before.since);
    log::info("store reached", {{"endpoint", among.list[at].address}, {"after_ms", away.count()}});
  }

  void lost(const std::string& reason) {
    {
      const std::scoped_lock lock(mutex_);
      if (!state_.reachable && logged_) return;
      state_ = {false, state_.reachable ? clock_.monotonic() : state_.since, reason, state_.revision};
      logged_ = true;
    }
    log::error("store lost", {{"reason", reason}});
  }

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Endpoints> endpoints_;
  std::size_t current_ = 0;
  StoreState state_;
  bool logged_ = false;  ///< that it is lost, or was never reached
};

Connection::Connection(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const EtcdSettings& settings, const Clock& clock) {
  tame_grpc();
  auto endpoints = connect(settings);
  if (!endpoints) return Unexpected(std::move(endpoints).error());
  return std::unique_ptr<Connection>(new Connection(std::make_unique<Impl>(*std::move(endpoints), clock)));
}

Result<void> Connection::reconfigure(const EtcdSettings& settings) {
  auto endpoints = connect(settings);
  if (!endpoints) return Unexpected(std::move(endpoints).error());
  impl_->replace(*std::move(endpoints));
  return {};
}

StoreState Connection::state() const { return impl_->state(); }

RpcResult<pb::RangeResponse> Connection::range(const pb::RangeRequest& request) {
  return impl_->call<pb::RangeResponse>(
      Impl::Sent::again,
      [&](const Endpoint& endpoint, grpc::ClientContext& context, pb::RangeResponse& response) {
        return endpoint.kv->Range(&context, request, &response);
      });
}

RpcResult<pb::TxnResponse> Connection::txn(const pb::TxnRequest& request) {
  return impl_->call<pb::TxnResponse>(
      Impl::Sent::once,
      [&](const Endpoint& endpoint, grpc::ClientContext& context, pb::TxnResponse& response) {
        return endpoint.kv->Txn(&context, request, &response);
      });
}

RpcResult<pb::CompactionResponse> Connection::compact(std::int64_t revision) {
  pb::CompactionRequest request;
  request.set_revision(revision);
  return impl_->call<pb::CompactionResponse>(
      Impl::Sent::again,
      [&](const Endpoint& endpoint, grpc::ClientContext& context, pb::CompactionResponse& response) {
        return endpoint.kv->Compact(&context, request, &response);
      });
}

RpcResult<pb::LeaseGrantResponse> Connection::grant(std::int64_t seconds) {
  pb::LeaseGrantRequest request;
  request.set_ttl(seconds);
  return impl_->call<pb::LeaseGrantResponse>(
      Impl::Sent::again,
      [&](const Endpoint& endpoint, grpc::ClientContext& context, pb::LeaseGrantResponse& response) {
        return endpoint.lease->LeaseGrant(&context, request, &response);
      });
}

RpcResult<pb::LeaseRevokeResponse> Connection::revoke(std::int64_t lease) {
  pb::LeaseRevokeRequest request;
  request.set_id(lease);
  return impl_->call<pb::LeaseRevokeResponse>(
      Impl::Sent::again,
      [&](const Endpoint& endpoint, grpc::ClientContext& context, pb::LeaseRevokeResponse& response) {
        return endpoint.lease->LeaseRevoke(&context, request, &response);
      });
}

RpcResult<pb::LeaseKeepAliveResponse> Connection::keep_alive(std::int64_t lease) {
  pb::LeaseKeepAliveRequest request;
  request.set_id(lease);
  return impl_->call<pb::LeaseKeepAliveResponse>(
      Impl::Sent::again,
      [&](const Endpoint& endpoint, grpc::ClientContext& context, pb::LeaseKeepAliveResponse& response) {
        context.AddMetadata("hasleader", "true");
        const auto stream = endpoint.lease->LeaseKeepAlive(&context);
        const bool answered = stream->Write(request) && stream->Read(&response);
        stream->WritesDone();
        if (!answered) {
          const grpc::Status status = stream->Finish();
          return status.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "no answer") : status;
        }
        context.TryCancel();  // one answer is all there is
        (void)stream->Finish();
        return grpc::Status::OK;
      });
}

std::unique_ptr<WatchStream> Connection::watch(const pb::WatchCreateRequest& request) {
  return impl_->watch(request);
}

}  // namespace doors::etcd
