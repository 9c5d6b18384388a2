#include "sync/ctl/secondaries_report.h"

namespace doors::ctl {
namespace {

/// "3h05m"; or `none` where doorsync tells no time.
std::string time_of(const ControlMessage& zone, const char* key, const char* none) {
  const auto ms = zone.number(key);
  return ms ? in_words(std::chrono::milliseconds(*ms)) : none;
}

}  // namespace

Outcome<std::vector<ControlMessage>> ask_secondaries(Session& doorsync) {
  std::vector<ControlMessage> zones;
  const auto end = doorsync.stream(ControlMessage("secondaries"), "end", usual_silence,
                                   [&](const ControlMessage& message) { zones.push_back(message); });
  if (!end) return Unexpected(end.error());
  return zones;
}

Table secondaries_table(const std::vector<ControlMessage>& zones) {
  Table table({{"BY TRANSFER"}, {"PRIMARY"}, {"CONFIRMED"}, {"NEXT"}, {"EXPIRES"}, {"PROBLEM"}});
  for (const ControlMessage& zone : zones) {
    const std::string problem(zone.text("problem"));
    table.add({std::string(zone.text("zone")), std::string(zone.text("primary")),
               time_of(zone, "confirmed_ms", "never"),
               zone.text("asking") == "yes" ? "asking" : time_of(zone, "due_ms", ""),
               time_of(zone, "expires_ms", ""),
               problem.empty() ? Table::Cell("") : Table::Cell(printable(problem), Paint::bad)});
  }
  return table;
}

Value secondaries_json(const std::vector<ControlMessage>& zones) {
  Value::List list;
  for (const ControlMessage& zone : zones) {
    Value::Object object{{"zone", zone.text("zone")},
                         {"primary", zone.text("primary")},
                         {"asking", zone.text("asking") == "yes"},
                         {"problem", zone.text("problem")}};
    for (const char* key : {"confirmed_ms", "due_ms", "expires_ms"}) {
      if (const auto ms = zone.number(key)) object.emplace_back(key, *ms);
    }
    list.emplace_back(std::move(object));
  }
  return list;
}

}  // namespace doors::ctl
