#include "server/routes/exabgp_dialogue.h"

#include <chrono>
#include <utility>

namespace doors {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds late{2000};
constexpr milliseconds again_announced{1000};
constexpr milliseconds again_withdrawn{10'000};  // each of these is an update to the neighbours
constexpr milliseconds again_refused{1000};
constexpr std::size_t most_unanswered = 1000;
constexpr std::size_t longest_line = 64;
constexpr int prepended = 3;

}  // namespace

ExabgpDialogue::ExabgpDialogue(Settings settings, const std::vector<std::string>& prefixes)
    : settings_(std::move(settings)) {
  for (const std::string& prefix : prefixes) routes_.push_back(Route{prefix, {}, {}, {}, {}});
}

void ExabgpDialogue::want(std::size_t prefix, Lane lane) { routes_[prefix].wanted = lane; }

std::string ExabgpDialogue::command(const Route& route, Lane lane) const {
  const bool v6 = route.prefix.find(':') != std::string::npos;
  std::string text = lane == Lane::none ? "withdraw" : "announce";
  text += " route " + route.prefix + " next-hop " + (v6 ? settings_.next_hop6 : settings_.next_hop4);
  if (lane == Lane::far && settings_.origin_as != 0) {
    text += " as-path [";
    for (int i = 0; i <= prepended; ++i) text += " " + std::to_string(settings_.origin_as);
    text += " ]";
  }
  if (lane == Lane::drain) text += " community [ 65535:0 ]";
  return text;
}

std::optional<std::string> ExabgpDialogue::next(Monotonic now) {
  const bool waiting = !unanswered_.empty();
  const bool is_late = waiting && now >= unanswered_.front().at + late;
  if (waiting && !is_late) return std::nullopt;
  const auto say = [&](std::size_t index) {
    Route& route = routes_[index];
    route.said = *route.wanted;
    route.again = now + (*route.wanted == Lane::none ? again_withdrawn : again_announced);
    if (unanswered_.size() == most_unanswered) unanswered_.pop_front();
    unanswered_.push_back({index, *route.wanted, command(route, *route.wanted), now});
    return unanswered_.back().command + "\n";
  };
  // Withdrawals first, then other changes, then what is only said again.
  for (const bool withdrawals : {true, false}) {
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      const Route& route = routes_[i];
      if (route.wanted && route.wanted != route.said && (*route.wanted == Lane::none) == withdrawals)
        return say(i);
    }
  }
  if (waiting) return std::nullopt;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].wanted && now >= routes_[i].again) return say(i);
  }
  return std::nullopt;
}

bool ExabgpDialogue::hear(Octets octets, Monotonic now) {
  for (const std::byte octet : octets) {
    const char c = static_cast<char>(octet);
    if (c == '\n') {
      if (!take_line(now)) return false;
      line_.clear();
    } else if (line_.size() == longest_line) {
      return false;
    } else {
      line_ += c;
    }
  }
  return true;
}

bool ExabgpDialogue::take_line(Monotonic now) {
  const bool done = line_ == "done";
  if ((!done && line_ != "error") || unanswered_.empty()) return false;
  const Said said = std::move(unanswered_.front());
  unanswered_.pop_front();
  Route& route = routes_[said.route];
  if (done) {
    route.acknowledged = said.lane;
    refusal_.clear();
  } else {
    refusal_ = said.command;
    route.again = now + again_refused;
  }
  return true;
}

std::optional<Monotonic> ExabgpDialogue::waits_since() const {
  if (unanswered_.empty()) return std::nullopt;
  return unanswered_.front().at;
}

}  // namespace doors
