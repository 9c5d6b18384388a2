#include "sync/ctl/fleet_status.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <utility>
#include <vector>

#include "sync/ctl/rollout.h"
#include "sync/ctl/table.h"
#include "sync/fleet/plan.h"

namespace doors::ctl {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t listed_rows = 200;

milliseconds time_in(const ControlMessage& row, std::string_view key) {
  return milliseconds(row.number(key).value_or(0));
}

/// A duration, or nothing where there is none.
std::string words_or_none(milliseconds time) { return time.count() == 0 ? "" : in_words(time); }

bool is_well(std::string_view state) {
  return state == "served" || state == "pinned" || state == "delayed" || state == "held";
}

Table::Cell state_cell(const ControlMessage& row) {
  const std::string state(row.text("state"));
  return {printable(state), state == "served" ? Paint::good : is_well(state) ? Paint::doubtful : Paint::bad};
}

/// All values of a key, joined by blanks.
std::string all_of(const ControlMessage& row, std::string_view wanted) {
  std::string joined;
  for (const auto& [key, value] : row.fields()) {
    if (key == wanted) joined += (joined.empty() ? "" : " ") + printable(value);
  }
  return joined;
}

Value json_of(const ControlMessage& row) {
  Value::Object object;
  Value::List groups, labels;
  for (const auto& [key, text] : row.fields()) {
    ControlMessage one;
    one.with("value", text);
    const auto number = one.number("value");
    const bool is_name = key == "pop" || key == "node" || key == "zone" || key == "reason";
    if (key == "group")
      groups.push_back(Value(text));
    else if (key == "label")
      labels.push_back(Value(text));
    else
      object.emplace_back(key, number && !is_name ? Value(*number) : Value(text));
  }
  if (row.verb() == "node") {
    object.emplace_back("groups", std::move(groups));
    object.emplace_back("labels", std::move(labels));
  }
  return object;
}

std::string rollout_line(const Rollout& rollout) {
  if (rollout.id == 0) return "";
  std::string line = "rollout " + std::to_string(rollout.id) + ": ";
  switch (rollout.state) {
    case Rollout::State::done:
      return line + "done";
    case Rollout::State::stopped:
      return line + "stopped at wave " + std::to_string(rollout.open) + ": " + printable(rollout.reason);
    case Rollout::State::going:
      break;
  }
  return line + "wave " + std::to_string(rollout.open) + " of " + std::to_string(rollout.waves.size()) +
         " is open";
}

class FleetStatus {
 public:
  FleetStatus(Terminal& terminal, const ControlMessage& end, const StatusOptions& options)
      : terminal_(terminal), end_(end), options_(options) {}

  Outcome<ExitCode> run(Session& hub) {
    if (store_is_there()) {
      const auto end = hub.stream(ControlMessage("fleet").with("zones", options_.zones ? "yes" : "no"), "end",
                                  usual_silence, [&](const ControlMessage& message) { take(message); });
      if (!end) return Unexpected(end.error());
    }
    const auto by_place = [](const ControlMessage& a, const ControlMessage& b) {
      return std::tuple(a.text("zone"), a.text("pop"), a.text("node")) <
             std::tuple(b.text("zone"), b.text("pop"), b.text("node"));
    };
    std::ranges::sort(nodes_, by_place);
    std::ranges::sort(zones_, by_place);
    const bool all_well =
        std::ranges::all_of(nodes_, [](const ControlMessage& node) { return is_well(node.text("state")); });
    const bool fine = all_well && !nodes_.empty() && store_is_there() && !end_.get("alarm");
    options_.json ? print_json(fine) : print_text();
    return fine ? ExitCode::done : ExitCode::partly;
  }

 private:
  [[nodiscard]] bool store_is_there() const { return end_.text("store") != "lost"; }

  void take(const ControlMessage& message) {
    if (message.verb() == "node") nodes_.push_back(message);
    if (message.verb() == "zone") zones_.push_back(message);
    if (message.verb() != "plan") return;
    const auto octets = message.encode();
    if (auto plan = octets ? FleetPlan::decode(*octets) : Unexpected(octets.error()))
      plan_ = *std::move(plan);
  }

  [[nodiscard]] std::string summary() const {
    std::map<std::string, std::size_t> states;
    for (const ControlMessage& node : nodes_) ++states[std::string(node.text("state"))];
    std::string line = counted(nodes_.size(), "node");
    const char* before = ": ";
    for (const auto& [state, count] : states) {
      line += before + with_commas(count) + " " + printable(state);
      before = ", ";
    }
    if (const std::string rollout = rollout_line(plan_.rollout); !rollout.empty()) line += "; " + rollout;
    return line;
  }

