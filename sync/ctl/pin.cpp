#include "sync/ctl/pin.h"

#include <ctime>

#include "sync/ctl/rollback_plan.h"
#include "sync/ctl/session.h"
#include "sync/ctl/versions.h"
#include "sync/fleet/selector.h"

namespace doors::ctl {
namespace {

/// "fra" is short for "pop:fra".
std::string selector_of(const std::string& nodes) {
  const bool is_name = nodes != "all" && nodes.find_first_of(":%+") == std::string::npos;
  return is_name ? "pop:" + nodes : nodes;
}

Outcome<VersionNumber> version_of(Session& hub, const Name& zone, const std::string& wanted) {
  const auto history = ask_history(hub, zone);
  if (!history) return Unexpected(history.error());
  if (history->empty()) return refused("the store has no zone " + zone.to_string());
  if (wanted.empty()) return history->back().number;
  const auto number = parse_version_number(wanted, history->back().number.epoch);
  if (!number) return Unexpected(number.error());
  for (const StoredVersion& version : *history) {
    if (version.number == *number) return *number;
  }
  return refused("there is no version " + number->to_string() + " of " + zone.to_string() +
                 " (doorctl history)");
}

Outcome<ExitCode> pin(Terminal& terminal, const Settings& settings, const PinOptions& options) {
  const std::string selector = selector_of(options.nodes);
  if (std::string wrong = wrong_in_selector(selector); !wrong.empty()) return refused(std::move(wrong));
  auto hub = Session::open(settings.doorsync_socket, "doorsync");
  if (!hub) return Unexpected(hub.error());
  ControlMessage request("edit_plan");
  Value::Object object{{"result", "done"}, {"nodes", selector}};
  std::string said;
  if (options.verb == PinOptions::Verb::promote) {
    request.with("what", "promote").with("until", static_cast<std::uint64_t>(std::time(nullptr)));
    said = selector + " takes what was published until now, in spite of its delay";
  } else {
    const Result<Name> zone = Name::parse(options.zone);
    if (!zone) return refused("\"" + options.zone + "\" is no zone name: " + zone.error().message);
    request.with("what", options.verb == PinOptions::Verb::pin ? "pin" : "unpin")
        .with("zone", zone->to_string());
    object.emplace_back("zone", zone->to_string());
    said = selector + " takes all versions of " + zone->to_string() + " again";
    if (options.verb == PinOptions::Verb::pin) {
      const auto number = version_of(*hub, *zone, options.version);
      if (!number) return Unexpected(number.error());
      request.with("epoch", number->epoch).with("seq", number->seq);
      object.emplace_back("version", number->to_string());
      said = selector + " stays at version " + number->to_string() + " of " + zone->to_string();
    }
  }
  const auto reply = hub->ask(request.with("selector", selector), usual_silence);
  if (!reply) return Unexpected(reply.error());
  options.json ? terminal.print_json(std::move(object)) : terminal.print(said);
  return ExitCode::done;
}

}  // namespace

ExitCode run_pin(Terminal& terminal, const Settings& settings, const PinOptions& options) {
  const Outcome<ExitCode> code = pin(terminal, settings, options);
  return code ? *code : terminal.fail(code.error());
}

}  // namespace doors::ctl
