#include "sync/ctl/zone.h"

#include <algorithm>

#include "sync/ctl/publish.h"
#include "sync/ctl/receipts_report.h"

namespace doors::ctl {
namespace {

Outcome<ZoneEdit> read_edit(const ZoneOptions& options, NameView zone) {
  ZoneEdit edit;
  edit.kind = options.kind;
  const Result<Name> owner = Name::parse(options.owner, zone);
  if (!owner) return refused("\"" + options.owner + "\" is no name: " + owner.error().message);
  edit.owner = *owner;
  edit.owner.make_canonical();
  if (!edit.owner.view().is_at_or_below(zone)) return refused(edit.owner.to_string() + " is not in the zone");
  auto words = options.words;
  if (edit.kind != ZoneEdit::Kind::remove) {
    if (words.size() < 3) return refused("TTL, TYPE and RDATA are needed");
    edit.ttl = words.front();
    words.erase(words.begin());
  }
  if (!words.empty()) {
    edit.type = words.front();
    edit.rdata.assign(words.begin() + 1, words.end());
  }
  return edit;
}

Outcome<StoredVersion> ask_head(Session& doorsync, NameView zone) {
  std::optional<StoredVersion> head;
  const auto end = doorsync.stream(ControlMessage("heads").with("zone", zone.to_string()), "end",
                                   usual_silence, [&](const ControlMessage& message) {
                                     if (auto read = read_stored_version(message)) head = *std::move(read);
                                   });
  if (!end) return Unexpected(end.error());
  if (!head || head->kind == VersionKind::tombstone)
    return refused("there is no zone " + zone.to_string() + " (doorctl push makes one)");
  return *std::move(head);
}

/// The SOA and what stands at one name, in that version.
Outcome<Content> ask_node(Session& doorsync, const StoredVersion& head, NameView owner) {
  Outcome<Packet> reply = doorsync.ask(ControlMessage("node")
                                           .with("zone", head.zone.to_string())
                                           .with("epoch", head.number.epoch)
                                           .with("seq", head.number.seq)
                                           .with("name", owner.to_string()),
                                       usual_silence);
  if (!reply) return Unexpected(reply.error());
  if (reply->message.verb() != "node" || reply->fds.size() != 1)
    return unreachable("doorsync answered \"" + reply->message.verb() + "\" when asked for a name");
  if (reply->message.text("signed") == "yes")
    return refused(
        head.zone.to_string() +
        " is signed, and what changes here would be without signatures: change its file, sign that, and "
        "push it (doorctl push sends the difference alone)");
  constexpr std::size_t most_octets = std::size_t{64} << 20;
  auto stream = read_descriptor(reply->fds.front().get(), most_octets);
  if (!stream) return refused(stream.error().message);
  auto content = Content::parse(*std::move(stream));
  if (!content) return refused(content.error().message);
  return *std::move(content);
}

Outcome<ExitCode> change_zone(Terminal& terminal, const Settings& settings, const ZoneOptions& options) {
  const Result<Name> zone = Name::parse(options.zone);
  if (!zone) return refused("\"" + options.zone + "\" is no zone name: " + zone.error().message);
  const auto edit = read_edit(options, *zone);
  if (!edit) return Unexpected(edit.error());
  const Result<PrivateKey> key = PrivateKey::read(settings.publisher_key);
  if (!key) return refused(key.error().message);
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return Unexpected(doorsync.error());
  const auto head = ask_head(*doorsync, *zone);
  if (!head) return Unexpected(head.error());
  auto node = ask_node(*doorsync, *head, edit->owner);
  if (!node) return Unexpected(node.error());
  const auto delta = plan_edit(*std::move(node), *edit);
  if (!delta) return Unexpected(delta.error());
  auto draft = draft_change(*delta, *head, options.comment);
  if (!draft) return refused(draft.error().message);
  std::vector<Draft> drafts;
  drafts.push_back(*std::move(draft));
  const auto publication = publish(*doorsync, std::move(drafts), *key, "");
  if (!publication) return Unexpected(publication.error());
  const std::string serial = std::to_string(delta->come().serial().raw());
  if (!options.json) {
    terminal.print(zone->to_string() + ": changed " + edit->owner.to_string() + ", published as " +
                   publication->accepted.front().number.to_string() + ", serial " + serial);
  }
  Value::Object object{{"result", "published"},
                       {"zone", zone->to_string()},
                       {"name", edit->owner.to_string()},
                       {"epoch", publication->accepted.front().number.epoch},
                       {"seq", publication->accepted.front().number.seq},
                       {"serial", delta->come().serial().raw()}};
  return wait_and_print(terminal, *doorsync, *publication, options.wait.value_or(settings.wait), options.json,
                        std::move(object));
}

}  // namespace

ExitCode run_zone(Terminal& terminal, const Settings& settings, const ZoneOptions& options) {
  const Outcome<ExitCode> code = change_zone(terminal, settings, options);
  return code ? *code : terminal.fail(code.error());
}

}  // namespace doors::ctl
