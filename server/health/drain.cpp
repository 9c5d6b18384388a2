#include "server/health/drain.h"

#include <algorithm>
#include <utility>

#include "server/health/words.h"

namespace doors {

namespace {

constexpr std::uint32_t low_readings_wanted = 2;

}  // namespace

std::string_view to_string(Drain::Phase phase) noexcept {
  switch (phase) {
    case Drain::Phase::none:
      return "none";
    case Drain::Phase::marked:
      return "draining";
    case Drain::Phase::done:
      return "drained";
  }
  return "?";
}

Drain::Drain(Settings settings, std::optional<DrainOrder> standing)
    : settings_(settings), phase_(standing ? Phase::done : Phase::none), order_(std::move(standing)) {
  if (order_) ended_by_ = "it was drained before doorkeeper started";
}

void Drain::order(Monotonic now, DrainOrder order, std::optional<double> rate_before) {
  if (phase_ == Phase::none) {
    phase_ = Phase::marked;
    began_ = now;
    rate_before_ = rate_before;
    last_rate_ = rate_before;
    low_readings_ = 0;
    ended_by_.clear();
  } else {
    order.since = order_->since;
  }
  order_ = std::move(order);
}

void Drain::undrain() noexcept {
  phase_ = Phase::none;
  order_.reset();
}

double Drain::goal() const noexcept {
  const double share = rate_before_.value_or(0.0) * settings_.rate_share / 100.0;
  return std::max(share, static_cast<double>(settings_.rate_limit));
}

bool Drain::rate(Monotonic now, double queries_per_second) {
  last_rate_ = queries_per_second;
  if (phase_ != Phase::marked) return false;
  low_readings_ = queries_per_second <= goal() ? low_readings_ + 1 : 0;
  if (low_readings_ < low_readings_wanted || now < began_ + settings_.min_wait) return false;
  return finish("the query rate fell to " + rate_words(queries_per_second));
}

bool Drain::tick(Monotonic now) {
  if (phase_ != Phase::marked || now < began_ + settings_.max_wait) return false;
  return finish("max_wait was over");
}

bool Drain::finish(std::string why) {
  if (phase_ != Phase::marked) return false;
  phase_ = Phase::done;
  ended_by_ = std::move(why);
  return true;
}

Lane Drain::lane() const noexcept {
  switch (phase_) {
    case Phase::none:
      return Lane::up;
    case Phase::marked:
      return Lane::drain;
    case Phase::done:
      return Lane::none;
  }
  return Lane::none;
}

std::chrono::milliseconds Drain::left(Monotonic now) const noexcept {
  if (phase_ != Phase::marked) return std::chrono::milliseconds(0);
  const auto end = began_ + settings_.max_wait;
  return now >= end ? std::chrono::milliseconds(0) : std::chrono::ceil<std::chrono::milliseconds>(end - now);
}

}  // namespace doors
