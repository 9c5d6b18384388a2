#pragma once

#include <string>
#include <string_view>

#include "zones/base/error.h"

namespace doors {

/// Where blobs lie on a server: `https://HOST[:PORT]/PATH/`, or the same behind `s3+` where each request is
/// to be signed. A bucket stands in the host or at the front of the path, as its server wants it.
struct BlobUrl {
  std::string url;   ///< as HTTP has it, ends in '/'
  std::string host;  ///< as the header Host has it: without the scheme's own port
  std::string path;  ///< begins and ends with '/'; letters, digits and -._~/ alone, so it needs no escapes
  bool encrypted = true;
  bool is_signed = false;
  bool is_loopback = false;

  friend bool operator==(const BlobUrl&, const BlobUrl&) = default;
  /// Error: what is wrong with it.
  [[nodiscard]] static Result<BlobUrl> parse(std::string_view text);
};

}  // namespace doors
