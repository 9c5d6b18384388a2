#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/store/remote/settings.h"
#include "zones/base/octets.h"

namespace doors {

/// One HTTP request. Borrows all of it.
struct HttpRequest {
  std::string_view method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  Octets body;                       ///< of PUT
  std::size_t most = 0;              ///< octets of what comes, with those that were there
  bool follow = false;               ///< redirects that keep the scheme
  std::chrono::milliseconds time{};  ///< for all of it
};

/// What came of it.
struct HttpReply {
  long status = 0;        ///< 0: no reply
  bool complete = false;  ///< the reply came to its end
  bool too_large = false;
  bool too_slow = false;
  std::string problem;  ///< why it is not complete
};

/// HTTP and HTTPS by libcurl, one request after the other; connections are kept for the next. No proxies, no
/// cookies, no more than three redirects. One thread at a time.
class HttpClient {
 public:
  /// Borrows both; `stopping` ends a request within a second.
  HttpClient(const RemoteBlobSettings& settings, const std::atomic<bool>& stopping);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// Does one request. The body of a success goes behind what `into` has, which a GET asks to be continued; a
  /// server that begins anew instead replaces it.
  [[nodiscard]] HttpReply perform(const HttpRequest& request, std::vector<std::byte>& into);

 private:
  struct Transfer;
  struct Free {
    void operator()(void* handle) const noexcept;
  };
  const RemoteBlobSettings& settings_;
  const std::atomic<bool>& stopping_;
  std::unique_ptr<void, Free> handle_;  // a CURL
};

}  // namespace doors
