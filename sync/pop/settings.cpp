#include "sync/pop/settings.h"

#include "sync/pop/engine.h"

namespace doors {

namespace {

/// What `[store]` says of etcd. Said of the embedded store it is wrong, lest somebody believe in it.
void read_engine(Section& store, DoorsyncSettings& settings) {
  EtcdSettings& etcd = settings.store.etcd;
  using namespace std::chrono_literals;
  store.strings("endpoints", etcd.endpoints)
      .path("ca", etcd.ca)
      .path("certificate", etcd.certificate)
      .path("key", etcd.key)
      .string("prefix", etcd.prefix)
      .duration("timeout", etcd.timeout, 100ms, 60s)
      .duration("lease", settings.store.lease, 2s, 300s);
  if (settings.store.kind != "etcd") {
    store.check(etcd == EtcdSettings{} && settings.store.lease == DoorsyncSettings::Store{}.lease, "kind",
                "endpoints, ca, certificate, key, prefix, timeout and lease are for \"etcd\" alone");
    return;
  }
  store.check(engine_is_built_in(), "kind", "this doorsync was built without etcd (WITH_ETCD)");
  store.check(!etcd.endpoints.empty(), "endpoints", "must not be empty");
  for (const std::string& endpoint : etcd.endpoints) {
    store.check(endpoint.find(':') != std::string::npos && endpoint.find('/') == std::string::npos,
                "endpoints", "\"" + endpoint + "\" is not HOST:PORT");
  }
  store.check(etcd.certificate.empty() == etcd.key.empty(), "certificate", "certificate and key go together");
  store.check(etcd.certificate.empty() || !etcd.ca.empty(), "ca", "is needed with a certificate");
  store.check(!etcd.prefix.empty() && etcd.prefix.size() <= 64, "prefix", "1 to 64 octets are wanted");
}

}  // namespace

bool needs_restart(const DoorsyncSettings& now, const DoorsyncSettings& fresh) {
  return fresh.store.path != now.store.path || fresh.journal != now.journal || fresh.images != now.images ||
         fresh.doord_socket != now.doord_socket || fresh.control_socket != now.control_socket ||
         fresh.store.history != now.store.history || fresh.store.map_gib != now.store.map_gib ||
         fresh.store.kind != now.store.kind || fresh.store.etcd.prefix != now.store.etcd.prefix ||
         fresh.store.lease != now.store.lease || fresh.node.hub != now.node.hub ||
         fresh.node.pop != now.node.pop || fresh.node.name != now.node.name ||
         fresh.node.delay != now.node.delay || fresh.node.groups != now.node.groups ||
         fresh.node.labels != now.node.labels || fresh.blobs != now.blobs;
}

ConfigResult<DoorsyncSettings> read_doorsync_settings(Section root) {
  DoorsyncSettings settings;
  Section node = root.table("node");
  node.string("pop", settings.node.pop)
      .string("name", settings.node.name)
      .strings("groups", settings.node.groups)
      .strings("labels", settings.node.labels)
      .boolean("hub", settings.node.hub)
      .duration("delay", settings.node.delay, std::chrono::milliseconds(0), std::chrono::hours(720));
  // What they are called stands in selectors (sync/fleet/selector.h) and in keys of the store.
  const auto is_word = [](const std::string& text) {
    return !text.empty() && text.size() <= 64 && text.find_first_of(" +/") == std::string::npos;
  };
  node.check(is_word(settings.node.pop), "pop", "1 to 64 octets without blank, + and / are wanted");
  node.check(is_word(settings.node.name), "name", "1 to 64 octets without blank, + and / are wanted");
  for (const std::string& group : settings.node.groups)
    node.check(is_word(group), "groups", "\"" + group + "\" has a blank, + or /, or is empty or too long");
  for (const std::string& label : settings.node.labels) {
    node.check(is_word(label) && label.find('=') != std::string::npos, "labels",
               "\"" + label + "\" is not KEY=VALUE without blank, + and /");
  }
  node.check(settings.node.groups.size() <= 16 && settings.node.labels.size() <= 16, "groups",
             "at most 16 groups and 16 labels");
  Section store = root.table("store");
  store.one_of("kind", settings.store.kind, {"embedded", "etcd"})
      .path("path", settings.store.path)
      .number("history", settings.store.history, {10, 10'000})
      .number("map_gib", settings.store.map_gib, {1, 4096});
  read_engine(store, settings);
  node.check(!settings.node.hub || settings.store.kind == "etcd", "hub",
             "needs [store] kind = \"etcd\", through which the others are seen");
  Section blobs = root.table("blobs");
  settings.blobs = read_remote_blob_settings(blobs);
  Section journal = root.table("journal");
  journal.path("path", settings.journal);
  Section images = root.table("images");
  images.path("path", settings.images);
  Section doord = root.table("doord");
  doord.path("socket", settings.doord_socket);
  Section control = root.table("control");
  control.path("socket", settings.control_socket);
  Section service = root.table("service");
  std::vector<std::string> addresses{"127.0.0.1:53"};
  service.strings("addresses", addresses);
  for (const std::string& text : addresses) {
    auto address = ServiceAddress::parse(text);
    service.check(address.has_value(), "addresses", address ? "" : address.error().message);
    if (address) settings.service_addresses.push_back(*address);
  }
  for (Section& section :
       std::vector<Section>{node, store, blobs, journal, images, doord, control, service}) {
    if (auto error = section.error()) return Unexpected(*std::move(error));
  }
  for (const Section& section : root.tables("publisher")) {
    auto publisher = read_publisher(section);
    if (!publisher) return Unexpected(std::move(publisher).error());
    settings.publishers.push_back(*std::move(publisher));
  }
  settings.transfers = xfr::read_settings(root);
  const auto log_settings = log::read_settings(root.table("log"));
  if (!log_settings) return Unexpected(log_settings.error());
  settings.log = *log_settings;
  return root.finish(std::move(settings));
}

}  // namespace doors
