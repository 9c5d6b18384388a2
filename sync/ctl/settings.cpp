#include "sync/ctl/settings.h"

#include <cstdlib>
#include <system_error>

#include "sync/fleet/selector.h"

namespace doors::ctl {
namespace {

void read_mode(Section& section, std::string_view key, GateMode& mode) {
  constexpr std::string_view names[] = {"off", "warn", "refuse"};
  std::string name(names[static_cast<std::size_t>(mode)]);
  section.one_of(key, name, {"off", "warn", "refuse"});
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (name == names[i]) mode = static_cast<GateMode>(i);
  }
}

std::optional<std::filesystem::path> from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

ConfigResult<Settings> read_settings(Section config) {
  Settings settings;
  Section publisher = config.table("publisher");
  publisher.path("key", settings.publisher_key);
  Section control = config.table("control");
  control.path("doorsync", settings.doorsync_socket)
      .path("doord", settings.doord_socket)
      .path("doorkeeper", settings.doorkeeper_socket);
  Section push = config.table("push");
  push.duration("wait", settings.wait, std::chrono::milliseconds(0), std::chrono::hours(24));
  Section gates = config.table("gates");
  read_mode(gates, "zonemd", settings.gates.zonemd);
  read_mode(gates, "signatures", settings.gates.signatures);
  read_mode(gates, "expired", settings.gates.expired);
  read_mode(gates, "shrink", settings.gates.shrink);
  read_mode(gates, "growth", settings.gates.growth);
  read_mode(gates, "serial", settings.gates.serial);
  gates.number("shrink_percent", settings.gates.shrink_percent, {1, 100})
      .number("growth_factor", settings.gates.growth_factor, {2, 1'000'000})
      .number("max_records", settings.gates.max_records, {1, 4'294'967'295});
  Section canary = config.table("canary");
  canary.duration("watch", settings.canary.watch, std::chrono::seconds(1), std::chrono::hours(1))
      .number("servfail_percent", settings.canary.servfail_percent, {1, 100})
      .number("nxdomain_percent", settings.canary.nxdomain_percent, {1, 100})
      .number("least_answers", settings.canary.least_answers, {1, 1'000'000});
  Section rollout = config.table("rollout");
  rollout.strings("waves", settings.rollout.waves)
      .duration("bake", settings.rollout.bake, std::chrono::milliseconds(0), std::chrono::hours(24))
      .duration("limit", settings.rollout.limit, std::chrono::seconds(1), std::chrono::hours(24));
  for (const std::string& wave : settings.rollout.waves) {
    const std::string wrong = wrong_in_selector(wave);
    rollout.check(wrong.empty(), "waves", wrong);
  }
  for (Section* table : {&publisher, &control, &push, &gates, &canary, &rollout}) {
    if (auto wrong = table->error()) return Unexpected(*std::move(wrong));
  }
  return config.finish(settings);
}

Outcome<Settings> find_settings(const Places& places) {
  std::optional<std::filesystem::path> config = places.config;
  std::optional<std::filesystem::path> run_dir = places.run_dir;
  if (places.directory) {
    if (!config) config = *places.directory / "config" / "doorctl.toml";
    if (!run_dir) run_dir = *places.directory / "run";
  }
  if (!config) config = from_environment("DOORS_CONFIG");
  if (!run_dir) run_dir = from_environment("DOORS_RUN");

  const bool named = config.has_value();
  if (!config) config = "/etc/doors/doorctl.toml";
  Settings settings;
  std::error_code ignored;
  if (named || std::filesystem::exists(*config, ignored)) {
    const ConfigResult<Section> read = read_config(*config);
    if (!read) return refused(read.error().to_string());
    ConfigResult<Settings> parsed = read_settings(*read);
    if (!parsed) return refused(parsed.error().to_string());
    settings = *std::move(parsed);
    if (settings.publisher_key.is_relative()) {
      settings.publisher_key = config->parent_path() / settings.publisher_key;
    }
  }
  settings.config_directory = config->parent_path();
  const std::filesystem::path run = run_dir.value_or("/run/doors");
  if (settings.doorsync_socket.empty()) settings.doorsync_socket = run / "doorsync.sock";
  if (settings.doord_socket.empty()) settings.doord_socket = run / "doord.sock";
  if (settings.doorkeeper_socket.empty()) settings.doorkeeper_socket = run / "doorkeeper.sock";
  return settings;
}

}  // namespace doors::ctl
