#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "sync/xfr/tls_profile.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"

namespace doors::xfr {

/// The client's side of TLS on a socket that never blocks, for transfers (RFC 9103): version 1.3, ALPN "dot",
/// the certificate checked as the profile says. Every call either gets somewhere, or says for which event of
/// poll() it waits. One thread.
class TlsClient {
 public:
  /// Reads all the files it will ever need. Error: one is not there or no use.
  [[nodiscard]] static Result<TlsClient> make(const TlsProfile& profile);
  TlsClient(TlsClient&&) noexcept;
  TlsClient& operator=(TlsClient&&) noexcept;
  ~TlsClient();

  /// From now on it speaks over this socket, which outlives it.
  [[nodiscard]] Result<void> attach(int socket);
  /// True once the primary has proved who it is. Error: it has not, or will not.
  [[nodiscard]] Result<bool> shake_hands();
  /// Octets read or written; nothing: wait. Reading gives 0 once the primary has closed.
  [[nodiscard]] Result<std::optional<std::size_t>> read(MutableOctets into);
  [[nodiscard]] Result<std::optional<std::size_t>> write(Octets octets);
  /// POLLIN or POLLOUT: what the last call that got nowhere waits for.
  [[nodiscard]] short wanted() const noexcept { return wanted_; }

 private:
  struct State;
  explicit TlsClient(std::unique_ptr<State> state) noexcept;
  [[nodiscard]] Result<std::optional<std::size_t>> got_nowhere(int result);
  std::unique_ptr<State> state_;
  short wanted_ = 0;
};

}  // namespace doors::xfr
