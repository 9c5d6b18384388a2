#pragma once

#include <filesystem>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct DoctorOptions {
  std::filesystem::path doorkeeper;  ///< its config
  std::filesystem::path bird = "/etc/bird/bird.conf";
  std::filesystem::path frr = "/etc/frr/frr.conf";
  std::filesystem::path roas;     ///< a validator's CSV; empty: not checked
  std::filesystem::path origins;  ///< lines "POP AS"; empty: not checked
  bool json = false;
};

/// Looks whether this machine is set up as a door has to be: the BGP speaker's config, the lease interfaces,
/// the service addresses, the kernel, the clock, prefixes, ROAs; each finding with its remedy. `refused` when
/// one is a fault.
[[nodiscard]] ExitCode run_doctor(Terminal& terminal, const Settings& settings, const DoctorOptions& options);

}  // namespace doors::ctl
