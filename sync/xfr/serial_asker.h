#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "sync/xfr/job.h"
#include "zones/dns/name.h"
#include "zones/dns/rdata.h"

namespace boost::asio {
class io_context;
}

namespace doors::xfr {

/// Asks one primary for a zone's SOA over UDP: a socket of its own for each question, connected, so that the
/// kernel chooses a port by chance and takes datagrams from nobody else, and a random ID for each of three
/// tries; signed if there is a key. Other IDs are passed over. Whoever guesses port and ID of an
/// unsigned question can lie about the serial, and of a signed one can make us ask over TCP. The loop's
/// thread only.
class SerialAsker {
 public:
  /// The primary's SOA; nothing: no answer that says it. Why not, TCP tells better (refused, truncated,
  /// wrong key, nobody there).
  using Done = std::function<void(std::optional<SoaFields>)>;

  /// `done` is called once, from the loop, 3 s later at most; never from inside the constructor, nor after
  /// the destructor.
  SerialAsker(boost::asio::io_context& io, const Name& zone, const Primary& primary, Done done);
  SerialAsker(const SerialAsker&) = delete;
  SerialAsker& operator=(const SerialAsker&) = delete;
  ~SerialAsker();  // NOLINT(bugprone-exception-escape): as at its definition

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors::xfr
