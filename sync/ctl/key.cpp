#include "sync/ctl/key.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "sync/ctl/checkpoint.h"
#include "sync/ctl/report.h"
#include "sync/ctl/table.h"
#include "sync/ctl/versions.h"

namespace doors::ctl {
namespace {

std::filesystem::path next_key_of(const Settings& settings) {
  std::filesystem::path path = settings.publisher_key;
  return path += ".next";
}

std::string patterns_of(const Publisher& publisher) {
  std::string all;
  for (const ZonePattern& pattern : publisher.zones)
    all.append(all.empty() ? "\"" : ", \"").append(pattern.to_string()).append("\"");
  return all;
}

/// What has to stand in every doorsync.toml.
std::string config_of(const Publisher& publisher) {
  return "[[publisher]]\nkey = \"" + publisher.key.to_base64() + "\"\nzones = [" + patterns_of(publisher) +
         "]\n";
}

Outcome<ExitCode> make_key(Terminal& terminal, const Settings& settings, bool json) {
  const std::filesystem::path path = next_key_of(settings);
  const Result<PrivateKey> current = PrivateKey::read(settings.publisher_key);
  if (!current) return refused(current.error().message);
  const Result<PrivateKey> key = PrivateKey::generate();
  if (!key) return refused(key.error().message);
  if (const auto written = key->write(path); !written) return refused(written.error().message);
  // It gets the rights of the one in use, as far as these can be asked for.
  Publisher publisher{key->public_key(), {*ZonePattern::parse("*")}};
  if (auto doorsync = Session::open(settings.doorsync_socket, "doorsync")) {
    if (const auto publishers = ask_publishers(*doorsync)) {
      if (const Publisher* now = find_publisher(*publishers, current->public_key().id()))
        publisher.zones = now->zones;
    }
  }
  if (json) {
    terminal.print_json(Value::Object{{"result", "done"},
                                      {"key", path.string()},
                                      {"publisher", publisher.key.to_base64()},
                                      {"publisher_id", to_string(publisher.key.id())}});
    return ExitCode::done;
  }
  terminal.print("made " + path.string() + ", id " + to_string(publisher.key.id()));
  terminal.print("Now add this to every doorsync.toml, beside the key in use, and reload doorsync:\n");
  terminal.print_text(config_of(publisher));
  terminal.print("\nthen change over: doorctl key rotate");
  return ExitCode::done;
}

Outcome<ExitCode> rotate(Terminal& terminal, const Settings& settings, bool json) {
  const std::filesystem::path next_path = next_key_of(settings);
  const Result<PrivateKey> next = PrivateKey::read(next_path);
  if (!next) return refused(next.error().message + " (doorctl key new makes the next key)");
  // It is not there if a rotation was cut short between its two renames.
  const Result<PrivateKey> current = PrivateKey::read(settings.publisher_key);
  std::error_code error;
  if (!current && std::filesystem::exists(settings.publisher_key, error))
    return refused(current.error().message);
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return Unexpected(doorsync.error());
  const auto publishers = ask_publishers(*doorsync);
  if (!publishers) return Unexpected(publishers.error());
  const KeyId& id = next->public_key().id();
  const Publisher* publisher = find_publisher(*publishers, id);
  if (publisher == nullptr) {
    return refused("doorsync takes nothing from the next key " + to_string(id) +
                   ": add it to every doorsync.toml and reload doorsync first");
  }
  const Publisher* before = current ? find_publisher(*publishers, current->public_key().id()) : nullptr;
  if (before != nullptr && patterns_of(*before) != patterns_of(*publisher)) {
    return refused("the next key may publish " + patterns_of(*publisher) + ", the one in use " +
                   patterns_of(*before));
  }
  // With it the new key vouches for what the old one signed, so that the old one can go.
  const auto zones = publish_checkpoint(*doorsync, *publisher, *next);
  if (!zones) return Unexpected(zones.error());
  std::filesystem::path kept = settings.publisher_key;
  if (current) {
    kept += "." + to_string(current->public_key().id());
    std::filesystem::rename(settings.publisher_key, kept, error);
    if (error) return refused("cannot rename " + settings.publisher_key.string() + ": " + error.message());
  }
  std::filesystem::rename(next_path, settings.publisher_key, error);
  if (error) return refused("cannot rename " + next_path.string() + ": " + error.message());
  const std::string old_id = current ? to_string(current->public_key().id()) : "";
  if (json) {
    terminal.print_json(Value::Object{
        {"result", "done"}, {"publisher_id", to_string(id)}, {"retired_id", old_id}, {"zones", *zones}});
    return ExitCode::done;
  }
  terminal.print("the key in use is now " + to_string(id) + "; it vouches for " + counted(*zones, "zone"));
  if (current) {
    terminal.print("The key " + old_id + " lies in " + kept.string() +
                   ". Take it out of every doorsync.toml, reload doorsync, and destroy it.");
  }
  return ExitCode::done;
}

Outcome<ExitCode> list(Terminal& terminal, const Settings& settings, bool json) {
  auto doorsync = Session::open(settings.doorsync_socket, "doorsync");
  if (!doorsync) return Unexpected(doorsync.error());
  const auto publishers = ask_publishers(*doorsync);
  if (!publishers) return Unexpected(publishers.error());
  const auto heads = ask_heads(*doorsync);
  if (!heads) return Unexpected(heads.error());
  std::map<std::string, std::uint64_t> newest;  // how many zones' newest version each has signed
  for (const auto& [zone, head] : *heads) ++newest[head.publisher];
  std::map<std::string, std::string> roles;
  if (const auto key = PrivateKey::read(settings.publisher_key))
    roles[to_string(key->public_key().id())] = "in use";
  if (const auto key = PrivateKey::read(next_key_of(settings)))
    roles[to_string(key->public_key().id())] = "next";

  Table table({{"KEY"}, {"HERE"}, {"MAY PUBLISH"}, {"NEWEST OF", Table::Align::right}});
  Value::List rows;
  const auto add = [&](const std::string& id, const std::string& patterns) {
    const std::uint64_t zones = std::exchange(newest[id], 0);
    table.add({id, roles[id], patterns.empty() ? "nothing" : patterns, counted(zones, "zone")});
    rows.push_back(Value::Object{{"id", id}, {"here", roles[id]}, {"zones", patterns}, {"newest_of", zones}});
    roles.erase(id);
  };
  for (const Publisher& publisher : *publishers) add(to_string(publisher.key.id()), patterns_of(publisher));
  for (const auto& [id, role] : std::map(roles)) add(id, "");
  for (const auto& [id, zones] : std::map(newest)) {
    if (zones > 0) add(id, "");
  }
  if (json) {
    terminal.print_json(Value::Object{{"result", "done"}, {"keys", std::move(rows)}});
  } else {
    terminal.print_text(table.render(&terminal));
  }
  return ExitCode::done;
}

}  // namespace

ExitCode run_key(Terminal& terminal, const Settings& settings, const KeyOptions& options) {
  const auto run = [&]() -> Outcome<ExitCode> {
    switch (options.verb) {
      case KeyOptions::Verb::list:
        return list(terminal, settings, options.json);
      case KeyOptions::Verb::make:
        return make_key(terminal, settings, options.json);
      case KeyOptions::Verb::rotate:
        return rotate(terminal, settings, options.json);
    }
    __builtin_unreachable();
  };
  const Outcome<ExitCode> code = run();
  return code ? *code : terminal.fail(code.error());
}

}  // namespace doors::ctl
