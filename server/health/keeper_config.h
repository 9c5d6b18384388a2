#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/health/judge.h"
#include "server/health/keeper.h"
#include "server/routes/command.h"
#include "server/routes/exabgp_dialogue.h"
#include "zones/base/config.h"
#include "zones/base/ip_address.h"
#include "zones/base/log.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"

namespace doors {

/// doorkeeper.toml. Every key has a default; without a [[service]] there is nothing to watch, which is an
/// error.
struct KeeperConfig {
  struct Node {  ///< [node]
    std::string pop = "pop";
    std::string name = "node";
  } node;

  struct Service {           ///< [[service]], once per service address
    ServiceAddress address;  ///< `address`: what is probed; sits on lo for ever
    std::optional<IpPrefix>
        prefix;      ///< `prefix`: what is announced; services of one prefix open it together. Without
                     ///< it the address is watched alone, and nothing is announced for it
    IpPrefix lease;  ///< `lease`: the lease address; default the prefix's first address behind the network's
    std::string protocol;  ///< `protocol`: the BGP speaker's name for it; "" = all of [bird] protocols
    friend bool operator==(const Service&, const Service&) = default;
  };
  std::vector<Service> services;

  struct Probe {                ///< [probe]
    Name zone;                  ///< `zone`: asked for; "." by default
    RRType type = RRType::soa;  ///< `type`
    std::vector<Name> zones;    ///< `zones`: whose SOA is asked for by turns besides, at most 10,000
    std::chrono::milliseconds zones_interval{1000};  ///< one zone, of each service; 100 ms..1 min
    ExpectedIdentity identity;  ///< `identify` = "nsid", "id.server" or "none", and `identity`; ""
                                ///< = doord's default, NAME.POP
    std::chrono::milliseconds interval{250};       ///< over UDP, of each service; 20 ms..1 min
    std::chrono::milliseconds timeout{200};        ///< over UDP; at most `interval`
    std::chrono::milliseconds tcp_interval{1000};  ///< 100 ms..1 min
    std::chrono::milliseconds tcp_timeout{1000};   ///< at most 10 s
    HealthState::Limits limits;                    ///< `rise`, `fall`: 1..1000
    std::chrono::milliseconds latency{50};         ///< smoothed time to answer that is a soft cause above
    Name must_fail;  ///< `must_fail`: asked over UDP, may not be answered NOERROR
    std::chrono::milliseconds must_fail_interval{5000};
  } probe;

  struct Lease {                       ///< [lease]
    std::chrono::seconds seconds{3};   ///< valid_lft; 2..60
    std::string up = "door-up";        ///< "" = no leases: health only
    std::string far = "door-far";      ///< "" = a weight of `far` changes nothing
    std::string drain = "door-drain";  ///< "" = a drain lets the lease go at once
    bool create = false;               ///< make missing interfaces, set stopped ones up
  } lease;

  struct Bird {                    ///< [bird]
    std::filesystem::path socket;  ///< "" = none: the lease alone
    std::vector<std::string> protocols{"door4", "door6"};
  } bird;

  struct Exabgp {                  ///< [exabgp]
    std::filesystem::path socket;  ///< of the follower that ExaBGP runs; "" = none
    ExabgpDialogue::Settings how;  ///< `next_hop4`, `next_hop6`: addresses or "self"; `origin_as`
  } exabgp;

  struct Frr {                     ///< [frr]
    std::filesystem::path socket;  ///< bgpd's, /run/frr/bgpd.vty; "" = not looked at
  } frr;

  Command::Settings command;  ///< [command] run, timeout, every; run empty = none

  struct Doord {                                             ///< [doord]
    std::filesystem::path socket = "/run/doors/doord.sock";  ///< "" = not asked
    std::chrono::milliseconds interval{250};
    std::chrono::milliseconds beat_limit{1000};  ///< a worker's beat older than this withdraws
  } doord;

  struct Doorsync {                                             ///< [doorsync]
    std::filesystem::path socket = "/run/doors/doorsync.sock";  ///< "" = not asked: no expected serial
  } doorsync;

  Drain::Settings drain;         ///< [drain] min_wait, max_wait, rate_share, rate_limit
  HoldDown::Settings hold_down;  ///< [hold_down] first, most, forget

  struct Control {  ///< [control]
    std::filesystem::path socket = "/run/doors/doorkeeper.sock";
    std::filesystem::path state = "/var/lib/doors/keeper";  ///< a directory; "" = nothing survives a restart
  } control;

  log::Settings log;  ///< [log]

  /// The part that the state machine takes.
  [[nodiscard]] Keeper::Settings keeper() const;
  /// One lease per prefix, in the order of keeper().prefixes; of no meaning for one that is only watched.
  [[nodiscard]] std::vector<IpPrefix> leases() const;
};

[[nodiscard]] ConfigResult<KeeperConfig> read_keeper_config(Section root);

}  // namespace doors
