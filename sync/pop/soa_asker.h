#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sync/pop/settings.h"
#include "zones/dns/name.h"
#include "zones/dns/serial.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Proves that a zone is served: asks its SOA over UDP at every service address, as a resolver would, until
/// each answers with authority and the wanted serial, or patience ends. Many zones at once, a bounded number
/// in flight. The loop's thread only; `done` is never called from inside ask().
class SoaAsker {
 public:
  struct Limits {
    std::chrono::milliseconds reply_timeout{250};  ///< until one question is asked again
    std::chrono::milliseconds retry_pause{50};     ///< after an answer that was not the wanted one
    std::chrono::milliseconds patience{3000};      ///< for one zone at one address, from its first question
    std::size_t in_flight = 256;                   ///< questions at once, per address; at most 30,000
  };
  /// `io` must outlive it. Without addresses everything counts as proved.
  SoaAsker(boost::asio::io_context& io, std::vector<ServiceAddress> addresses, const Limits& limits);
  SoaAsker(const SoaAsker&) = delete;
  SoaAsker& operator=(const SoaAsker&) = delete;
  /// Forgets what is open.
  ~SoaAsker();  // NOLINT(bugprone-exception-escape): as at its definition

  /// Where a zone stands in line.
  enum class Turn : std::uint8_t {
    next,  ///< before all that were asked already: a version that was just swapped in
    last,  ///< behind them: a zone that failed before, asked again
  };
  /// `done` gets "" once all addresses have answered, or why the first of them did not
  /// ("192.0.2.53:53 answers with serial 7").
  void ask(NameView zone, Serial serial, Turn turn, std::function<void(std::string)> done);
  /// Whether a zone is still open, or waits for its turn.
  [[nodiscard]] bool is_asking() const noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
