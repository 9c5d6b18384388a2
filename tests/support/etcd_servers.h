#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace doors::test {

/// etcd of our own on loopback: as many members as wanted, in a directory of theirs, ended with this object.
class EtcdServers {
 public:
  /// Starts them; they may not be ready yet. Ends the test if the program is not there.
  EtcdServers(const std::filesystem::path& directory, std::size_t members);
  ~EtcdServers();
  EtcdServers(const EtcdServers&) = delete;
  EtcdServers& operator=(const EtcdServers&) = delete;

  /// HOST:PORT of each.
  [[nodiscard]] std::vector<std::string> endpoints() const;
  /// SIGKILL, and waits for its end.
  void kill(std::size_t member);
  /// Starts a killed one again, with what it has on disk.
  void start(std::size_t member);

 private:
  struct Member {
    std::uint16_t client_port = 0;
    std::uint16_t peer_port = 0;
    pid_t process = 0;
  };
  std::filesystem::path directory_;
  std::vector<Member> members_;
};

}  // namespace doors::test
