#include "sync/ctl/init_plan.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "sync/ctl/endpoint.h"
#include "sync/ctl/toml_text.h"

namespace doors::ctl {
namespace {

constexpr std::size_t max_socket_path_octets = 107;  // sun_path without its NUL

std::string path(const std::filesystem::path& path) { return toml_string(path.native()); }

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::string node_table(const InitOptions& options) {
  return "[node]\n"
         "pop = " +
         toml_string(options.pop) +
         "      # the point of presence: on every log line, receipt and NSID\n"
         "name = " +
         toml_string(options.node) + "   # this machine in it\n\n";
}

std::string log_table() {
  return "[log]\n"
         "level = \"info\"    # debug, info, warn, error\n"
         "format = \"text\"   # text: key=value; json: one object a line\n";
}

std::string doord_config(const InitOptions& options, const Layout& layout) {
  return "# doord: answers DNS from zone images. Every key may be left out; SIGHUP reads this file "
         "again.\n\n" +
         node_table(options) +
         "# What a client is told that asks who answers: NSID (RFC 5001) and CH TXT (RFC 4892). nsid is "
         "NAME.POP\n"
         "# unless set here; the others are refused while empty.\n"
         "[identity]\n"
         "id_server = " +
         toml_string(options.node + "." + options.pop) +
         "\n"
         "hostname_bind = " +
         toml_string(options.node + "." + options.pop) +
         "\n\n"
         "[udp]\n"
         "listen = " +
         toml_strings(options.listen) +
         "\n"
         "workers = 0          # threads; 0: one per CPU\n"
         "max_payload = 1232   # octets of a response, 512..4096\n\n"
         "[tcp]                # listens where UDP does, unless it has a listen of its own\n"
         "message_timeout = \"2s\"\n"
         "idle_timeout = \"10s\"\n\n"
         "[zones]\n"
         "images = " +
         path(layout.state / "images") +
         "   # mapped at the start; doorsync writes them\n\n"
         "[control]\n"
         "socket = " +
         path(layout.run / "doord.sock") + "\n\n" + log_table();
}

std::string doorsync_config(const InitOptions& options, const Layout& layout, const std::string& publisher) {
  return "# doorsync: takes signed zone versions in, keeps them, and hands them to doord.\n\n" +
         node_table(options) +
         "[store]\n"
         "kind = \"embedded\"   # LMDB on this machine\n"
         "path = " +
         path(layout.state / "store") +
         "\n\n"
         "[journal]\n"
         "path = " +
         path(layout.state / "journal") +
         "\n\n"
         "[images]\n"
         "path = " +
         path(layout.state / "images") +
         "\n\n"
         "[doord]\n"
         "socket = " +
         path(layout.run / "doord.sock") +
         "\n\n"
         "# Asked for the SOA after each change: what a receipt stands for.\n"
         "[service]\n"
         "addresses = " +
         toml_strings(options.listen) +
         "\n\n"
         "# Who may publish which zones: \"*\" all, \"example.\" that one, \"*.example.\" all below it. One "
         "table per key.\n"
         "[[publisher]]\n"
         "key = " +
         toml_string(publisher) +
         "\n"
         "zones = [\"*\"]\n\n"
         "[control]\n"
         "socket = " +
         path(layout.run / "doorsync.sock") + "\n\n" + log_table();
}

/// A service address as doorkeeper.toml wants it, with the smallest prefix that the Internet takes (/24,
/// /48).
struct Service {
  std::string address;  ///< ADDR:PORT
  std::string prefix;
  std::string lease;  ///< an address inside the prefix that no service has
};

/// Text of an address, a length behind it.
std::string with_length(int family, const std::array<unsigned char, 16>& octets, int length) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, octets.data(), text.data(), text.size());
  return std::string(text.data()) + "/" + std::to_string(length);
}

/// `listen` was checked.
Service service_of(const std::string& listen, const std::vector<std::string>& all) {
  const auto octets_of_address = [](const std::string& text, int& family) {
    std::array<unsigned char, 16> octets{};
    std::string address = text.substr(0, text.rfind(':'));
    family = address.front() == '[' ? AF_INET6 : AF_INET;
    if (family == AF_INET6) address = address.substr(1, address.find_first_of("%]") - 1);
    ::inet_pton(family, address.c_str(), octets.data());
    return octets;
  };
  int family = AF_INET;
  std::array<unsigned char, 16> octets = octets_of_address(listen, family);
  const int length = family == AF_INET6 ? 48 : 24;
  const std::size_t last = family == AF_INET6 ? 15 : 3;
  std::fill(octets.begin() + length / 8, octets.end(), static_cast<unsigned char>(0));
  Service service{.address = listen, .prefix = with_length(family, octets, length), .lease = {}};
  const auto is_taken = [&](const std::string& other) {
    int its_family = AF_INET;
    return octets_of_address(other, its_family) == octets && its_family == family;
  };
  do {
    ++octets[last];
  } while (std::any_of(all.begin(), all.end(), is_taken));
  service.lease = with_length(family, octets, length);
  return service;
}

