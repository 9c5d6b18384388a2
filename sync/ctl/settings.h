#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sync/ctl/outcome.h"
#include "sync/fleet/canary.h"
#include "zones/base/config.h"

namespace doors::ctl {

/// What a gate does when its check fails.
enum class GateMode : std::uint8_t { off, warn, refuse };

/// [gates]: the checks of a push. `syntax` is not among them: it always refuses.
struct GateModes {
  GateMode zonemd = GateMode::refuse;      ///< RFC 8976 digest wrong
  GateMode signatures = GateMode::refuse;  ///< DNSSEC signatures or chains missing or wrong
  GateMode expired = GateMode::refuse;     ///< signatures past their time
  GateMode shrink = GateMode::refuse;      ///< fewer records than before, by over shrink_percent
  GateMode growth = GateMode::refuse;      ///< more records than before, beyond growth_factor or max_records
  GateMode serial = GateMode::refuse;      ///< SOA serial not higher than the one served
  std::uint32_t shrink_percent = 20;       ///< 1..100
  std::uint32_t growth_factor = 10;        ///< 2..1,000,000; and 100,000 records more are always well
  std::uint32_t max_records = 50'000'000;  ///< of one zone; 1..4,294,967,295
};

/// doorctl.toml.
struct Settings {
  std::filesystem::path publisher_key = "/etc/doors/publisher.key";  ///< [publisher] key
  std::filesystem::path config_directory = "/etc/doors";  ///< where doorctl.toml was found, or would be
  std::filesystem::path doorsync_socket;                  ///< [control]; empty: RUN_DIR/doorsync.sock
  std::filesystem::path doord_socket;                     ///< [control]; empty: RUN_DIR/doord.sock
  std::filesystem::path doorkeeper_socket;                ///< [control]; empty: RUN_DIR/doorkeeper.sock
  std::chrono::milliseconds wait{60'000};                 ///< [push] wait, 0 ms..1 d: for receipts
  GateModes gates;
  CanaryLimits canary;  ///< [canary]: `watch` 1 s..1 h
  /// [rollout]: through which waves a push goes; none: everywhere at once.
  struct RolloutSettings {
    std::vector<std::string> waves;           ///< selectors (sync/fleet/selector.h)
    std::chrono::milliseconds bake{10'000};   ///< 0..24 h: a wave answers well for so long before the next
    std::chrono::milliseconds limit{60'000};  ///< 1 s..24 h: for the receipts of a wave
  } rollout;
};
[[nodiscard]] ConfigResult<Settings> read_settings(Section config);

/// Where doorctl finds things, as the command line says it.
struct Places {
  std::optional<std::filesystem::path> directory;  ///< --dir: what `init` made
  std::optional<std::filesystem::path> run_dir;    ///< --run-dir, else $DOORS_RUN
  std::optional<std::filesystem::path> config;     ///< --config, else $DOORS_CONFIG
};
/// Reads the config and fills in the sockets. A config that was named must exist; the default one need not.
/// A relative key path is meant from the config's folder. Reads the environment.
[[nodiscard]] Outcome<Settings> find_settings(const Places& places);

}  // namespace doors::ctl
