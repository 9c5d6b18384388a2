#include "sync/store/remote/sigv4.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <new>
#include <system_error>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "zones/base/file.h"
#include "zones/base/octets.h"
#include "zones/base/text_encoding.h"

namespace doors {
namespace {

Sha256 hmac(Octets key, std::string_view text) {
  Sha256 code;
  unsigned size = 0;
  const Octets octets = octets_of(text);
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
             reinterpret_cast<unsigned char*>(code.data()), &size) == nullptr)
    throw std::bad_alloc();
  return code;
}

/// "20130524T000000Z"
std::string time_text(WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 17> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody here sets any
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Result<S3Credentials> S3Credentials::parse(std::string_view text) {
  S3Credentials made;
  bool ours = true;  // what stands before any profile counts as well
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) ours = line == "[default]";
    const std::size_t equals = line.find('=');
    if (!ours || line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string_view name = trimmed(line.substr(0, equals));
    const std::string value(trimmed(line.substr(equals + 1)));
    if (name == "aws_access_key_id") made.access_key = value;
    if (name == "aws_secret_access_key") made.secret_key = value;
    if (name == "aws_session_token") made.session_token = value;
  }
  const auto printable = [](const std::string& value) {
    return std::ranges::all_of(value, [](char c) { return c > ' ' && c < '\x7f'; });
  };
  if (made.access_key.empty() || made.secret_key.empty())
    return failure("aws_access_key_id or aws_secret_access_key is missing");
  if (!printable(made.access_key) || !printable(made.session_token))
    return failure("a key or token with blanks or more than ASCII");
  return made;
}

Result<S3Credentials> S3Credentials::read(const std::filesystem::path& file) {
  if (file.empty()) {
    auto made = parse("aws_access_key_id=" + environment("AWS_ACCESS_KEY_ID") +
                      "\naws_secret_access_key=" + environment("AWS_SECRET_ACCESS_KEY") +
                      "\naws_session_token=" + environment("AWS_SESSION_TOKEN"));
    return made ? std::move(made) : failure("no credentials for S3: " + made.error().message);
  }
  constexpr std::size_t most_octets = 64 * 1024;
  std::error_code error;
  const auto mode = std::filesystem::status(file, error).permissions();
  if (!error && (mode & std::filesystem::perms::others_all) != std::filesystem::perms::none)
    return failure(file.string() + " is open to others; chmod o= it");
  const auto text = read_text_file(file, most_octets);
  if (!text) return Unexpected(text.error());
  auto made = parse(*text);
  return made ? std::move(made) : failure(file.string() + ": " + made.error().message);
}

HttpHeaders sign_s3(S3Request request, const S3Credentials& credentials, std::string_view region,
                    WallTime now) {
  const std::string time = time_text(now);
  const std::string day = time.substr(0, time.find('T'));
  HttpHeaders added{{"x-amz-content-sha256", to_hex(request.payload)}, {"x-amz-date", time}};
  if (!credentials.session_token.empty())
    added.emplace_back("x-amz-security-token", credentials.session_token);
  request.headers.insert(request.headers.end(), added.begin(), added.end());
  std::ranges::sort(request.headers);

  std::string names;
  std::string canonical = std::string(request.method) + "\n" + std::string(request.path) + "\n" +
                          std::string(request.query) + "\n";
  for (const auto& [name, value] : request.headers) {
    names += (names.empty() ? "" : ";") + name;
    canonical += name + ":" + value + "\n";
  }
  canonical += "\n" + names + "\n" + to_hex(request.payload);

  const std::string scope = day + "/" + std::string(region) + "/s3/aws4_request";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + to_hex(sha256(octets_of(canonical)));
  const std::string first_key = "AWS4" + credentials.secret_key;
  Sha256 key = hmac(octets_of(first_key), day);
  for (const std::string_view step : {region, std::string_view("s3"), std::string_view("aws4_request")})
    key = hmac(key, step);
  added.emplace_back("authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.access_key + "/" + scope +
                                          ",SignedHeaders=" + names +
                                          ",Signature=" + to_hex(hmac(key, to_sign)));
  return added;
}

}  // namespace doors
