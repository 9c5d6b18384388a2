#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zones/base/clock.h"
#include "zones/base/error.h"
#include "zones/base/sha256.h"

namespace doors {

/// Who signs requests to S3.
struct S3Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< of temporary ones; else empty

  /// The profile `[default]` of a file in AWS's form (aws_access_key_id = ..., aws_secret_access_key,
  /// aws_session_token), which others may not read; without a file the environment's AWS_ACCESS_KEY_ID and so
  /// on. Error: they are not there.
  [[nodiscard]] static Result<S3Credentials> read(const std::filesystem::path& file);
  /// The same of a file's text.
  [[nodiscard]] static Result<S3Credentials> parse(std::string_view text);
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// What a signature is over. `path` and `query` are escaped and sorted as they are sent; header names are in
/// lower case, and `host` is among them.
struct S3Request {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  HttpHeaders headers;
  Sha256 payload;  ///< hash of the body
};

/// AWS Signature Version 4 of one request to S3: the headers to send besides those it has. Any thread.
[[nodiscard]] HttpHeaders sign_s3(S3Request request, const S3Credentials& credentials,
                                  std::string_view region, WallTime now);

}  // namespace doors
