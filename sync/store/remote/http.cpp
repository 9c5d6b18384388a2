#include "sync/store/remote/http.h"

#include <cstring>
#include <new>

#include <curl/curl.h>

namespace doors {
namespace {

constexpr long least_octets_per_second = 1024;
constexpr long most_redirects = 3;
constexpr long http_ok = 200;
constexpr long http_partial = 206;

struct FreeList {
  void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

void init_curl() {
  static const CURLcode done = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw std::bad_alloc();
}

template <class Value>
void set(void* handle, CURLoption option, Value value) {
  if (::curl_easy_setopt(handle, option, value) != CURLE_OK) throw std::bad_alloc();
}

}  // namespace

/// What libcurl's callbacks see of the request that runs.
struct HttpClient::Transfer {
  void* handle;
  const HttpRequest& request;
  std::vector<std::byte>& into;
  const std::atomic<bool>& stopping;
  bool began = false;
  bool too_large = false;

  [[nodiscard]] long status() const {
    long code = 0;
    (void)::curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.request.method != "GET") return size;  // nor what it says of a PUT
    const long code = transfer.status();
    if (code != http_ok && code != http_partial) return size;  // what an error has to say is not for us
    if (!transfer.began && code == http_ok) transfer.into.clear();
    transfer.began = true;
    if (size > transfer.request.most - transfer.into.size()) {
      transfer.too_large = true;
      return 0;
    }
    const auto* octets = reinterpret_cast<const std::byte*>(data);
    transfer.into.insert(transfer.into.end(), octets, octets + size);
    return size;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->stopping ? 1 : 0;
  }
};

void HttpClient::Free::operator()(void* handle) const noexcept { ::curl_easy_cleanup(handle); }

HttpClient::HttpClient(const RemoteBlobSettings& settings, const std::atomic<bool>& stopping)
    : settings_(settings), stopping_(stopping) {
  init_curl();
  handle_.reset(::curl_easy_init());
  if (!handle_) throw std::bad_alloc();
}

HttpClient::~HttpClient() = default;

HttpReply HttpClient::perform(const HttpRequest& request, std::vector<std::byte>& into) {
  void* handle = handle_.get();
  ::curl_easy_reset(handle);  // connections stay
  Transfer transfer{handle, request, into, stopping_};
  List headers;
  for (const auto& [name, value] : request.headers) append(headers, name + ": " + value);
  if (request.method == "PUT") {
    append(headers, "Content-Type: application/octet-stream");
    append(headers, "Expect:");
    set(handle, CURLOPT_POSTFIELDS, reinterpret_cast<const char*>(request.body.data()));
    set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method != "GET") set(handle, CURLOPT_CUSTOMREQUEST, std::string(request.method).c_str());
  const std::string range = std::to_string(into.size()) + "-";
  if (request.method == "GET" && !into.empty()) set(handle, CURLOPT_RANGE, range.c_str());
  set(handle, CURLOPT_URL, request.url.c_str());
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_QUICK_EXIT, 1L);
  set(handle, CURLOPT_PROXY, "");
  set(handle, CURLOPT_USERAGENT, "doorsync/" DOORS_VERSION);
  const char* scheme = request.url.starts_with("https:") ? "https" : "http";
  set(handle, CURLOPT_PROTOCOLS_STR, scheme);
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, scheme);
  set(handle, CURLOPT_FOLLOWLOCATION, request.follow ? 1L : 0L);
  set(handle, CURLOPT_MAXREDIRS, most_redirects);
  set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings_.ca.empty()) set(handle, CURLOPT_CAINFO, settings_.ca.c_str());
  if (!settings_.certificate.empty()) {
    set(handle, CURLOPT_SSLCERT, settings_.certificate.c_str());
    set(handle, CURLOPT_SSLKEY, settings_.key.c_str());
  }
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.stall.count()));
  set(handle, CURLOPT_LOW_SPEED_LIMIT, least_octets_per_second);
  set(handle, CURLOPT_LOW_SPEED_TIME,
      static_cast<long>(std::chrono::ceil<std::chrono::seconds>(settings_.stall).count()));
  set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.time.count()));
  set(handle, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(handle, CURLOPT_WRITEDATA, &transfer);
  set(handle, CURLOPT_NOPROGRESS, 0L);
  set(handle, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  set(handle, CURLOPT_XFERINFODATA, &transfer);
  const CURLcode done = ::curl_easy_perform(handle);

  HttpReply reply;
  reply.status = transfer.status();
  reply.too_large = transfer.too_large;
  reply.too_slow = done == CURLE_OPERATION_TIMEDOUT;
  reply.complete = done == CURLE_OK;
  // Without libcurl's figures, so that the same failure has the same words.
  if (!reply.complete) reply.problem = reply.too_slow ? "too slow" : ::curl_easy_strerror(done);
  return reply;
}

}  // namespace doors
