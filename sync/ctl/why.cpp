#include "sync/ctl/why.h"

#include <optional>
#include <vector>

#include "sync/ctl/report.h"
#include "sync/ctl/session.h"
#include "sync/ctl/status_rows.h"

namespace doors::ctl {
namespace {

/// What doorkeeper gives as reasons.
struct Reasons {
  std::string pop, state;
  std::vector<std::string> lines;
};

Outcome<Reasons> ask_reasons(const Settings& settings) {
  auto doorkeeper = Session::open(settings.doorkeeper_socket, "doorkeeper");
  if (!doorkeeper) return Unexpected(doorkeeper.error());
  const auto status = doorkeeper->ask(ControlMessage("status"), usual_silence);
  if (!status) return Unexpected(status.error());
  const auto why = doorkeeper->ask(ControlMessage("why"), usual_silence);
  if (!why) return Unexpected(why.error());
  Reasons reasons{std::string(status->message.text("pop")), std::string(status->message.text("state")), {}};
  for (const auto& [key, value] : why->message.fields()) {
    if (key == "reason") reasons.lines.push_back(value);
  }
  return reasons;
}

/// The zones that nodes of `pop` (empty: of any) do not serve in their newest version.
Outcome<std::vector<ZoneRow>> ask_lagging(const Settings& settings, const std::string& pop,
                                          bool& pop_is_known, bool& pop_is_ours) {
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return Unexpected(doorsync.error());
  const auto heads = ask_heads(*doorsync);
  if (!heads) return Unexpected(heads.error());
  std::vector<ZoneRow> lagging;
  const auto end =
      doorsync->stream(ControlMessage("status"), "end", usual_silence, [&](const ControlMessage& message) {
        if (message.verb() != "zone") return;
        ZoneRow row = read_zone_row(message);
        if (!pop.empty() && row.pop != pop) return;
        pop_is_known = true;
        if (!is_current(row, *heads)) lagging.push_back(std::move(row));
      });
  if (!end) return Unexpected(end.error());
  if (end->text("pop") == pop) pop_is_known = pop_is_ours = true;
  return lagging;
}

std::string line_of(const ZoneRow& row) {
  return row.zone.to_string() + " " + row.number.to_string() + " on " + row.pop + "/" + row.node + ": " +
         row.state + (row.reason.empty() ? "" : ": " + row.reason);
}

}  // namespace

ExitCode run_why(Terminal& terminal, const Settings& settings, const WhyOptions& options) {
  Outcome<Reasons> reasons = ask_reasons(settings);
  bool about_us = options.pop.empty() || (reasons && reasons->pop == options.pop);
  bool pop_is_known = about_us && reasons;
  bool pop_is_ours = false;  // by doorsync's word
  const auto lagging = ask_lagging(settings, options.pop, pop_is_known, pop_is_ours);
  about_us = about_us || (!reasons && pop_is_ours);
  if (!reasons && !lagging) return terminal.fail(reasons.error());
  if (!options.pop.empty() && !pop_is_known) {
    return terminal.fail({ExitCode::unreachable, "nothing is known here of a PoP " + options.pop});
  }
  if (options.json) {
    Value::List lines, zones;
    if (about_us && reasons) {
      for (const std::string& line : reasons->lines) lines.emplace_back(line);
    }
    if (lagging) {
      for (const ZoneRow& row : *lagging) zones.emplace_back(line_of(row));
    }
    terminal.print_json(Value::Object{{"pop", options.pop.empty() && reasons ? reasons->pop : options.pop},
                                      {"state", about_us && reasons ? Value(reasons->state) : Value()},
                                      {"reasons", std::move(lines)},
                                      {"zones", std::move(zones)}});
  } else {
    if (about_us && reasons) {
      terminal.print("PoP " + reasons->pop + ": " + terminal.paint(Paint::strong, printable(reasons->state)));
      for (const std::string& line : reasons->lines) terminal.print("  " + printable(line));
    }
    if (lagging) {
      for (const ZoneRow& row : *lagging) terminal.print("  zone " + printable(line_of(row)));
    }
  }
  if (!reasons && about_us) terminal.warn(reasons.error().message);
  if (!lagging) terminal.warn(lagging.error().message);
  return (reasons || !about_us) && lagging ? ExitCode::done : ExitCode::unreachable;
}

}  // namespace doors::ctl
