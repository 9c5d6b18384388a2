#include "sync/ctl/rollback.h"

#include "sync/ctl/publish.h"
#include "sync/ctl/receipts_report.h"
#include "sync/ctl/rollback_plan.h"
#include "zones/content/digest.h"

namespace doors::ctl {
namespace {

/// Says what the gates found; false if one refuses.
bool report(Terminal& terminal, const Name& zone, const PushDecision& decision) {
  using Weight = PushDecision::Finding::Weight;
  for (const auto& finding : decision.findings) {
    const std::string line = zone.to_string() + ": " + printable(finding.message) + " (gate " +
                             std::string(to_string(finding.gate)) + ")";
    if (finding.weight == Weight::refusal) {
      terminal.error(line);
    } else {
      terminal.warn(finding.weight == Weight::forced ? "overridden by --force: " + line : line);
    }
  }
  return decision.verdict != Verdict::refuse;
}

Outcome<ExitCode> roll_back(Terminal& terminal, const Settings& settings, const RollbackOptions& options) {
  const Result<Name> zone = Name::parse(options.zone);
  if (!zone) return refused("\"" + options.zone + "\" is no zone name: " + zone.error().message);
  const auto forced = parse_forced(options.force);
  if (!forced) return Unexpected(forced.error());
  const Result<PrivateKey> key = PrivateKey::read(settings.publisher_key);
  if (!key) return refused(key.error().message);
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return Unexpected(doorsync.error());
  const auto history = ask_history(*doorsync, *zone);
  if (!history) return Unexpected(history.error());
  std::optional<VersionNumber> wanted;
  if (!options.to.empty() && !history->empty()) {
    const auto number = parse_version_number(options.to, history->back().number.epoch);
    if (!number) return Unexpected(number.error());
    wanted = *number;
  }
  const auto target = choose_rollback(*history, wanted);
  if (!target) return Unexpected(target.error());
  const StoredVersion& head = history->back();

  auto old = ask_content(*doorsync, *target);
  if (!old) return Unexpected(old.error());
  const auto prepared = prepare_rollback(*std::move(old), head.serial);
  if (!prepared) return refused(prepared.error().message);
  const Content& content = prepared->content;
  if (!report(terminal, *zone,
              judge_rollback(content, std::chrono::system_clock::now(), settings.gates, *forced))) {
    return refused("nothing was changed: gates refuse it (--force GATE overrides one)");
  }
  const std::string serial = std::to_string(content.serial().raw());
  if (prepared->keeps_low_serial) {
    terminal.warn(zone->to_string() + " is signed, so it keeps the serial " + serial +
                  ", which is not higher than " + std::to_string(head.serial.raw()) +
                  ": secondaries will not follow");
  }
  const std::string comment =
      options.comment.empty() ? "rollback to " + target->number.to_string() : options.comment;
  auto draft = draft_version(content, content_digest(content), &head, VersionKind::rollback, comment);
  if (!draft) return refused(draft.error().message);
  draft->version.stage = options.stage;
  std::vector<Draft> drafts;
  drafts.push_back(*std::move(draft));
  // Going back is asked for by name: the gates that compare with what is served have nothing to say.
  const auto publication = publish(*doorsync, std::move(drafts), *key, "serial,shrink");
  if (!publication) return Unexpected(publication.error());
  const auto limit = options.wait.value_or(settings.wait);
  if (options.silent) {
    if (limit.count() == 0) return ExitCode::done;
    const Receipts receipts = wait_with_progress(terminal, *doorsync, *publication, limit);
    return receipts.complete ? ExitCode::done : ExitCode::partly;
  }
  if (!options.json) {
    terminal.print(zone->to_string() + ": content of " + target->number.to_string() + " published as " +
                   publication->accepted.front().number.to_string() + ", serial " + serial);
  }
  Value::Object object{{"result", "published"},
                       {"zone", zone->to_string()},
                       {"from", target->number.to_string()},
                       {"epoch", publication->accepted.front().number.epoch},
                       {"seq", publication->accepted.front().number.seq},
                       {"serial", content.serial().raw()},
                       {"keeps_low_serial", prepared->keeps_low_serial}};
  return wait_and_print(terminal, *doorsync, *publication, limit, options.json, std::move(object));
}

}  // namespace

ExitCode run_rollback(Terminal& terminal, const Settings& settings, const RollbackOptions& options) {
  const Outcome<ExitCode> code = roll_back(terminal, settings, options);
  return code ? *code : terminal.fail(code.error());
}

}  // namespace doors::ctl
