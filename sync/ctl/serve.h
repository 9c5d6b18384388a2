#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sync/ctl/loaded_files.h"
#include "sync/ctl/serve_access.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct ServeOptions {
  ZoneArguments zones;
  std::vector<std::string> listen;          ///< ADDR:PORT; empty: 127.0.0.1:5300 and [::1]:5300
  std::string nsid;                         ///< who answers; empty: the host's name
  std::vector<std::string> cookie_secrets;  ///< as cookie_secrets_line() takes them
  bool no_cookies = false;                  ///< DNS cookies are off
  std::string report_agent;                 ///< where resolvers report errors (RFC 9567); empty: nowhere
  std::filesystem::path state;              ///< keeps images between runs; empty: in memory only
  std::uint32_t workers = 0;                ///< threads of doord; 0: one per CPU
  ServeAccess access;    ///< who may have whole zones, and say that one has changed; default nobody
  bool check = false;    ///< warn of signatures and ZONEMD too, and of every doubtful record
  bool verbose = false;  ///< doord's own log lines
};

/// Serves zone files in the foreground: runs doord as a child, reads the files, hands it their images, and
/// prints
///
///     ready zones=N listen=ADDR:PORT,…
///
/// on stdout once every listener has answered over UDP and TCP. A file that cannot be served is named on
/// stderr and the rest is served; gates only warn. SIGHUP reads again what changed (then "reloaded zones=N
/// changed=N removed=N failed=N"); SIGINT, SIGTERM or a hang-up of the terminal end it. `done`: ended when
/// told to; `refused`: nothing could be served, or an address not bound; `unreachable`: doord ended by
/// itself.
[[nodiscard]] ExitCode run_serve(Terminal& terminal, const ServeOptions& options);

/// doord's config for `serve`, as TOML text; `name` is who answers. Error: as access_tables()
/// and cookie_secrets_line().
[[nodiscard]] Outcome<std::string> responder_config(const ServeOptions& options, const std::string& name);

}  // namespace doors::ctl
