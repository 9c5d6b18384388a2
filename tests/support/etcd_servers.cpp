#include "tests/support/etcd_servers.h"

#include <cerrno>
#include <csignal>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it so

namespace doors::test {
namespace {

/// A port of loopback that was free a moment ago.
std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

std::string url(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }
std::string name(std::size_t member) { return "m" + std::to_string(member); }

}  // namespace

EtcdServers::EtcdServers(const std::filesystem::path& directory, std::size_t members)
    : directory_(directory), members_(members) {
  std::filesystem::create_directories(directory_);
  for (Member& member : members_) member = {free_port(), free_port(), 0};
  for (std::size_t i = 0; i < members_.size(); ++i) start(i);
}

EtcdServers::~EtcdServers() {
  for (std::size_t i = 0; i < members_.size(); ++i) kill(i);
}

std::vector<std::string> EtcdServers::endpoints() const {
  std::vector<std::string> all;
  for (const Member& member : members_) all.push_back("127.0.0.1:" + std::to_string(member.client_port));
  return all;
}

void EtcdServers::start(std::size_t index) {
  Member& member = members_[index];
  std::string cluster;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    cluster += (i > 0 ? "," : "") + name(i) + "=" + url(members_[i].peer_port);
  }
  std::vector<std::string> arguments{"etcd",
                                     "--name",
                                     name(index),
                                     "--data-dir",
                                     directory_ / name(index),
                                     "--listen-client-urls",
                                     url(member.client_port),
                                     "--advertise-client-urls",
                                     url(member.client_port),
                                     "--listen-peer-urls",
                                     url(member.peer_port),
                                     "--initial-advertise-peer-urls",
                                     url(member.peer_port),
                                     "--initial-cluster",
                                     cluster};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  const std::string log = directory_ / (name(index) + ".log");
  ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int failed = ::posix_spawnp(&member.process, "etcd", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  REQUIRE_MESSAGE(failed == 0, "etcd cannot be started: is etcd-server installed?");
}

void EtcdServers::kill(std::size_t index) {
  Member& member = members_[index];
  if (member.process <= 0) return;
  ::kill(member.process, SIGKILL);
  while (::waitpid(member.process, nullptr, 0) < 0 && errno == EINTR) {
  }
  member.process = 0;
}

}  // namespace doors::test
