#include "sync/ctl/init_plan.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "sync/ctl/endpoint.h"
#include "sync/ctl/init_texts.h"
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

/// `address` was checked.
Service service_of(const std::string& address, const std::vector<std::string>& all) {
  const auto octets_of_address = [](const std::string& text, int& family) {
    std::array<unsigned char, 16> octets{};
    std::string host = text.substr(0, text.rfind(':'));
    family = host.front() == '[' ? AF_INET6 : AF_INET;
    if (family == AF_INET6) host = host.substr(1, host.find_first_of("%]") - 1);
    ::inet_pton(family, host.c_str(), octets.data());
    return octets;
  };
  int family = AF_INET;
  std::array<unsigned char, 16> octets = octets_of_address(address, family);
  const int length = family == AF_INET6 ? 48 : 24;
  const std::size_t last = family == AF_INET6 ? 15 : 3;
  std::fill(octets.begin() + length / 8, octets.end(), static_cast<unsigned char>(0));
  Service service{.address = address, .prefix = with_length(family, octets, length), .lease = {}};
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

std::string tables_of(const std::vector<std::string>& services) {
  std::string tables;
  for (const std::string& address : services) {
    const Service service = service_of(address, services);
    tables += fill_in(service_text, {{"ADDRESS", toml_string(service.address)},
                                     {"PREFIX", toml_string(service.prefix)},
                                     {"LEASE", toml_string(service.lease)}});
  }
  return tables;
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
  std::vector<std::string> services;  // what a client on this machine asks: no unspecified address
  for (const std::string& listen : full.listen) {
    const Outcome<Endpoint> endpoint = Endpoint::parse(listen);
    if (!endpoint) return Unexpected(endpoint.error());
    if (endpoint->port() == 0) {
      return refused("--listen " + listen + ": an installed PoP needs a port of its own");
    }
    const std::string service = endpoint->reachable().to_string();
    if (std::find(services.begin(), services.end(), service) != services.end()) {
      return refused("--listen " + listen + " comes twice");
    }
    services.push_back(service);
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
  const std::vector<std::pair<std::string_view, std::string>> values{
      {"POP", toml_string(full.pop)},
      {"NODE", toml_string(full.node)},
      {"IDENTITY", toml_string(full.node + "." + full.pop)},
      {"LISTEN", toml_strings(full.listen)},
      {"ADDRESSES", toml_strings(services)},
      {"SERVICES", tables_of(services)},
      {"PUBLISHER", toml_string(publisher)},
      {"KEY", path(layout.publisher_key())},
      {"STORE", path(layout.state / "store")},
      {"JOURNAL", path(layout.state / "journal")},
      {"IMAGES", path(layout.state / "images")},
      {"KEEPER", path(layout.state / "keeper")},
      {"DOORD", path(layout.run / "doord.sock")},
      {"DOORSYNC", path(layout.run / "doorsync.sock")},
      {"DOORKEEPER", path(layout.run / "doorkeeper.sock")}};
  for (const auto& [name, text] :
       {std::pair{"doord.toml", doord_text}, std::pair{"doorsync.toml", doorsync_text},
        std::pair{"doorkeeper.toml", doorkeeper_text}, std::pair{"doorctl.toml", doorctl_text}}) {
    plan.files.push_back({layout.config / name, fill_in(text, values), 0644});
  }
  return plan;
}

}  // namespace doors::ctl
