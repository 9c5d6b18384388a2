#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "server/routes/announcer.h"
#include "zones/base/clock.h"
#include "zones/base/octets.h"

namespace doors {

/// What a process of ExaBGP says to it, and hears: one command a line out (`announce route …`, `withdraw
/// route …`), and for each in the same order one line in: `done` or `error`. Pure: time and octets are passed
/// in.
///
/// A change is said at once, what is announced again each second (ExaBGP sends no update for what it has sent
/// already), and after a refusal. The next is said once the one before was acknowledged; a change also goes
/// out, once and at once, while an acknowledgement is `late`, so that an ExaBGP set to give none
/// (exabgp.api.ack) hears of a withdrawal all the same.
class ExabgpDialogue {
 public:
  struct Settings {
    std::string next_hop4 = "self";
    std::string next_hop6 = "self";
    std::uint32_t origin_as = 0;  ///< what `far` puts in front of itself; 0: announced as usual instead
  };
  /// `prefixes`: "192.0.2.0/24"; nothing is wanted of them before want(), and they are then withdrawn first
  /// if so.
  ExabgpDialogue(Settings settings, const std::vector<std::string>& prefixes);

  /// How the prefix is to be announced from now on.
  void want(std::size_t prefix, Lane lane);
  /// The next line to write, with its end; nothing while there is none. Call again until then.
  [[nodiscard]] std::optional<std::string> next(Monotonic now);
  /// What ExaBGP said, in any pieces. False: too much, or what nobody asked for; then this dialogue is over.
  [[nodiscard]] bool hear(Octets octets, Monotonic now);

  /// What ExaBGP has acknowledged last of the prefix; nothing: not yet anything.
  [[nodiscard]] std::optional<Lane> acknowledged(std::size_t prefix) const {
    return routes_[prefix].acknowledged;
  }
  /// Since when an acknowledgement is awaited; nothing: none is.
  [[nodiscard]] std::optional<Monotonic> waits_since() const;
  /// The last refusal: the command; empty when the last one was done.
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

 private:
  struct Route {
    std::string prefix;
    std::optional<Lane> wanted;
    std::optional<Lane> said;  ///< last; nothing: what ExaBGP has of it is not known
    std::optional<Lane> acknowledged;
    Monotonic again{};  ///< when it is to be said again
  };
  struct Said {
    std::size_t route;
    Lane lane;
    std::string command;
    Monotonic at;
  };
  [[nodiscard]] std::string command(const Route& route, Lane lane) const;
  [[nodiscard]] bool take_line(Monotonic now);

  Settings settings_;
  std::vector<Route> routes_;
  std::deque<Said> unanswered_;  ///< oldest first
  std::string line_;             ///< what has come of a line
  std::string refusal_;
};

}  // namespace doors
