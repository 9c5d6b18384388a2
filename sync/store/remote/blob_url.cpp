#include "sync/store/remote/blob_url.h"

#include <algorithm>
#include <cstddef>

namespace doors {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Whether there are but letters, digits and `others`.
bool all_of(std::string_view text, std::string_view others) noexcept {
  return std::ranges::all_of(text, [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != others.npos;
  });
}

bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

Result<BlobUrl> BlobUrl::parse(std::string_view text) {
  const std::string quoted = "\"" + std::string(text) + "\"";
  BlobUrl made;
  made.is_signed = take_prefix(text, "s3+");
  made.encrypted = take_prefix(text, "https://");
  if (!made.encrypted && !take_prefix(text, "http://"))
    return failure(quoted + " does not begin with https://, http://, s3+https:// or s3+http://");
  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string_view authority = text.substr(0, slash);
  made.path = text.substr(slash);
  if (made.path.empty() || made.path.back() != '/') made.path += '/';
  if (!all_of(made.path, "-._~/") || made.path.find("//") != std::string::npos ||
      made.path.find("/.") != std::string::npos)
    return failure(quoted + " has a path of more than letters, digits and -._~/");

  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t colon = bracket == std::string_view::npos ? bracket : authority.find(':', bracket);
  const std::string_view host = authority.substr(0, colon);
  const std::string_view port = colon < authority.size() ? authority.substr(colon + 1) : std::string_view();
  const bool ipv6 = host.starts_with('[');
  const bool good_host = ipv6 ? host.ends_with(']') && all_of(host.substr(1, host.size() - 2), ":.")
                              : !host.empty() && all_of(host, "-.");
  constexpr std::size_t port_digits = 5;
  const bool good_port = colon >= authority.size() ? true
                                                   : !port.empty() && port.size() <= port_digits &&
                                                         std::ranges::all_of(port, is_digit);
  if (!good_host || !good_port) return failure(quoted + " has no host that can be asked");
  made.host = host;
  if (!port.empty() && port != (made.encrypted ? "443" : "80")) made.host += ":" + std::string(port);
  made.url = (made.encrypted ? "https://" : "http://") + made.host + made.path;
  made.is_loopback =
      host == "localhost" || host == "[::1]" ||
      (host.starts_with("127.") && std::ranges::all_of(host, [](char c) { return c == '.' || is_digit(c); }));
  return made;
}

}  // namespace doors
