#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/zones/base/temporary_directory.h"
#include "zones/dns/name.h"

namespace doors::test {

/// One zone as a peer gets it.
struct PeerZone {
  Name origin;
  std::string file;  ///< absolute path of its zone file
};

/// How one kind of name server is started: where Debian puts it, its arguments, its whole configuration.
struct PeerKind {
  const char* name;                    ///< "NSD", "Knot", "BIND"
  const char* program;                 ///< absolute path
  std::vector<std::string> arguments;  ///< behind them comes the configuration's path
  std::string (*config)(const std::string& directory, std::uint16_t port, const std::vector<PeerZone>& zones);
};

/// NSD, Knot and BIND, always in this order: as complete answers as each can give, 1232 octets over UDP, no
/// rate limit, no recursion, no connection to anybody.
const std::vector<PeerKind>& peer_kinds();

/// One name server of another make, our child: on a free port of 127.0.0.1, with its files in a directory of
/// its own; both are gone when this is, or when this process is.
class Peer {
 public:
  Peer(const PeerKind& kind, const std::vector<PeerZone>& zones);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer();

  [[nodiscard]] const char* name() const { return kind_.name; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Whether the process still runs.
  [[nodiscard]] bool runs();
  /// What it said, its last lines.
  [[nodiscard]] std::string log() const;

 private:
  const PeerKind& kind_;
  TemporaryDirectory directory_;
  std::uint16_t port_;
  pid_t child_ = -1;
};

}  // namespace doors::test
