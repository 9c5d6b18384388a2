#pragma once

#include <memory>
#include <vector>

#include "server/transport/endpoint.h"
#include "server/xdp/settings.h"
#include "zones/base/error.h"

namespace doors {

/// The program at an interface that takes queries off its queues, and the kernel's maps it looks into. It is
/// tied to this process: gone with it, and everything is the kernel's again. The control thread only.
class XdpProgram {
 public:
  /// Loads it and puts it at the interface. `name` is for messages. Error: what stands in the way, and the
  /// remedy where there is a known one.
  [[nodiscard]] static Result<std::unique_ptr<XdpProgram>> attach(unsigned interface_index,
                                                                  const std::string& name,
                                                                  XdpSettings::Mode mode);
  XdpProgram(const XdpProgram&) = delete;
  XdpProgram& operator=(const XdpProgram&) = delete;
  /// Takes it off.
  ~XdpProgram();

  /// It runs in the driver.
  [[nodiscard]] bool native() const noexcept;
  /// The addresses whose queries it takes from now on. What is new is added before what is gone is removed.
  [[nodiscard]] Result<void> set_addresses(const std::vector<Endpoint>& addresses);
  /// Gives that queue's queries to the AF_XDP socket from now on.
  [[nodiscard]] Result<void> set_socket(std::uint32_t queue, int socket);
  /// Leaves that queue's queries to the kernel from now on.
  void remove_socket(std::uint32_t queue) noexcept;

 private:
  class Impl;
  explicit XdpProgram(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
