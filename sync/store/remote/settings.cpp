#include "sync/store/remote/settings.h"

#include <string_view>

namespace doors {
namespace {

std::vector<BlobUrl> read_urls(Section& blobs, std::string_view key, bool allow_http) {
  std::vector<std::string> texts;
  blobs.strings(key, texts);
  std::vector<BlobUrl> urls;
  for (const std::string& text : texts) {
    auto url = BlobUrl::parse(text);
    blobs.check(url.has_value(), key, url ? "" : url.error().message);
    if (!url) break;
    blobs.check(url->encrypted || url->is_loopback || allow_http, key,
                "\"" + text + "\" is not encrypted: needs allow_http = true, but for loopback");
    urls.push_back(*std::move(url));
  }
  return urls;
}

}  // namespace

RemoteBlobSettings read_remote_blob_settings(Section blobs) {
  using namespace std::chrono_literals;
  RemoteBlobSettings settings;
  bool allow_http = false;
  blobs.boolean("allow_http", allow_http)
      .path("ca", settings.ca)
      .path("certificate", settings.certificate)
      .path("key", settings.key)
      .path("credentials", settings.credentials)
      .string("region", settings.region)
      .number("at_once", settings.at_once, {1, 64})
      .duration("stall", settings.stall, 1s, 300s)
      .duration("timeout", settings.timeout, 1s, 24h);
  settings.mirrors = read_urls(blobs, "mirrors", allow_http);
  settings.publish = read_urls(blobs, "publish", allow_http);
  blobs.check(settings.certificate.empty() == settings.key.empty(), "certificate",
              "certificate and key go together");
  blobs.check(!settings.region.empty(), "region", "must not be empty");
  return settings;
}

}  // namespace doors
