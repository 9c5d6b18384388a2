#include "sync/ctl/history.h"

#include "sync/ctl/doorkeeper_session.h"
#include "sync/ctl/report.h"
#include "sync/ctl/table.h"
#include "sync/ctl/versions.h"
#include "zones/base/text_encoding.h"

namespace doors::ctl {
namespace {

Outcome<void> show_history(Terminal& terminal, const Settings& settings, const HistoryOptions& options) {
  const Result<Name> zone = Name::parse(options.zone);
  if (!zone) return refused("\"" + options.zone + "\" is no zone name: " + zone.error().message);
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return Unexpected(doorsync.error());
  const auto versions = ask_history(*doorsync, *zone);
  if (!versions) return Unexpected(versions.error());
  if (versions->empty()) return refused("the store has no version of " + zone->to_string());

  if (options.json) {
    Value::List list;
    for (const StoredVersion& version : *versions) {
      list.push_back(Value::Object{{"epoch", version.number.epoch},
                                   {"seq", version.number.seq},
                                   {"serial", version.serial.raw()},
                                   {"kind", to_string(version.kind)},
                                   {"records", version.records},
                                   {"created", version.created},
                                   {"publisher", version.publisher},
                                   {"digest", to_hex(version.digest)},
                                   {"comment", version.comment}});
    }
    terminal.print_json(Value::Object{{"zone", zone->to_string()}, {"versions", std::move(list)}});
    return {};
  }
  Table table({{"VERSION", Table::Align::right},
               {"SERIAL", Table::Align::right},
               {"RECORDS", Table::Align::right},
               {"KIND"},
               {"CREATED (UTC)"},
               {"PUBLISHER"},
               {"COMMENT"}});
  for (const StoredVersion& version : *versions) {
    table.add({version.number.to_string(), std::to_string(version.serial.raw()), with_commas(version.records),
               std::string(to_string(version.kind)), calendar(version.created), version.publisher,
               printable(version.comment)});
  }
  terminal.print_text(table.render(&terminal));
  return {};
}

Outcome<void> show_door(Terminal& terminal, Session& doorkeeper, const HistoryOptions& options) {
  std::vector<ControlMessage> changes;
  const auto end = doorkeeper.stream(ControlMessage("history"), "end", usual_silence,
                                     [&](const ControlMessage& change) { changes.push_back(change); });
  if (!end) return Unexpected(end.error());
  if (options.json) {
    Value::List list;
    for (const ControlMessage& change : changes) {
      list.push_back(Value::Object{{"at_ms", change.number("at_ms").value_or(0)},
                                   {"event", change.text("event")},
                                   {"subject", change.text("subject")},
                                   {"reason", change.text("reason")}});
    }
    terminal.print_json(Value::Object{{"pop", options.zone}, {"changes", std::move(list)}});
    return {};
  }
  Table table({{"AT (UTC)"}, {"EVENT"}, {"SUBJECT"}, {"REASON"}});
  for (const ControlMessage& change : changes) {
    table.add({calendar(change.number("at_ms").value_or(0) / 1000),
               printable(std::string(change.text("event"))), printable(std::string(change.text("subject"))),
               printable(std::string(change.text("reason")))});
  }
  terminal.print_text(table.render(&terminal));
  return {};
}

}  // namespace

ExitCode run_history(Terminal& terminal, const Settings& settings, const HistoryOptions& options) {
  if (options.zone.find('.') == std::string::npos) {
    if (auto doorkeeper = open_doorkeeper(settings, options.zone)) {
      const Outcome<void> shown = show_door(terminal, *doorkeeper, options);
      return shown ? ExitCode::done : terminal.fail(shown.error());
    }
  }
  const Outcome<void> shown = show_history(terminal, settings, options);
  return shown ? ExitCode::done : terminal.fail(shown.error());
}

}  // namespace doors::ctl
