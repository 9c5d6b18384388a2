#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "server/answer/settings.h"
#include "server/transfer/access.h"
#include "server/transport/settings.h"
#include "server/xdp/settings.h"
#include "zones/base/config.h"
#include "zones/base/log.h"

namespace doors {

/// doord.toml. Every key has a default; server/README.md lists them.
struct DoordConfig {
  std::string pop;   ///< [node] pop: names this point of presence in logs, NSID and receipts
  std::string node;  ///< [node] name: names this machine within the PoP; default its host name
  Identity identity;
  CookieSettings cookies;
  Name report_agent;  ///< [report] agent (RFC 9567); the root: none
  UdpSettings udp;
  TcpSettings tcp;
  XdpSettings xdp;
  std::shared_ptr<const Access> access;                   ///< [[key]], [[transfer]], [[notify]]; never null
  std::filesystem::path images{"/var/lib/doors/images"};  ///< "" = none: all zones come by the control socket
  std::filesystem::path control_socket{"/run/doors/doord.sock"};  ///< "" = none, with --control-fd
  log::Settings log;
};

/// Reads the file strictly. Error: the first bad value or unknown key, with its line.
[[nodiscard]] ConfigResult<DoordConfig> read_doord_config(const std::filesystem::path& path);

}  // namespace doors
