#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sync/store/remote/blob_url.h"
#include "zones/base/config.h"

namespace doors {

/// [blobs]: where large contents come from and go to, besides the directory of this node.
struct RemoteBlobSettings {
  std::vector<BlobUrl> mirrors;  ///< to fetch from, in this order
  std::vector<BlobUrl> publish;  ///< to put to before a push is published; each must take it
  std::filesystem::path ca;      ///< PEM; empty: the system's
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path credentials;           ///< of S3, in AWS's own form; empty: the environment's
  std::string region = "us-east-1";            ///< of S3
  std::uint32_t at_once = 4;                   ///< downloads; 1..64
  std::chrono::milliseconds stall{5'000};      ///< to connect, and without 1 KiB/s; 1 s..5 min
  std::chrono::milliseconds timeout{600'000};  ///< of one blob from one mirror; 1 s..24 h

  friend bool operator==(const RemoteBlobSettings&, const RemoteBlobSettings&) = default;
  [[nodiscard]] bool any() const noexcept { return !mirrors.empty() || !publish.empty(); }
};

/// Reads [blobs]; errors are noted there.
[[nodiscard]] RemoteBlobSettings read_remote_blob_settings(Section blobs);

}  // namespace doors
