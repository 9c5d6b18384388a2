#include "sync/store/remote/remote_blobs.h"

#include <thread>
#include <utility>

#include "sync/store/backoff.h"
#include "zones/base/log.h"
#include "zones/base/text_encoding.h"

namespace doors {
namespace {

/// A transfer that is cut so often is given up.
constexpr int most_parts = 16;
constexpr int most_tries_to_put = 3;
/// What this process has put is remembered so far.
constexpr std::size_t most_remembered = 1'000'000;

std::string place_of(const Sha256& hash) {
  const std::string name = to_hex(hash);
  return name.substr(0, 2) + "/" + name;
}

bool is_success(long status) noexcept { return status >= 200 && status < 300; }

/// A server that does not answer, or is unwell; not one that says no.
bool may_recover(const HttpReply& reply) noexcept {
  constexpr long too_many_requests = 429;
  return !reply.complete || reply.status >= 500 || reply.status == too_many_requests;
}

std::string reason_of(const HttpReply& reply) {
  return reply.complete ? "HTTP status " + std::to_string(reply.status) : reply.problem;
}

}  // namespace

struct RemoteBlobs::Outcome {
  std::vector<std::byte> octets;
  std::string reason;          // empty: here it is
  bool mirror_is_bad = false;  // others had better be asked for a while
};

/// A client for one task, with the connections that earlier ones left.
class RemoteBlobs::Loan {
 public:
  explicit Loan(const RemoteBlobs& blobs) : blobs_(blobs) {
    const std::scoped_lock lock(blobs_.mutex_);
    if (blobs_.idle_.empty()) {
      client_ = std::make_unique<HttpClient>(blobs_.settings_, blobs_.stopping_);
    } else {
      client_ = std::move(blobs_.idle_.back());
      blobs_.idle_.pop_back();
    }
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() {
    const std::scoped_lock lock(blobs_.mutex_);
    blobs_.idle_.push_back(std::move(client_));
  }
  HttpClient& operator*() const noexcept { return *client_; }

 private:
  const RemoteBlobs& blobs_;
  std::unique_ptr<HttpClient> client_;
};

RemoteBlobs::RemoteBlobs(DirectoryBlobStore& local, RemoteBlobSettings settings, const Clock& clock)
    : local_(local), settings_(std::move(settings)), clock_(clock), health_(settings_.mirrors.size()) {}

RemoteBlobs::~RemoteBlobs() = default;

Result<std::vector<std::byte>> RemoteBlobs::get(const Sha256& hash, std::size_t max_octets) const {
  auto octets = local_.get(hash, max_octets);
  if (octets || settings_.mirrors.empty()) return octets;
  return fetch(hash, max_octets);
}

Result<HttpRequest> RemoteBlobs::request_to(const BlobUrl& server, std::string_view method,
                                            const Sha256& hash, const Sha256& payload) const {
  HttpRequest request;
  request.method = method;
  request.url = server.url + place_of(hash);
  request.follow = method == "GET" && !server.is_signed;
  request.time = settings_.timeout;
  if (!server.is_signed) return request;
  const auto credentials = S3Credentials::read(settings_.credentials);
  if (!credentials) return Unexpected(credentials.error());
  const std::string path = server.path + place_of(hash);
  request.headers = sign_s3({method, path, {}, {{"host", server.host}}, payload}, *credentials,
                            settings_.region, clock_.wall());
  return request;
}

RemoteBlobs::Outcome RemoteBlobs::fetch_from(const BlobUrl& mirror, const Sha256& hash,
                                             std::size_t max_octets) const {
  const Loan client(*this);
  const Monotonic end = clock_.monotonic() + settings_.timeout;
  std::vector<std::byte> got;
  for (int part = 0; part < most_parts; ++part) {
    auto request = request_to(mirror, "GET", hash, sha256({}));
    if (!request) return {{}, request.error().message};
    request->most = max_octets;
    request->time = std::chrono::ceil<std::chrono::milliseconds>(end - clock_.monotonic());
    if (request->time.count() <= 0) return {{}, "not whole in time", true};
    const std::size_t before = got.size();
    const HttpReply reply = (*client).perform(*request, got);
    if (reply.too_large) return {{}, "over " + std::to_string(max_octets) + " octets", true};
    if (reply.complete && !is_success(reply.status)) return {{}, reason_of(reply), may_recover(reply)};
    if (reply.complete) {
      if (sha256(got) != hash)
        return {{}, std::to_string(got.size()) + " octets that are another blob", true};
      return {std::move(got), {}};
    }
    if (got.size() > before && sha256(got) == hash) return {std::move(got), {}};  // but the reply's end came
    if (got.size() <= before || reply.too_slow || stopping_) return {{}, reason_of(reply), true};
  }
  return {{}, "cut off again and again", true};
}

Result<std::vector<std::byte>> RemoteBlobs::fetch(const Sha256& hash, std::size_t max_octets) const {
  std::vector<std::size_t> order;
  {
    const std::scoped_lock lock(mutex_);
    order = health_.order(clock_.monotonic());
  }
  std::string reasons;
  for (const std::size_t mirror : order) {
    if (stopping_) break;
    Outcome outcome = fetch_from(settings_.mirrors[mirror], hash, max_octets);
    {
      const std::scoped_lock lock(mutex_);
      if (outcome.reason.empty())
        health_.did_well(mirror);
      else if (outcome.mirror_is_bad)
        health_.failed(mirror, clock_.monotonic());
    }
    if (!outcome.reason.empty()) {
      reasons += (reasons.empty() ? "" : "; ") + settings_.mirrors[mirror].url + ": " + outcome.reason;
      continue;
    }
    if (auto kept = local_.put(hash, outcome.octets); !kept) return Unexpected(std::move(kept).error());
    return std::move(outcome.octets);
  }
  return failure("blob " + to_hex(hash) + " cannot be fetched: " + reasons);
}

Result<void> RemoteBlobs::change(const BlobUrl& server, std::string_view method, const Sha256& hash,
                                 Octets body) const {
  const Loan client(*this);
  const Sha256 payload = body.empty() ? sha256({}) : hash;
  std::string reason;
  Backoff backoff;
  for (int i = 0; i < most_tries_to_put && !stopping_; ++i) {
    if (i > 0) std::this_thread::sleep_for(backoff.next());
    auto request = request_to(server, method, hash, payload);
    if (!request) return Unexpected(std::move(request).error());
    request->body = body;
    std::vector<std::byte> none;
    const HttpReply reply = (*client).perform(*request, none);
    constexpr long not_found = 404;
    if (reply.complete && (is_success(reply.status) || (body.empty() && reply.status == not_found)))
      return {};
    reason = reason_of(reply);
    if (!may_recover(reply)) break;
  }
  return failure(std::string(method) + " " + server.url + place_of(hash) + ": " + reason);
}

Result<void> RemoteBlobs::put(const Sha256& hash, Octets octets) {
  if (auto kept = local_.put(hash, octets); !kept) return kept;
  if (settings_.publish.empty()) return {};
  {
    const std::scoped_lock lock(mutex_);
    if (published_.contains(hash)) return {};
  }
  for (const BlobUrl& server : settings_.publish) {
    if (auto done = change(server, "PUT", hash, octets); !done)
      return failure("blob not published: " + done.error().message);
  }
  const std::scoped_lock lock(mutex_);
  if (published_.size() >= most_remembered) published_.clear();
  published_.insert(hash);
  return {};
}

Result<void> RemoteBlobs::remove(const Sha256& hash) {
  {
    const std::scoped_lock lock(mutex_);
    published_.erase(hash);
  }
  return local_.remove(hash);
}

}  // namespace doors
