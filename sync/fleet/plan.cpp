#include "sync/fleet/plan.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "zones/base/control_message.h"

namespace doors {
namespace {

constexpr std::string_view states[] = {"done", "going", "stopped"};
constexpr std::size_t most_reason_octets = 400;

/// The words of a field, one after the other; the first that is missing or wrong makes it fail for good.
class Words {
 public:
  explicit Words(std::string_view text) noexcept : rest_(text) {}
  std::string_view word() noexcept {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    failed_ = failed_ || taken.empty();
    return taken;
  }
  template <class Number>
  Number number() noexcept {
    Number value{};
    const std::string_view digits = word();
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    failed_ = failed_ || read.ec != std::errc() || read.ptr != digits.data() + digits.size();
    return value;
  }
  std::string selector() {
    std::string text(word());
    failed_ = failed_ || !wrong_in_selector(text).empty();
    return text;
  }
  Name zone() {
    const auto name = Name::parse(word());
    failed_ = failed_ || !name;
    return name.value_or(Name());
  }
  /// All was there, and nothing behind it.
  [[nodiscard]] bool fine() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

bool read_rollout(const ControlMessage& message, Rollout& rollout) {
  bool fine = true;
  const auto number = [&](std::string_view name, auto& into, std::uint64_t most) {
    const auto value = message.number(name);
    fine = fine && value && *value <= most;
    if (fine) into = std::remove_reference_t<decltype(into)>(static_cast<std::uint32_t>(*value));
  };
  constexpr std::uint32_t longest_ms = 24 * 3600 * 1000;
  number("id", rollout.id, UINT32_MAX);
  number("open", rollout.open, Rollout::max_waves);
  number("bake_ms", rollout.bake, longest_ms);
  number("limit_ms", rollout.limit, longest_ms);
  number("servfail_percent", rollout.gates.servfail_percent, 100);
  number("nxdomain_percent", rollout.gates.nxdomain_percent, 100);
  number("least_answers", rollout.gates.least_answers, 1'000'000);
  const auto state = std::ranges::find(states, message.text("state"));
  if (!fine || state == std::end(states)) return false;
  rollout.state = static_cast<Rollout::State>(state - std::begin(states));
  rollout.reason = message.text("reason");
  return true;
}

}  // namespace

void FleetPlan::begin(Rollout next) {
  if (rollout.state == Rollout::State::going) stop("another rollout was begun");
  if (rollout.state == Rollout::State::stopped) {
    std::string opened;
    const std::size_t open = std::min<std::size_t>(rollout.open, rollout.waves.size());
    for (std::size_t i = 0; i < open; ++i) opened += (i == 0 ? "" : "+") + rollout.waves[i];
    if (opened.empty()) opened = "upto:0";
    stopped.push_back({rollout.id, std::move(opened)});
    if (stopped.size() > most_stopped) stopped.erase(stopped.begin());
  }
  rollout = std::move(next);
}

void FleetPlan::stop(std::string reason) {
  rollout.state = Rollout::State::stopped;
  rollout.reason = std::move(reason);
}

std::vector<std::byte> FleetPlan::encode() const {
  ControlMessage message("plan");
  const auto ms = [](std::chrono::milliseconds time) { return static_cast<std::uint64_t>(time.count()); };
  message.with("id", rollout.id)
      .with("state", std::string(states[static_cast<std::size_t>(rollout.state)]))
      .with("open", rollout.open)
      .with("bake_ms", ms(rollout.bake))
      .with("limit_ms", ms(rollout.limit))
      .with("servfail_percent", rollout.gates.servfail_percent)
      .with("nxdomain_percent", rollout.gates.nxdomain_percent)
      .with("least_answers", rollout.gates.least_answers)
      .with("reason", rollout.reason.substr(0, most_reason_octets));
  for (const std::string& wave : rollout.waves) message.with("wave", wave);
  for (const Stopped& one : stopped) message.with("stopped", std::to_string(one.id) + " " + one.opened);
  for (const Pin& pin : pins) {
    message.with("pin", pin.selector + " " + pin.zone.to_string() + " " + std::to_string(pin.epoch) + " " +
                            std::to_string(pin.seq));
  }
  for (const Promotion& one : promotions)
    message.with("promoted", one.selector + " " + std::to_string(one.created));
  auto octets = message.encode();
  return octets ? *std::move(octets) : std::vector<std::byte>();
}

Result<FleetPlan> FleetPlan::decode(Octets octets) {
  const auto message = ControlMessage::decode(octets);
  if (!message) return Unexpected(message.error());
  if (message->verb() != "plan") return failure("no plan of a fleet");
  FleetPlan plan;
  if (!read_rollout(*message, plan.rollout)) return failure("plan of a fleet: no proper rollout");
  for (const auto& [name, value] : message->fields()) {
    Words words(value);
    if (name == "wave") {
      plan.rollout.waves.push_back(words.selector());
    } else if (name == "stopped") {
      auto& one = plan.stopped.emplace_back();
      one.id = words.number<std::uint32_t>();
      one.opened = words.selector();
    } else if (name == "pin") {
      auto& pin = plan.pins.emplace_back();
      pin.selector = words.selector();
      pin.zone = words.zone();
      pin.epoch = words.number<std::uint32_t>();
      pin.seq = words.number<std::uint64_t>();
    } else if (name == "promoted") {
      auto& one = plan.promotions.emplace_back();
      one.selector = words.selector();
      one.created = words.number<std::uint64_t>();
    } else {
      continue;
    }
    if (!words.fine()) return failure("plan of a fleet: \"" + name + "\" cannot be read");
  }
  if (plan.rollout.waves.size() > Rollout::max_waves || plan.stopped.size() > most_stopped ||
      plan.pins.size() > most_pins || plan.promotions.size() > most_pins)
    return failure("plan of a fleet: too long");
  return plan;
}

std::string_view to_string(Hold hold) noexcept {
  switch (hold) {
    case Hold::none:
      return "";
    case Hold::wave:
      return "its wave is not open";
    case Hold::stopped:
      return "the rollout was stopped";
    case Hold::pin:
      return "pinned";
  }
  __builtin_unreachable();
}

Hold hold_of(const FleetPlan& plan, const FleetNode& node, const PlannedVersion& version) {
  for (const FleetPlan::Pin& pin : plan.pins) {
    const bool higher = std::pair(version.epoch, version.seq) > std::pair(pin.epoch, pin.seq);
    if (higher && NameView(pin.zone) == version.zone && selects(pin.selector, node)) return Hold::pin;
  }
  const Rollout& now = plan.rollout;
  if (version.stage == 0) return Hold::none;
  if (version.stage > now.id) return Hold::wave;
  if (version.stage < now.id) {
    const auto stopped = std::ranges::find(plan.stopped, version.stage, &FleetPlan::Stopped::id);
    if (stopped == plan.stopped.end()) return Hold::none;
    return version.goes_back && selects(stopped->opened, node) ? Hold::none : Hold::stopped;
  }
  if (now.state == Rollout::State::done) return Hold::none;
  const std::size_t open = std::min<std::size_t>(now.open, now.waves.size());
  const bool is_open =
      std::ranges::any_of(now.waves.begin(), now.waves.begin() + static_cast<std::ptrdiff_t>(open),
                          [&](const std::string& wave) { return selects(wave, node); });
  if (now.state == Rollout::State::stopped) return version.goes_back && is_open ? Hold::none : Hold::stopped;
  return is_open ? Hold::none : Hold::wave;
}

std::uint64_t promoted_until(const FleetPlan& plan, const FleetNode& node) {
  std::uint64_t until = 0;
  for (const FleetPlan::Promotion& one : plan.promotions) {
    if (selects(one.selector, node)) until = std::max(until, one.created);
  }
  return until;
}

}  // namespace doors
