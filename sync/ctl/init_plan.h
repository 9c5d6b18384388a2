#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sync/ctl/outcome.h"

namespace doors::ctl {

/// What `init` is asked to make.
struct InitOptions {
  std::filesystem::path
      directory;  ///< everything goes below it; empty: /etc/doors, /var/lib/doors, /run/doors
  std::string pop = "pop1";
  std::string node;                 ///< empty: the host's name
  std::vector<std::string> listen;  ///< ADDR:PORT; empty: 127.0.0.1:53 and [::1]:53
  bool force = false;               ///< replace configs that are there; never a key
  bool json = false;
};

/// Where the parts of one installation lie.
struct Layout {
  std::filesystem::path config, run, state;
  [[nodiscard]] std::filesystem::path publisher_key() const { return config / "publisher.key"; }
};
/// `directory` must be absolute or empty. Pure.
[[nodiscard]] Layout layout_of(const std::filesystem::path& directory);

/// One file that `init` writes.
struct PlannedFile {
  std::filesystem::path path;
  std::string text;
  unsigned mode = 0644;
};
struct PlannedDirectory {
  std::filesystem::path path;
  unsigned mode = 0755;
};
struct InitPlan {
  std::vector<PlannedDirectory> directories;  ///< parents first
  std::vector<PlannedFile> files;
};

/// The directories and the four commented configs. `publisher` is the public key in base64. Errors: a name
/// that no config can hold, an address that is none, a socket path over 107 octets (sockaddr_un). Pure.
[[nodiscard]] Outcome<InitPlan> plan_init(const InitOptions& options, const Layout& layout,
                                          const std::string& publisher);

}  // namespace doors::ctl
