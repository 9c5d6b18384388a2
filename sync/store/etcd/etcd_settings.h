#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace doors {

/// How the engine is reached: `[store]` with kind = "etcd".
struct EtcdSettings {
  std::vector<std::string> endpoints{"127.0.0.1:2379"};  ///< HOST:PORT, tried in turn
  std::filesystem::path ca;                 ///< PEM; who signs the engine's certificates. Empty: no TLS
  std::filesystem::path certificate;        ///< PEM; ours, shown to the engine. Empty: none
  std::filesystem::path key;                ///< PEM; of `certificate`
  std::string prefix = "doors/";            ///< before every key of ours
  std::chrono::milliseconds timeout{3000};  ///< of one call to one endpoint

  friend bool operator==(const EtcdSettings&, const EtcdSettings&) = default;
};

}  // namespace doors
