#include "sync/ctl/checkpoint.h"

#include <algorithm>
#include <ctime>

#include "sync/ctl/report.h"
#include "sync/ctl/versions.h"
#include "sync/trust/checkpoint.h"
#include "zones/base/file.h"

namespace doors::ctl {
namespace {

bool may_publish(const Publisher& publisher, NameView zone) {
  return std::ranges::any_of(publisher.zones,
                             [&](const ZonePattern& pattern) { return pattern.matches(zone); });
}

Outcome<std::uint64_t> checkpoint(const Settings& settings) {
  const Result<PrivateKey> key = PrivateKey::read(settings.publisher_key);
  if (!key) return refused(key.error().message);
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return Unexpected(doorsync.error());
  const auto publishers = ask_publishers(*doorsync);
  if (!publishers) return Unexpected(publishers.error());
  const KeyId& id = key->public_key().id();
  const Publisher* publisher = find_publisher(*publishers, id);
  if (publisher == nullptr) return refused("doorsync takes nothing from the key " + to_string(id));
  return publish_checkpoint(*doorsync, *publisher, *key);
}

}  // namespace

Outcome<std::vector<Publisher>> ask_publishers(Session& doorsync) {
  std::vector<Publisher> publishers;
  bool readable = true;
  const auto end =
      doorsync.stream(ControlMessage("publishers"), "end", usual_silence, [&](const ControlMessage& message) {
        const auto key = PublicKey::from_base64(message.text("key"));
        if (!key) return void(readable = false);
        std::vector<ZonePattern> patterns;
        for (const auto& [field, value] : message.fields()) {
          if (field != "zones") continue;
          const auto pattern = ZonePattern::parse(value);
          if (!pattern) return void(readable = false);
          patterns.push_back(*pattern);
        }
        publishers.push_back({*key, std::move(patterns)});
      });
  if (!end) return Unexpected(end.error());
  if (!readable) return unreachable("doorsync told its publishers in a way that cannot be read");
  return publishers;
}

const Publisher* find_publisher(const std::vector<Publisher>& publishers, const KeyId& id) {
  const auto found =
      std::ranges::find_if(publishers, [&](const Publisher& each) { return each.key.id() == id; });
  return found == publishers.end() ? nullptr : &*found;
}

Outcome<std::uint64_t> publish_checkpoint(Session& doorsync, const Publisher& publisher,
                                          const PrivateKey& key) {
  const auto heads = ask_heads(doorsync);
  if (!heads) return Unexpected(heads.error());
  std::vector<CheckpointHead> named;
  for (const auto& [zone, head] : *heads) {
    if (may_publish(publisher, zone)) named.push_back({zone, {head.number, head.hash}});
  }
  const SignedHeads made = sign_heads(std::move(named), static_cast<std::uint64_t>(std::time(nullptr)), key);
  const auto file = sealed_memory_file("manydoors-checkpoint", made.encode());
  if (!file) return refused("cannot hand the checkpoint over: " + file.error().message);
  // Proving many heads that this node has not taken costs a signature each.
  const auto reply = doorsync.ask(ControlMessage("checkpoint"), std::chrono::minutes(5), {file->get()});
  if (!reply) return Unexpected(reply.error());
  if (reply->message.verb() != "published")
    return refused("doorsync refused the checkpoint: " + std::string(reply->message.text("reason")));
  return made.checkpoint.zones;
}

ExitCode run_checkpoint(Terminal& terminal, const Settings& settings, const CheckpointOptions& options) {
  const Outcome<std::uint64_t> zones = checkpoint(settings);
  if (!zones) return terminal.fail(zones.error());
  if (options.json) {
    terminal.print_json(Value::Object{{"result", "done"}, {"zones", *zones}});
  } else {
    terminal.print("checkpoint of " + counted(*zones, "zone") + " published");
  }
  return ExitCode::done;
}

}  // namespace doors::ctl
