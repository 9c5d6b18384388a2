#include "sync/ctl/delete_zones.h"

#include <map>

#include "sync/ctl/publish.h"
#include "sync/ctl/receipts_report.h"

namespace doors::ctl {
namespace {

/// The newest versions of the zones to delete, each zone once, in order.
Outcome<std::map<Name, StoredVersion>> find_zones(Session& doorsync, const std::vector<std::string>& zones) {
  const auto heads = ask_heads(doorsync);
  if (!heads) return Unexpected(heads.error());
  std::map<Name, StoredVersion> found;
  for (const std::string& text : zones) {
    const Result<Name> zone = Name::parse(text);
    if (!zone) return refused("\"" + text + "\" is no zone name: " + zone.error().message);
    const auto head = heads->find(*zone);
    if (head == heads->end()) return refused("the store has no zone " + zone->to_string());
    if (head->second.kind == VersionKind::tombstone) {
      return refused(zone->to_string() + " is deleted already, by version " +
                     head->second.number.to_string());
    }
    found.insert(*head);
  }
  return found;
}

Outcome<ExitCode> delete_zones(Terminal& terminal, const Settings& settings, const DeleteOptions& options) {
  const Result<PrivateKey> key = PrivateKey::read(settings.publisher_key);
  if (!key) return refused(key.error().message);
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return Unexpected(doorsync.error());
  const auto heads = find_zones(*doorsync, options.zones);
  if (!heads) return Unexpected(heads.error());
  std::vector<Draft> drafts;
  for (const auto& [zone, head] : *heads) {
    drafts.push_back(draft_tombstone(head, options.comment));
    drafts.back().version.stage = options.stage;
  }
  const auto publication = publish(*doorsync, std::move(drafts), *key, "");
  if (!publication) return Unexpected(publication.error());

  Value::List list;
  for (const Published& one : publication->accepted) {
    list.push_back(
        Value::Object{{"zone", one.zone.to_string()}, {"epoch", one.number.epoch}, {"seq", one.number.seq}});
    if (!options.json && !options.silent) {
      terminal.print(one.zone.to_string() + ": deleted by version " + one.number.to_string() +
                     " (doorctl rollback brings it back)");
    }
  }
  const auto limit = options.wait.value_or(settings.wait);
  std::optional<Receipts> receipts;
  if (limit.count() > 0) receipts = wait_with_progress(terminal, *doorsync, *publication, limit);
  if (receipts && !options.json && !options.silent) print_receipts(terminal, *publication, *receipts);
  if (options.json) {
    const char* result = !receipts ? "published" : receipts->complete ? "done" : "partly";
    Value::Object object{{"result", result}, {"zones", std::move(list)}};
    add_json(object, *publication, receipts ? &*receipts : nullptr);
    terminal.print_json(object);
  }
  return receipts && !receipts->complete ? ExitCode::partly : ExitCode::done;
}

}  // namespace

ExitCode run_delete(Terminal& terminal, const Settings& settings, const DeleteOptions& options) {
  const Outcome<ExitCode> code = delete_zones(terminal, settings, options);
  return code ? *code : terminal.fail(code.error());
}

}  // namespace doors::ctl
