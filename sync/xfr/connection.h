#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "sync/xfr/tls_client.h"
#include "zones/base/clock.h"
#include "zones/base/error.h"
#include "zones/base/file.h"
#include "zones/base/ip_address.h"
#include "zones/base/octets.h"

namespace doors::xfr {

/// A TCP connection to a primary, perhaps with TLS in it, with messages behind their length (RFC 1035
/// §4.2.2). It waits, but never longer than it is told to: for a process that does nothing else. One thread.
class Connection {
 public:
  [[nodiscard]] static Result<Connection> open(const ServiceAddress& address, Monotonic deadline);
  /// From now on it speaks TLS; the primary has proved who it is.
  [[nodiscard]] Result<void> secure(TlsClient tls, Monotonic deadline);

  [[nodiscard]] Result<void> send(Octets message, Monotonic deadline);
  /// The next whole message, borrowed until the next call. Error: it is not there by the deadline, or the
  /// primary has closed.
  [[nodiscard]] Result<Octets> receive(Monotonic deadline);

 private:
  explicit Connection(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  /// Octets read or written; nothing: not now. Reading gives 0 once the primary has closed.
  [[nodiscard]] Result<std::optional<std::size_t>> read(MutableOctets into);
  [[nodiscard]] Result<std::optional<std::size_t>> write(Octets octets);
  [[nodiscard]] Result<void> wait(short events, Monotonic deadline) const;
  UniqueFd fd_;
  std::optional<TlsClient> tls_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // in the buffer, of what was not given yet
};

}  // namespace doors::xfr