std::string doorkeeper_config(const InitOptions& options, const Layout& layout) {
  std::string services;
  for (const std::string& listen : options.listen) {
    const Service service = service_of(listen, options.listen);
    services +=
        "[[service]]\n"
        "address = " +
        toml_string(service.address) +
        "   # sits on lo for ever\n"
        "prefix = " +
        toml_string(service.prefix) +
        "   # announced while the address answers\n"
        "lease = " +
        toml_string(service.lease) + "    # held on the lease interface for as long\n\n";
  }
  return "# doorkeeper: announces this PoP's prefixes while it answers, and only then.\n\n" +
         node_table(options) +
         "# One table per service address; nothing is announced before [lease] up names an interface.\n" +
         services +
         "[probe]\n"
         "zone = \".\"          # asked for in turn over UDP and TCP\n"
         "type = \"SOA\"\n"
         "interval = \"250ms\"\n"
         "timeout = \"200ms\"\n"
         "rise = 3             # good probes until up\n"
         "fall = 3             # bad probes until down\n\n"
         "# The kernel takes the lease address away by itself if nobody renews it.\n"
         "[lease]\n"
         "seconds = 3\n"
         "up = \"\"              # interface of a healthy PoP, such as \"door-up\"; \"\": no lease, health "
         "only\n"
         "drain = \"\"           # interface of a draining one, such as \"door-drain\"\n\n"
         "[bird]\n"
         "socket = \"\"          # BIRD's control socket, such as /run/bird/bird.ctl; \"\": none\n"
         "# protocols = [\"door4\", \"door6\"]\n\n"
         "[doord]\n"
         "socket = " +
         path(layout.run / "doord.sock") +
         "\n\n"
         "[doorsync]\n"
         "socket = " +
         path(layout.run / "doorsync.sock") +
         "\n\n"
         "[drain]\n"
         "max_wait = \"30s\"     # the lease goes after this at the latest\n\n"
         "[control]\n"
         "socket = " +
         path(layout.run / "doorkeeper.sock") +
         "\n"
         "state = " +
         path(layout.state / "keeper") + "\n\n" + log_table();
}

std::string doorctl_config(const Layout& layout) {
  return "# doorctl: what an operator runs.\n\n"
         "[publisher]\n"
         "key = " +
         path(layout.publisher_key()) +
         "   # private; its public half stands in doorsync.toml\n\n"
         "[control]\n"
         "doord = " +
         path(layout.run / "doord.sock") +
         "\n"
         "doorsync = " +
         path(layout.run / "doorsync.sock") +
         "\n"
         "doorkeeper = " +
         path(layout.run / "doorkeeper.sock") +
         "\n\n"
         "[push]\n"
         "wait = \"60s\"         # for the receipts\n\n"
         "# What a failed check does: \"off\", \"warn\" or \"refuse\". Syntax always refuses; --force "
         "overrides for one push.\n"
         "[gates]\n"
         "zonemd = \"refuse\"\n"
         "signatures = \"refuse\"\n"
         "expired = \"refuse\"\n"
         "shrink = \"refuse\"    # over shrink_percent fewer records\n"
         "serial = \"refuse\"    # not higher than the one served\n"
         "shrink_percent = 20\n";
}

}  // namespace

Layout layout_of(const std::filesystem::path& directory) {
  if (directory.empty()) return {"/etc/doors", "/run/doors", "/var/lib/doors"};
  return {directory / "config", directory / "run", directory / "state"};
}

Outcome<InitPlan> plan_init(const InitOptions& options, const Layout& layout, const std::string& publisher) {
  for (const std::string* name : {&options.pop, &options.node}) {
    if (!is_plain_name(*name)) {
      return refused("\"" + *name +
                     "\" is no name for a PoP or a node: 1 to 63 letters, digits, dots, - and _");
    }
  }
  InitOptions full = options;
  if (full.listen.empty()) full.listen = {"127.0.0.1:53", "[::1]:53"};
  for (const std::string& listen : full.listen) {
    const Outcome<Endpoint> endpoint = Endpoint::parse(listen);
    if (!endpoint) return Unexpected(endpoint.error());
    if (endpoint->port() == 0)
      return refused("--listen " + listen + ": an installed PoP needs a port of its own");
  }
  const std::filesystem::path longest_socket = layout.run / "doorkeeper.sock";
  if (longest_socket.string().size() > max_socket_path_octets) {
    return refused(longest_socket.string() +
                   " is too long for a local socket (107 octets): choose a shorter --dir");
  }
  InitPlan plan;
  plan.directories = {{layout.config, 0755},          {layout.run, 0755},
                      {layout.state, 0755},           {layout.state / "images", 0755},
                      {layout.state / "store", 0700}, {layout.state / "journal", 0700},
                      {layout.state / "keeper", 0700}};
  plan.files = {{layout.config / "doord.toml", doord_config(full, layout), 0644},
                {layout.config / "doorsync.toml", doorsync_config(full, layout, publisher), 0644},
                {layout.config / "doorkeeper.toml", doorkeeper_config(full, layout), 0644},
                {layout.config / "doorctl.toml", doorctl_config(layout), 0644}};
  return plan;
}

}  // namespace doors::ctl
