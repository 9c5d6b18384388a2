#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sync/fleet/selector.h"
#include "sync/store/etcd/etcd_settings.h"
#include "sync/store/remote/settings.h"
#include "sync/trust/policy.h"
#include "sync/xfr/settings.h"
#include "zones/base/config.h"
#include "zones/base/ip_address.h"
#include "zones/base/log.h"

namespace doors {

/// Everything in doorsync.toml, with its defaults.
struct DoorsyncSettings {
  struct Node {  ///< [node]: who says that a zone is served
    std::string pop = "local";
    std::string name = "node1";
    std::vector<std::string> groups;     ///< for rollouts and pins
    std::vector<std::string> labels;     ///< "KEY=VALUE", likewise
    std::chrono::milliseconds delay{0};  ///< versions are taken so long after they were made; 0..30 d
    bool hub = false;                    ///< publishes and watches the others, and serves nothing itself
  } node;
  struct Store {                    ///< [store]
    std::string kind = "embedded";  ///< or "etcd"
    std::filesystem::path path = "/var/lib/doors/store";
    std::uint32_t history = 100;  ///< versions kept of each zone, the newest included; 10..10000
    std::uint32_t map_gib = 64;   ///< the largest the store's and the journal's file can grow; 1..4096
    EtcdSettings etcd;
    std::chrono::milliseconds lease{10'000};  ///< of what this node says of itself in etcd; 2 s..5 min
  } store;
  RemoteBlobSettings blobs;                                           ///< [blobs]
  std::filesystem::path journal = "/var/lib/doors/journal";           ///< [journal] path
  std::filesystem::path images = "/var/lib/doors/images";             ///< [images] path
  std::filesystem::path doord_socket = "/run/doors/doord.sock";       ///< [doord] socket
  std::vector<ServiceAddress> service_addresses;                      ///< [service] addresses
  std::vector<Publisher> publishers;                                  ///< [[publisher]]
  xfr::Settings transfers;                                            ///< [transfers], [[secondary]], [[key]]
  std::filesystem::path control_socket = "/run/doors/doorsync.sock";  ///< [control] socket
  log::Settings log;                                                  ///< [log]
};

/// This node, as rollouts and pins name it.
[[nodiscard]] inline FleetNode node_of(const DoorsyncSettings& settings) {
  return {settings.node.pop, settings.node.name, settings.node.groups, settings.node.labels};
}
/// Whether `fresh` differs from `now` in what is only looked at when the program starts.
[[nodiscard]] bool needs_restart(const DoorsyncSettings& now, const DoorsyncSettings& fresh);

/// Reads all of it strictly; the error names file and line.
[[nodiscard]] ConfigResult<DoorsyncSettings> read_doorsync_settings(Section root);

}  // namespace doors
