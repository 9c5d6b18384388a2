#include "tests/differential/peer.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/differential/exchange.h"

namespace doors::test {

namespace {

using namespace std::chrono_literals;

std::string nsd_config(const std::string& directory, std::uint16_t port, const std::vector<PeerZone>& zones) {
  std::ostringstream text;
  text << "server:\n"
       << "  ip-address: 127.0.0.1@" << port << "\n"
       << "  username: \"\"\n  chroot: \"\"\n  database: \"\"\n"
       << "  zonesdir: \"" << directory << "\"\n  xfrdir: \"" << directory << "\"\n"
       << "  pidfile: \"" << directory << "/pid\"\n  xfrdfile: \"" << directory << "/xfrd\"\n"
       << "  zonelistfile: \"" << directory << "/zones\"\n"
       << "  server-count: 1\n  rrl-ratelimit: 0\n  refuse-any: no\n  ipv4-edns-size: 1232\n"
       << "  tcp-timeout: 60\n  verbosity: 1\n"
       << "remote-control:\n  control-enable: no\n";
  for (const PeerZone& zone : zones) {
    text << "zone:\n  name: \"" << zone.origin.to_string() << "\"\n  zonefile: \"" << zone.file << "\"\n";
  }
  return text.str();
}

std::string knot_config(const std::string& directory, std::uint16_t port,
                        const std::vector<PeerZone>& zones) {
  std::ostringstream text;
  text << "server:\n"
       << "  rundir: \"" << directory << "\"\n  listen: 127.0.0.1@" << port << "\n"
       << "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
       << "  udp-max-payload: 1232\n  tcp-idle-timeout: 60\n"
       << "log:\n  - target: stderr\n    any: warning\n"
       << "database:\n  storage: \"" << directory << "\"\n"
       << "template:\n  - id: default\n    zonefile-load: whole\n    zonefile-sync: -1\n"
       << "    journal-content: none\n"
       << "zone:\n";
  for (const PeerZone& zone : zones) {
    text << "  - domain: \"" << zone.origin.to_string() << "\"\n    file: \"" << zone.file << "\"\n";
  }
  return text.str();
}

std::string bind_config(const std::string& directory, std::uint16_t port,
                        const std::vector<PeerZone>& zones) {
  std::ostringstream text;
  text << "options {\n"
       << "  directory \"" << directory << "\"; pid-file none; session-keyfile none; lock-file none;\n"
       << "  listen-on port " << port << " { 127.0.0.1; }; listen-on-v6 { none; };\n"
       << "  recursion no; dnssec-validation no; notify no; empty-zones-enable no; answer-cookie no;\n"
       << "  minimal-responses no; minimal-any no; zero-no-soa-ttl no; rrset-order { order none; };\n"
       << "  max-udp-size 1232; edns-udp-size 1232; nocookie-udp-size 1232;\n"
       << "  check-names primary ignore; check-names secondary ignore; check-integrity no;\n"
       << "  check-mx ignore; check-mx-cname ignore; check-srv-cname ignore; check-dup-records ignore;\n"
       << "  check-wildcard no; check-sibling no; check-spf ignore;\n"
       << "  tcp-idle-timeout 600; tcp-clients 100; max-records-per-type 0; max-types-per-name 0;\n"
       << "};\ncontrols { };\n"
       << "logging { channel all { stderr; severity warning; }; category default { all; }; };\n";
  for (const PeerZone& zone : zones) {
    text << "zone \"" << zone.origin.to_string() << "\" { type primary; file \"" << zone.file << "\"; };\n";
  }
  return text.str();
}

[[noreturn]] void become(const char* program, const std::vector<std::string>& arguments,
                         const std::string& log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = open("/dev/null", O_RDWR);
  const int to_log = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(null, 0);
  dup2(to_log, 1);
  dup2(to_log, 2);
  std::vector<char*> words{const_cast<char*>(program)};
  for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  execv(program, words.data());
  _exit(127);
}

}  // namespace

const std::vector<PeerKind>& peer_kinds() {
  static const std::vector<PeerKind> kinds{
      {"NSD", "/usr/sbin/nsd", {"-d", "-c"}, nsd_config},
      {"Knot", "/usr/sbin/knotd", {"-c"}, knot_config},
      {"BIND", "/usr/sbin/named", {"-4", "-f", "-n", "1", "-c"}, bind_config},
  };
  return kinds;
}

Peer::Peer(const PeerKind& kind, const std::vector<PeerZone>& zones) : kind_(kind), port_(free_port()) {
  const std::string directory = directory_.path().string();
  const std::string config = directory + "/config";
  std::ofstream(config) << kind.config(directory, port_, zones);
  std::vector<std::string> arguments = kind.arguments;
  arguments.push_back(config);
  const std::string log = directory + "/log";
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("cannot fork");
  if (child_ == 0) become(kind.program, arguments, log);
}

Peer::~Peer() {
  if (!runs()) return;
  kill(child_, SIGTERM);
  for (int i = 0; i < 100; ++i) {
    if (!runs()) return;
    std::this_thread::sleep_for(20ms);
  }
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

bool Peer::runs() {
  if (child_ > 0 && waitpid(child_, nullptr, WNOHANG) == child_) child_ = -1;
  return child_ > 0;
}

std::string Peer::log() const {
  constexpr std::size_t most = 2000;
  std::ifstream file(directory_ / "log");
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return text.size() <= most ? text : text.substr(text.size() - most);
}

}  // namespace doors::test
