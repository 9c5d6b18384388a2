#include "server/health/door.h"

#include <algorithm>
#include <utility>

namespace doors {

std::string_view to_string(Door::Phase phase) noexcept {
  switch (phase) {
    case Door::Phase::starting:
      return "starting";
    case Door::Phase::closed:
      return "closed";
    case Door::Phase::held:
      return "held down";
    case Door::Phase::open:
      return "open";
  }
  return "?";
}

Door::Door(Settings settings, std::size_t services, Monotonic now, bool inherited)
    : settings_(settings),
      services_(services, Service{HealthState(settings.limits)}),
      hold_down_(settings.hold_down),
      since_(now),
      inherited_(inherited) {
  if (inherited) held_until_ = now + settings.lease;
}

void Door::enter(Monotonic now, Phase phase, std::string cause) {
  if (phase != phase_) since_ = now;
  phase_ = phase;
  cause_ = std::move(cause);
}

Door::Act Door::close(Monotonic now, std::string cause) {
  const bool was_open = phase_ == Phase::open;
  if (was_open) hold_down_.fell(now);
  for (Service& service : services_) service.proved = false;
  enter(now, Phase::closed, std::move(cause));
  const bool may_be_leased = was_open || inherited_;
  inherited_ = false;
  return may_be_leased ? Act::drop : Act::nothing;
}

bool Door::lapsed(Monotonic now) const noexcept {
  return phase_ == Phase::open && held_on_ != Lane::none && now >= held_until_ && lease_error_.empty();
}

Door::Act Door::probed(Monotonic now, std::size_t index, bool alive, const std::string& words) {
  if (const Act act = tick(now); act != Act::nothing) return act;
  if (hard_cause_) return Act::nothing;
  Service& service = services_[index];
  const auto changed = service.health.count(alive);
  service.proved = alive;
  if (!alive) {
    // Down is where a new state begins, so no verdict would ever tell that the very first probe failed.
    if (changed == Verdict::down || phase_ == Phase::starting) return close(now, words);
    if (phase_ == Phase::closed) cause_ = words;
    return Act::nothing;
  }
  return settle(now);
}

Door::Act Door::settle(Monotonic now) {
  const bool healthy = !hard_cause_ && std::ranges::all_of(services_, [](const Service& service) {
    return service.health.verdict() == Verdict::up;
  });
  if (!healthy) return Act::nothing;
  if (phase_ != Phase::open) {
    if (const auto left = hold_down_.left(now); left.count() > 0) {
      enter(now, Phase::held, "healthy, held down after a fall");
      return Act::nothing;
    }
    enter(now, Phase::open, "");
    inherited_ = false;
  }
  if (!std::ranges::all_of(services_, &Service::proved)) return Act::nothing;
  for (Service& service : services_) service.proved = false;
  return Act::renew;
}

Door::Act Door::set_hard_cause(Monotonic now, const std::optional<std::string>& cause) {
  const bool appeared = cause && !hard_cause_;
  hard_cause_ = cause;
  if (!cause) return Act::nothing;
  if (!appeared) {
    cause_ = *cause;
    return Act::nothing;
  }
  for (Service& service : services_) service.health.reset();
  return close(now, *cause);
}

Door::Act Door::tick(Monotonic now) {
  if (inherited_ && now >= held_until_) inherited_ = false;  // it has run out
  if (!lapsed(now)) return Act::nothing;
  for (Service& service : services_) service.health.reset();
  return close(now, "the lease ran out without a proof in time");
}

Door::Act Door::start_over(Monotonic now) {
  for (Service& service : services_) service = Service{HealthState(settings_.limits)};
  hold_down_.clear();
  enter(now, Phase::starting, "not proven yet");
  return Act::drop;
}

void Door::renewed(Monotonic now, Lane lane) {
  held_on_ = lane;
  held_until_ = now + settings_.lease;
  lease_error_.clear();
}

void Door::renewal_failed(std::string error) { lease_error_ = std::move(error); }

void Door::dropped() {
  held_on_ = Lane::none;
  inherited_ = false;
}

void Door::configure(Settings settings) {
  settings_ = settings;
  hold_down_.configure(settings.hold_down);
  for (Service& service : services_) service.health.limit(settings.limits);
}

Lane Door::held_on(Monotonic now) const noexcept { return now < held_until_ ? held_on_ : Lane::none; }

std::chrono::milliseconds Door::lease_left(Monotonic now) const noexcept {
  if (held_on(now) == Lane::none) return std::chrono::milliseconds(0);
  return std::chrono::ceil<std::chrono::milliseconds>(held_until_ - now);
}

}  // namespace doors