  void print_text() {
    const auto bad_line = [&](const char* what, const std::string& words) {
      terminal_.print(terminal_.paint(Paint::bad, what) + ": " + printable(words));
    };
    for (const auto& [key, text] : end_.fields()) {
      if (key == "alarm") bad_line("alarm", text);
    }
    if (!store_is_there()) {
      bad_line("store", "lost for " + in_words(time_in(end_, "store_lost_ms")) + ": " +
                            std::string(end_.text("store_reason")));
      return;
    }
    const auto right = Table::Align::right;
    Table nodes({{"POP"},
                 {"NODE"},
                 {"GROUPS"},
                 {"ZONES", right},
                 {"BEHIND", right},
                 {"HELD", right},
                 {"LAG", right},
                 {"DELAY", right},
                 {"UP", right},
                 {"STATE"},
                 {"REASON"}});
    const auto now = static_cast<std::uint64_t>(std::time(nullptr));
    for (const ControlMessage& node : nodes_) {
      const auto started = node.number("started");
      const auto up =
          started && *started < now ? std::chrono::seconds(now - *started) : std::chrono::seconds(0);
      nodes.add({printable(node.text("pop")), printable(node.text("node")), all_of(node, "group"),
                 with_commas(node.number("zones").value_or(0)),
                 with_commas(node.number("behind").value_or(0)), with_commas(node.number("held").value_or(0)),
                 words_or_none(time_in(node, "lag_ms")), words_or_none(time_in(node, "delay_ms")),
                 words_or_none(up), state_cell(node), printable(node.text("reason"))});
    }
    if (nodes.size() > 0) terminal_.print_text(nodes.render(&terminal_));
    print_zones();
    for (const FleetPlan::Pin& pin : plan_.pins) {
      terminal_.print("pin: " + pin.selector + " stays at " + pin.zone.to_string() + " " +
                      std::to_string(pin.epoch) + "/" + std::to_string(pin.seq));
    }
    terminal_.print(summary());
  }

  void print_zones() {
    const auto right = Table::Align::right;
    Table zones({{"ZONE"},
                 {"POP"},
                 {"NODE"},
                 {"VERSION", right},
                 {"SERIAL", right},
                 {"NEWEST", right},
                 {"AGE", right},
                 {"LAG", right},
                 {"STATE"},
                 {"REASON"}});
    std::size_t left_out = 0;
    for (const ControlMessage& row : zones_) {
      if (!options_.all && zones.size() >= listed_rows) {
        ++left_out;
        continue;
      }
      const auto version = [&](const char* epoch, const char* seq) {
        return std::string(row.text(epoch)) + "/" + std::string(row.text(seq));
      };
      zones.add({printable(row.text("zone")), printable(row.text("pop")), printable(row.text("node")),
                 version("epoch", "seq"), std::string(row.text("serial")),
                 version("newest_epoch", "newest_seq"), in_words(time_in(row, "age_ms")),
                 words_or_none(time_in(row, "lag_ms")), state_cell(row), printable(row.text("reason"))});
    }
    if (zones.size() == 0) return;
    terminal_.print("");
    terminal_.print_text(zones.render(&terminal_));
    if (left_out > 0) terminal_.print("… and " + counted(left_out, "row") + " more (--all shows them)");
    terminal_.print("");
  }

  void print_json(bool fine) {
    Value::List nodes, zones, alarms, pins;
    for (const ControlMessage& node : nodes_) nodes.push_back(json_of(node));
    for (const ControlMessage& zone : zones_) zones.push_back(json_of(zone));
    for (const auto& [key, text] : end_.fields()) {
      if (key == "alarm") alarms.push_back(Value(text));
    }
    for (const FleetPlan::Pin& pin : plan_.pins) {
      pins.push_back(Value::Object{
          {"nodes", pin.selector}, {"zone", pin.zone.to_string()}, {"epoch", pin.epoch}, {"seq", pin.seq}});
    }
    terminal_.print_json(Value::Object{{"result", fine ? "done" : "partly"},
                                       {"summary", summary()},
                                       {"store", end_.text("store")},
                                       {"store_reason", end_.text("store_reason")},
                                       {"revision", end_.number("revision").value_or(0)},
                                       {"alarms", std::move(alarms)},
                                       {"rollout", rollout_json(plan_.rollout)},
                                       {"pins", std::move(pins)},
                                       {"nodes", std::move(nodes)},
                                       {"zones", std::move(zones)}});
  }

  Terminal& terminal_;
  const ControlMessage& end_;
  const StatusOptions& options_;
  std::vector<ControlMessage> nodes_;
  std::vector<ControlMessage> zones_;
  FleetPlan plan_;
};

}  // namespace

Outcome<ExitCode> run_fleet_status(Terminal& terminal, Session& hub, const ControlMessage& end,
                                   const StatusOptions& options) {
  return FleetStatus(terminal, end, options).run(hub);
}

}  // namespace doors::ctl
