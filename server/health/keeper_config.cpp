#include "server/health/keeper_config.h"

#include <algorithm>
#include <utility>

#include <net/if.h>
#include <sys/un.h>

#include "server/routes/bird.h"

namespace doors {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_zones = 10'000;

/// Reads a text key through `parse`; a wrong one is the key's error.
template <class Value, class Parse>
void parsed(Section& section, const char* key, Value& value, Parse parse) {
  std::string text;
  section.string(key, text);
  if (!section.has(key)) return;
  auto result = parse(text);
  if (result)
    value = *std::move(result);
  else
    section.check(false, key, result.error().message);
}

KeeperConfig::Service read_service(Section section) {
  KeeperConfig::Service service;
  parsed(section, "address", service.address,
         [](const std::string& text) { return ServiceAddress::parse(text); });
  section.check(section.has("address"), "address", "is needed: \"ADDRESS:PORT\"");
  if (!section.has("prefix")) {
    section.check(!section.has("lease"), "lease", "needs a prefix")
        .check(!section.has("protocol"), "protocol", "needs a prefix");
  }
  IpPrefix prefix;
  parsed(section, "prefix", prefix, [](const std::string& text) { return IpPrefix::parse(text); });
  if (section.has("prefix")) {
    section.check(prefix == prefix.network(), "prefix", "has bits set behind its length")
        .check(prefix.contains(service.address.address), "prefix", "does not hold the service address");
    service.prefix = prefix;
    // A host route (anycast inside one network) has but one address, which may sit on lo and on the lease
    // interface.
    service.lease =
        prefix.length == prefix.address.bits() ? prefix : IpPrefix{prefix.address.next(), prefix.length};
  }
  parsed(section, "lease", service.lease, [](const std::string& text) { return IpPrefix::parse(text); });
  section.check(service.lease.network() == prefix, "lease", "must lie in the prefix and have its length")
      .string("protocol", service.protocol)
      .check(service.protocol.empty() || Bird::is_protocol_name(service.protocol), "protocol",
             "must be letters, digits and '_'");
  (void)section.error();
  return service;
}

KeeperConfig::Probe read_probe(Section section, const KeeperConfig::Node& node) {
  KeeperConfig::Probe probe;
  probe.must_fail = *Name::parse("must-fail.invalid.");
  parsed(section, "zone", probe.zone, [](const std::string& text) { return Name::parse(text); });
  parsed(section, "type", probe.type, [](const std::string& text) -> Result<RRType> {
    if (const auto type = parse_type(text)) return *type;
    return failure("no type is called so");
  });
  parsed(section, "must_fail", probe.must_fail, [](const std::string& text) { return Name::parse(text); });
  std::vector<std::string> zones;
  section.strings("zones", zones)
      .check(zones.size() <= most_zones, "zones", "are more than 10,000")
      .duration("zones_interval", probe.zones_interval, milliseconds(100), milliseconds(60'000));
  for (const std::string& text : zones) {
    auto name = Name::parse(text);
    section.check(name.has_value(), "zones", "\"" + text + "\" is no name");
    if (name) probe.zones.push_back(*std::move(name));
  }
  std::string identify = "nsid";
  section.one_of("identify", identify, {"nsid", "id.server", "none"})
      .string("identity", probe.identity.value);
  probe.identity.how = identify == "nsid"   ? Identify::nsid
                       : identify == "none" ? Identify::none
                                            : Identify::id_server;
  if (probe.identity.value.empty()) probe.identity.value = node.name + "." + node.pop;
  section.duration("interval", probe.interval, milliseconds(20), milliseconds(60'000))
      .duration("timeout", probe.timeout, milliseconds(10), milliseconds(60'000))
      .check(probe.timeout <= probe.interval, "timeout", "must not be longer than the interval")
      .duration("tcp_interval", probe.tcp_interval, milliseconds(100), milliseconds(60'000))
      .duration("tcp_timeout", probe.tcp_timeout, milliseconds(10), milliseconds(10'000))
      .number("rise", probe.limits.rise, {1, 1000})
      .number("fall", probe.limits.fall, {1, 1000})
      .duration("latency", probe.latency, milliseconds(1), milliseconds(60'000))
      .duration("must_fail_interval", probe.must_fail_interval, milliseconds(100), milliseconds(600'000));
  (void)section.error();
  return probe;
}

KeeperConfig::Lease read_lease(Section section, const KeeperConfig::Probe& probe) {
  KeeperConfig::Lease lease;
  std::int64_t seconds = lease.seconds.count();
  const auto is_interface = [](const std::string& name) {
    return name.size() < IFNAMSIZ && name.find_first_of("/ \t\n") == std::string::npos;
  };
  section.number("seconds", seconds, {2, 60});
  lease.seconds = std::chrono::seconds(seconds);
  section
      .check(probe.interval + probe.timeout < lease.seconds, "seconds",
             "must be longer than a probe's interval and timeout")
      .string("up", lease.up)
      .check(is_interface(lease.up), "up", "is no interface name")
      .string("far", lease.far)
      .check(is_interface(lease.far), "far", "is no interface name")
      .check(lease.far.empty() || lease.far != lease.up, "far", "must be another interface than `up`")
      .string("drain", lease.drain)
      .check(is_interface(lease.drain), "drain", "is no interface name")
      .check(lease.drain.empty() || lease.drain != lease.up, "drain", "must be another interface than `up`")
      .check(lease.drain.empty() || lease.drain != lease.far, "drain", "must be another interface than `far`")
      .boolean("create", lease.create);
  (void)section.error();
  return lease;
}

bool fits_socket(const std::filesystem::path& path) {
  return path.string().size() < sizeof(sockaddr_un::sun_path);
}

KeeperConfig::Bird read_bird(Section section) {
  KeeperConfig::Bird bird;
  section.path("socket", bird.socket).strings("protocols", bird.protocols);
  section.check(std::ranges::all_of(bird.protocols, &Bird::is_protocol_name), "protocols",
                "must be letters, digits and '_'");
  section.check(fits_socket(bird.socket), "socket", "is too long for a socket");
  (void)section.error();
  return bird;
}

KeeperConfig::Exabgp read_exabgp(Section section) {
  KeeperConfig::Exabgp exabgp;
  const auto is_next_hop = [](const std::string& text, bool v6) {
    const auto address = IpAddress::parse(text);
    return text == "self" || (address && address->is_v6() == v6);
  };
  section.path("socket", exabgp.socket)
      .check(fits_socket(exabgp.socket), "socket", "is too long for a socket")
      .string("next_hop4", exabgp.how.next_hop4)
      .check(is_next_hop(exabgp.how.next_hop4, false), "next_hop4", "must be \"self\" or an IPv4 address")
      .string("next_hop6", exabgp.how.next_hop6)
      .check(is_next_hop(exabgp.how.next_hop6, true), "next_hop6", "must be \"self\" or an IPv6 address")
      .number("origin_as", exabgp.how.origin_as, {0, 4'294'967'295});
  (void)section.error();
  return exabgp;
}

Command::Settings read_command(Section section) {
  Command::Settings command;
  section.strings("run", command.program)
      .check(command.program.empty() || command.program.front().starts_with('/'), "run",
             "must begin with the program's absolute path")
      .duration("timeout", command.timeout, milliseconds(100), milliseconds(60'000))
      .duration("every", command.every, milliseconds(1000), milliseconds(3'600'000));
  (void)section.error();
  return command;
}

}  // namespace

ConfigResult<KeeperConfig> read_keeper_config(Section root) {
  KeeperConfig config;
  Section node = root.table("node");
  node.string("pop", config.node.pop).string("name", config.node.name);
  (void)node.error();

  for (Section& service : root.tables("service")) config.services.push_back(read_service(service));
  root.check(!config.services.empty(), "service", "at least one [[service]] is needed");
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto &one = config.services[j], &other = config.services[i];
      root.check(one.address != other.address, "service", other.address.to_string() + " comes twice");
      if (!one.prefix || one.prefix != other.prefix) continue;
      root.check(one.lease == other.lease && one.protocol == other.protocol, "service",
                 "services of prefix " + one.prefix->to_string() + " must have one lease and one protocol");
    }
  }

  config.probe = read_probe(root.table("probe"), config.node);
  config.lease = read_lease(root.table("lease"), config.probe);
  config.bird = read_bird(root.table("bird"));
  config.exabgp = read_exabgp(root.table("exabgp"));
  Section frr = root.table("frr");
  frr.path("socket", config.frr.socket)
      .check(fits_socket(config.frr.socket), "socket", "is too long for a socket");
  (void)frr.error();
  config.command = read_command(root.table("command"));

  Section doord = root.table("doord");
  doord.path("socket", config.doord.socket)
      .duration("interval", config.doord.interval, milliseconds(50), milliseconds(60'000))
      .duration("beat_limit", config.doord.beat_limit, milliseconds(100), milliseconds(60'000));
  (void)doord.error();
  Section doorsync = root.table("doorsync");
  doorsync.path("socket", config.doorsync.socket);
  (void)doorsync.error();
  Section drain = root.table("drain");
  drain.duration("min_wait", config.drain.min_wait, milliseconds(0), milliseconds(600'000))
      .duration("max_wait", config.drain.max_wait, milliseconds(0), milliseconds(3'600'000))
      .number("rate_share", config.drain.rate_share, {0, 100})
      .number("rate_limit", config.drain.rate_limit, {0, 100'000'000});
  (void)drain.error();
  Section hold_down = root.table("hold_down");
  hold_down.duration("first", config.hold_down.first, milliseconds(0), milliseconds(3'600'000))
      .duration("most", config.hold_down.most, milliseconds(0), milliseconds(86'400'000))
      .check(config.hold_down.first <= config.hold_down.most, "most", "must not be shorter than `first`")
      .duration("forget", config.hold_down.forget, milliseconds(1000), milliseconds(86'400'000));
  (void)hold_down.error();
  Section control = root.table("control");
  control.path("socket", config.control.socket).path("state", config.control.state);
  (void)control.error();
  if (auto settings = log::read_settings(root.table("log")))
    config.log = *settings;
  else
    root.fail(settings.error());
  return root.finish(std::move(config));
}

Keeper::Settings KeeperConfig::keeper() const {
  Keeper::Settings settings;
  for (std::size_t i = 0; i < services.size(); ++i) {
    settings.services.push_back(services[i].address.to_string());
    const bool announced = services[i].prefix.has_value();
    const std::string name = announced ? services[i].prefix->to_string() : services[i].address.to_string();
    const auto found = std::ranges::find(settings.prefixes, name, &Keeper::Prefix::prefix);
    if (found != settings.prefixes.end()) {
      found->services.push_back(i);
    } else {
      settings.prefixes.push_back({name, services[i].protocol, {i}, announced});
    }
  }
  for (const Name& zone : probe.zones) settings.zones.push_back(zone.to_string());
  settings.door = {probe.limits, lease.seconds, hold_down};
  settings.drain = drain;
  settings.has_leases = !lease.up.empty();
  settings.has_drain_lane = settings.has_leases && !lease.drain.empty();
  settings.has_far_lane = settings.has_leases && !lease.far.empty();
  settings.lanes_overlap = frr.socket.empty();
  settings.beat_limit = doord.beat_limit;
  settings.latency_limit = probe.latency;
  return settings;
}

std::vector<IpPrefix> KeeperConfig::leases() const {
  std::vector<IpPrefix> leases;
  for (const Keeper::Prefix& prefix : keeper().prefixes)
    leases.push_back(services[prefix.services.front()].lease);
  return leases;
}

}  // namespace doors
