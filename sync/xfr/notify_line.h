#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "zones/base/clock.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/tsig/key.h"

namespace doors::xfr {

/// What one secondary is still to be told: NOTIFY (RFC 1996), zone by zone, each until it is answered well or
/// has been said often enough. Octets and time come in and octets go out: no socket, no clock. One thread.
///
///     add(zone) ─► waiting ─► told: 1 s, 2 s, 4 s … later again ─► NOERROR: done
///                  once each   at most `most_at_once`          └─► most_tries in vain: given up
///
/// A secondary that answered nothing during all tries for a zone is not there: the others that wait are given
/// up with it, as it asks by itself when it is back. So one burst of 100,000 zones costs a dead secondary few
/// datagrams.
class NotifyLine {
 public:
  static constexpr std::size_t most_at_once = 64;
  static constexpr unsigned most_tries = 6;
  static constexpr std::chrono::seconds first_pause{1};
  using Zone = std::shared_ptr<const Name>;  ///< shared by the lines of all secondaries
  /// `random_id` gives message ids that nobody can guess.
  NotifyLine(std::optional<TsigKey> key, std::function<std::uint16_t()> random_id);
  NotifyLine(const NotifyLine&) = delete;
  NotifyLine& operator=(const NotifyLine&) = delete;

  /// The zone has changed. One that it is being told of is told anew: it may have asked before the change.
  void add(const Zone& zone);
  /// The next message to send now; nothing: none is due.
  [[nodiscard]] std::optional<std::vector<std::byte>> next(Monotonic now, WallTime wall);
  /// When next() may have another one; Monotonic::max() if nobody is to be told anything.
  [[nodiscard]] Monotonic due(Monotonic now) const noexcept;
  /// A datagram from there, which may be anybody's. What answers nothing that was said is passed over.
  void receive(Octets datagram, WallTime wall);
  /// It could not be sent; another try comes in its time.
  void not_sent(std::string why) { problem_ = std::move(why); }

  struct Counts {
    std::uint64_t waiting = 0;   ///< zones that it is still to be told of
    std::uint64_t sent = 0;      ///< messages
    std::uint64_t answered = 0;  ///< zones that it has answered well for
    std::uint64_t given_up = 0;  ///< zones it was told of in vain
  };
  [[nodiscard]] Counts counts() const noexcept;
  /// What is wrong, of the last zone that came to an end; empty: nothing.
  [[nodiscard]] const std::string& problem() const noexcept { return settled_problem_; }
  [[nodiscard]] bool empty() const noexcept { return waiting_.empty() && told_.empty(); }

 private:
  struct ByName {
    bool operator()(const Zone& a, const Zone& b) const noexcept { return *a < *b; }
  };
  /// A zone that it is being told of.
  struct Told {
    std::uint16_t id = 0;
    unsigned tries = 0;
    Monotonic next = Monotonic::min();
    WallTime said{};          // as the last message is signed
    std::uint64_t heard = 0;  // heard_ as the first was sent
  };
  using Telling = std::map<Zone, Told, ByName>;
  [[nodiscard]] std::uint16_t fresh_id();
  [[nodiscard]] std::optional<std::vector<std::byte>> say(const Zone& zone, Told& told, WallTime wall);
  /// Whether the datagram is signed as an answer to what was said; notes in problem_ why not.
  [[nodiscard]] bool is_proved(const Name& zone, const Told& told, Octets datagram, WallTime wall);
  void give_up(Telling::iterator at);

  std::optional<TsigKey> key_;
  std::function<std::uint16_t()> random_id_;
  std::set<Zone, ByName> waiting_;
  Telling told_;
  Counts counts_;
  std::uint64_t heard_ = 0;      // answers, well or not
  std::string problem_;          // of the latest answer or failure
  std::string settled_problem_;  // of what came to an end
};

}  // namespace doors::xfr
