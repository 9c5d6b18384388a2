#include "server/config.h"

#include <array>
#include <optional>

#include <unistd.h>

#include "server/transfer/access_config.h"

namespace doors {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

/// Takes a nested reader's value, or notes its error as the file's.
template <class T>
void take(Section& file, T& value, ConfigResult<T> read) {
  if (read)
    value = *std::move(read);
  else
    file.fail(read.error());
}

}  // namespace

ConfigResult<DoordConfig> read_doord_config(const std::filesystem::path& path) {
  auto file = read_config(path);
  if (!file) return Unexpected(file.error());
  DoordConfig config;
  config.node = host_name();

  Section node = file->table("node");
  node.string("pop", config.pop).string("name", config.node);
  if (auto wrong = node.error()) file->fail(*std::move(wrong));
  const std::string nsid = config.pop.empty() ? config.node : config.node + "." + config.pop;

  take(*file, config.identity, read_identity(file->table("identity"), nsid));
  take(*file, config.cookies, read_cookies(file->table("cookies")));
  take(*file, config.report_agent, read_report(file->table("report")));
  take(*file, config.udp, read_udp(file->table("udp")));
  take(*file, config.tcp, read_tcp(file->table("tcp")));
  take(*file, config.xdp, read_xdp(file->table("xdp")));
  if (config.tcp.listen_as_udp) config.tcp.listen = config.udp.listen;

  Section zones = file->table("zones");
  zones.path("images", config.images);
  if (auto wrong = zones.error()) file->fail(*std::move(wrong));
  Access access = read_access(*file);
  access.change_logs = config.images;
  config.access = std::make_shared<const Access>(std::move(access));
  Section control = file->table("control");
  control.path("socket", config.control_socket);
  if (auto wrong = control.error()) file->fail(*std::move(wrong));
  take(*file, config.log, log::read_settings(file->table("log")));
  return file->finish(std::move(config));
}

}  // namespace doors
