// doorctl: one command each, for operators. This file reads the command line and picks the command.
#include <csignal>
#include <cstdio>
#include <functional>

#include <CLI/CLI.hpp>

#include "sync/ctl/check.h"
#include "sync/ctl/checkpoint.h"
#include "sync/ctl/delete_zones.h"
#include "sync/ctl/diff.h"
#include "sync/ctl/doctor.h"
#include "sync/ctl/drain.h"
#include "sync/ctl/examples.h"
#include "sync/ctl/history.h"
#include "sync/ctl/init.h"
#include "sync/ctl/key.h"
#include "sync/ctl/pin.h"
#include "sync/ctl/push.h"
#include "sync/ctl/refresh.h"
#include "sync/ctl/rollback.h"
#include "sync/ctl/rollout.h"
#include "sync/ctl/serve.h"
#include "sync/ctl/settings.h"
#include "sync/ctl/status.h"
#include "sync/ctl/terminal.h"
#include "sync/ctl/why.h"
#include "sync/ctl/zone.h"

namespace doors::ctl {
namespace {

/// Everything the command line can say.
struct CommandLine {
  Places places;
  bool quiet = false;
  std::string colours = "auto";
  std::string help_topic;
  CheckOptions check;
  CheckpointOptions checkpoint;
  DeleteOptions deletion;
  DiffOptions diff;
  DoctorOptions doctor;
  DrainOptions drain;
  HistoryOptions history;
  InitOptions init;
  KeyOptions key;
  PinOptions pin;
  PushOptions push;
  std::string wait;
  RefreshOptions refresh;
  RollbackOptions rollback;
  RolloutOptions rollout;
  ServeOptions serve;
  StatusOptions status;
  UndrainOptions undrain;
  WeightOptions weight;
  WhyOptions why;
  ZoneOptions zone;
  bool json = false;  ///< of whichever command was given
};

void add_zone_arguments(CLI::App& command, ZoneArguments& zones) {
  command.add_option("FILE|DIR", zones.paths, "Zone files, or directories of them")->required();
  command.add_option("--origin", zones.origin,
                     "The zone's name, for one file; else $ORIGIN, the SOA's owner, or the file's name");
}

void add_json(CLI::App& command, bool& json, bool& any_json) {
  command.add_flag_callback(
      "--json", [&] { json = any_json = true; }, "One JSON object on stdout instead of text");
}

void add_zone_edit(CLI::App& zone, CommandLine& line, const std::string& verb, ZoneEdit::Kind kind,
                   const std::string& what) {
  CLI::App& edit = *zone.add_subcommand(verb, what);
  edit.add_option("ZONE", line.zone.zone, "The zone")->required();
  edit.add_option("NAME", line.zone.owner, "Below the zone, or with a last dot; @ is the zone itself")
      ->required();
  CLI::Option* const words = edit.add_option(
      "RECORD", line.zone.words, kind == ZoneEdit::Kind::remove ? "[TYPE [RDATA...]]" : "TTL TYPE RDATA...");
  if (kind != ZoneEdit::Kind::remove) words->required();
  edit.add_option("--wait", line.wait, "As for push")->type_name("HOW LONG");
  edit.add_option("--comment", line.zone.comment, "Kept with the version");
  add_json(edit, line.zone.json, line.json);
  edit.callback([&line, kind] { line.zone.kind = kind; });
}

/// What a hub's operator has besides push and status.
void add_fleet(CLI::App& app, CommandLine& line) {
  CLI::App& rollout =
      *app.add_subcommand("rollout", "Show how a push goes through the fleet; watch it, stop it");
  rollout.require_subcommand(0, 1);
  add_json(rollout, line.rollout.json, line.json);
  const auto add_verb = [&](const char* name, RolloutOptions::Verb verb, const char* what) {
    CLI::App& command = *rollout.add_subcommand(name, what);
    command.callback([&line, verb] { line.rollout.verb = verb; });
    return &command;
  };
  add_verb("show", RolloutOptions::Verb::show, "Its waves, and which are open");
  add_verb("watch", RolloutOptions::Verb::watch, "Until it is over; take it back if it was stopped");
  add_verb("stop", RolloutOptions::Verb::stop, "Now, and take it back")
      ->add_option("--reason", line.rollout.reason, "Shown by status and history")
      ->type_name("TEXT");

  const auto add_pin = [&](const char* name, PinOptions::Verb verb, const char* what) {
    CLI::App& command = *app.add_subcommand(name, what);
    command.add_option("NODES", line.pin.nodes, "A PoP, or group:NAME, label:KEY=VALUE, 25%, all")
        ->required();
    if (verb != PinOptions::Verb::promote) command.add_option("ZONE", line.pin.zone, "The zone")->required();
    if (verb == PinOptions::Verb::pin)
      command.add_option("VERSION", line.pin.version, "As history shows it; default the newest");
    add_json(command, line.pin.json, line.json);
    command.callback([&line, verb] { line.pin.verb = verb; });
  };
  add_pin("pin", PinOptions::Verb::pin, "Let nodes stay at a version of a zone");
  add_pin("unpin", PinOptions::Verb::unpin, "Let them take newer versions again");
  add_pin("promote", PinOptions::Verb::promote, "Let nodes with a delay take at once what is published now");
}

void add_keys(CLI::App& app, CommandLine& line) {
  CLI::App& key = *app.add_subcommand("key", "Publishers' keys: list them, make the next one, change to it");
  key.require_subcommand(1);
  const auto add = [&](const char* name, KeyOptions::Verb verb, const char* what) {
    CLI::App& command = *key.add_subcommand(name, what);
    add_json(command, line.key.json, line.json);
    command.callback([&line, verb] { line.key.verb = verb; });
  };
  add("list", KeyOptions::Verb::list, "Which keys doorsync takes versions from, and what each has signed");
  add("new", KeyOptions::Verb::make, "Make the next key, beside the one in use");
  add("rotate", KeyOptions::Verb::rotate,
      "Use the next key from now on; it vouches for what the old one signed");

  CLI::App& checkpoint = *app.add_subcommand(
      "checkpoint", "Sign which versions are the newest, so that PoPs notice what a store withholds");
  add_json(checkpoint, line.checkpoint.json, line.json);
}

void add_commands(CLI::App& app, CommandLine& line) {
  app.add_option("--dir", line.places.directory,
                 "The PoP that `init --dir` made there: its config and its sockets")
      ->type_name("DIR");
  app.add_option("--run-dir", line.places.run_dir, "Where the sockets are; default $DOORS_RUN or /run/doors")
      ->type_name("DIR");
  app.add_option("--config", line.places.config, "Default $DOORS_CONFIG or /etc/doors/doorctl.toml")
      ->type_name("FILE");
  app.add_flag("-q,--quiet", line.quiet, "Only results, warnings and errors");
  app.add_option("--color", line.colours, "When to use colours")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN");

  CLI::App& init =
      *app.add_subcommand("init", "Make a publisher's key, the configs and directories of a PoP");
  init.add_option("--pop", line.init.pop, "Name of the point of presence")->capture_default_str();
  init.add_option("--node", line.init.node, "Name of this machine in it; default the host's name");
  init.add_option("--listen", line.init.listen,
                  "Where doord listens; may be repeated; default 127.0.0.1:53, [::1]:53")
      ->type_name("ADDR:PORT");
  init.add_flag("--force", line.init.force, "Write configs anew that are there; a key is always kept");
  add_json(init, line.init.json, line.json);

  CLI::App& check = *app.add_subcommand("check", "Check zone files as a push would, without a server");
  add_zone_arguments(check, line.check.zones);
  check.add_flag("--strict", line.check.strict, "Warnings are errors");
  check.add_flag("--verbose", line.check.verbose, "Every warning, not the first 20");
  add_json(check, line.check.json, line.json);

  CLI::App& diff = *app.add_subcommand("diff", "Show what a push would change");
  add_zone_arguments(diff, line.diff.zones);
  diff.add_option("--from", line.diff.from, "Compare with this zone file instead of what the store holds")
      ->type_name("FILE");
  diff.add_flag("--summary", line.diff.summary, "Counts alone");
  add_json(diff, line.diff.json, line.json);

  CLI::App& push =
      *app.add_subcommand("push", "Check, sign and publish zones, and wait until they are served");
  add_zone_arguments(push, line.push.zones);
  push.add_option("--force", line.push.force,
                  "Gates to override: zonemd, signatures, expired, shrink, growth, serial, rollout")
      ->delimiter(',')
      ->type_name("GATE[,GATE]");
  push.add_option(
          "--wait", line.wait,
          "For receipts: all (as configured), none, a time such as 90s; canary: and roll back if answers "
          "get worse")
      ->type_name("HOW LONG");
  push.add_option("--waves", line.push.waves,
                  "Through which nodes it goes, wave by wave: group:NAME, 25%, ...; default as configured")
      ->delimiter(',')
      ->type_name("NODES[,NODES]");
  push.add_option("--epoch", line.push.epoch,
                  "Start this epoch: its versions supersede all of lower ones, whatever a PoP has taken")
      ->type_name("N");
  push.add_option("--comment", line.push.comment, "Kept with the versions and shown by history");
  push.add_flag("--whole", line.push.whole, "Send whole zones, not their differences to what is served");
  push.add_flag("--verbose", line.push.verbose, "Every warning, not the first 20");
  add_json(push, line.push.json, line.json);

  CLI::App& status = *app.add_subcommand("status", "Show this PoP's programs and what each node serves");
  status.add_flag("--all", line.status.all, "A row for each zone, however many");
  add_json(status, line.status.json, line.json);
  status.add_flag("--zones", line.status.zones, "At a hub: a row for each zone at each node");

  add_fleet(app, line);

  CLI::App& history =
      *app.add_subcommand("history", "List the versions of a zone, or the changes of a PoP's door");
  history.add_option("ZONE|POP", line.history.zone, "The zone; or this PoP by its name")->required();
  add_json(history, line.history.json, line.json);

  CLI::App& rollback = *app.add_subcommand("rollback", "Publish an older version's content as a new version");
  rollback.add_option("ZONE", line.rollback.zone, "The zone")->required();
  rollback
      .add_option("--to", line.rollback.to,
                  "The version, as history shows it; default the last other content")
      ->type_name("SEQ");
  rollback
      .add_option("--force", line.rollback.force,
                  "Gates to override: expired, for content whose signatures are over")
      ->delimiter(',')
      ->type_name("GATE[,GATE]");
  rollback.add_option("--wait", line.wait, "As for push")->type_name("HOW LONG");
  rollback.add_option("--comment", line.rollback.comment, "Kept with the version");
  add_json(rollback, line.rollback.json, line.json);

  CLI::App& deletion = *app.add_subcommand("delete", "Delete zones: no PoP serves them any more");
  deletion.add_option("ZONE", line.deletion.zones, "The zones")->required();
  deletion.add_option("--wait", line.wait, "As for push")->type_name("HOW LONG");
  deletion.add_option("--comment", line.deletion.comment, "Kept with the versions");
  add_json(deletion, line.deletion.json, line.json);

  CLI::App& refresh =
      *app.add_subcommand("refresh", "Ask a zone's primaries now whether they have a newer one");
  refresh.add_option("ZONE", line.refresh.zone, "The zone")->required();
  add_json(refresh, line.refresh.json, line.json);
  CLI::App& retransfer =
      *app.add_subcommand("retransfer", "Take a zone from its primaries again, whatever its serial is");
  retransfer.add_option("ZONE", line.refresh.zone, "The zone")->required();
  retransfer.callback([&line] { line.refresh.whole = true; });
  add_json(retransfer, line.refresh.json, line.json);

  CLI::App& drain = *app.add_subcommand("drain", "Take this PoP out of the anycast without losing a query");
  drain.add_option("POP", line.drain.pop, "Only if this is that PoP");
  drain.add_flag("--wait", line.drain.wait, "Until the routes are withdrawn");
  drain.add_option("--reason", line.drain.reason, "Shown by why, and logged")->type_name("TEXT");
  add_json(drain, line.drain.json, line.json);
  CLI::App& undrain = *app.add_subcommand("undrain", "Let this PoP announce again");
  undrain.add_option("POP", line.undrain.pop, "Only if this is that PoP");
  add_json(undrain, line.undrain.json, line.json);
  CLI::App& weight = *app.add_subcommand("weight", "Say how near this PoP's door is to seem");
  weight.add_option("POP", line.weight.pop, "This PoP's name")->required();
  weight.add_option("up|far", line.weight.weight, "As usual, or with a longer AS path")
      ->required()
      ->check(CLI::IsMember({"up", "far"}));
  add_json(weight, line.weight.json, line.json);

  CLI::App& why = *app.add_subcommand("why", "Say why a PoP is announced or not");
  why.add_option("POP", line.why.pop, "Default this one");
  add_json(why, line.why.json, line.json);

  CLI::App& doctor =
      *app.add_subcommand("doctor", "Look whether this machine is set up as a PoP's door has to be");
  doctor.add_option("--doorkeeper", line.doctor.doorkeeper, "Its config; default beside doorctl.toml")
      ->type_name("FILE");
  doctor.add_option("--bird", line.doctor.bird, "BIRD's config")->type_name("FILE")->capture_default_str();
  doctor.add_option("--frr", line.doctor.frr, "FRR's config")->type_name("FILE")->capture_default_str();
  doctor.add_option("--roas", line.doctor.roas, "ROAs as CSV, as a validator writes them")->type_name("FILE");
  doctor.add_option("--origins", line.doctor.origins, "Lines \"POP AS\", of the whole fleet")
      ->type_name("FILE");
  add_json(doctor, line.doctor.json, line.json);

  CLI::App& serve = *app.add_subcommand("serve", "Serve zone files in the foreground");
  add_zone_arguments(serve, line.serve.zones);
  serve
      .add_option("--listen", line.serve.listen,
                  "May be repeated; port 0 takes a free one; default 127.0.0.1:5300 and [::1]:5300")
      ->type_name("ADDR:PORT");
  serve.add_option("--nsid", line.serve.nsid, "Who answers (NSID, id.server); default the host's name")
      ->type_name("NAME");
  CLI::Option* const secret =
      serve
          .add_option(
              "--cookie-secret", line.serve.cookie_secrets,
              "For DNS cookies that several servers know; a second one is accepted too; default random")
          ->type_name("HEX|@FILE");
  serve.add_flag("--no-cookies", line.serve.no_cookies, "Ignore DNS cookies")->excludes(secret);
  serve.add_option("--report-agent", line.serve.report_agent, "Where resolvers report errors (RFC 9567)")
      ->type_name("DOMAIN");
  serve
      .add_option("--state", line.serve.state,
                  "Keep images here, so that the next start reads only what changed")
      ->type_name("DIR");
  serve.add_option("--workers", line.serve.workers, "Threads that answer; default one per CPU")
      ->check(CLI::Range(0, 256))
      ->type_name("N");
  serve
      .add_option("--tsig-key", line.serve.access.keys,
                  "A key shared with a peer; @FILE holds the base64, which then shows in no process list")
      ->type_name("NAME:ALGORITHM:BASE64");
  serve
      .add_option("--allow-transfer", line.serve.access.transfers,
                  "Who may have whole zones by AXFR; may be repeated; default nobody")
      ->type_name("ADDR|PREFIX|key:NAME");
  serve.add_option("--allow-notify", line.serve.access.notifies, "Whose NOTIFY is answered; the same")
      ->type_name("ADDR|PREFIX|key:NAME");
  serve.add_flag("--check", line.serve.check, "Warn of signatures and ZONEMD too; slower to start");
  serve.add_flag("--verbose", line.serve.verbose, "doord's log lines too");

  CLI::App& zone = *app.add_subcommand("zone", "Change single records of a zone, as a version of its own");
  zone.require_subcommand(1);
  add_zone_edit(zone, line, "add", ZoneEdit::Kind::add, "One record more: TTL TYPE RDATA...");
  add_zone_edit(zone, line, "del", ZoneEdit::Kind::remove, "One record less, or all of a type or name");
  add_zone_edit(zone, line, "replace", ZoneEdit::Kind::replace, "One record for all of its type");

  add_keys(app, line);

  CLI::App& help = *app.add_subcommand("help", "Explain a command");
  help.add_option("COMMAND", line.help_topic, "Default all of them");

  for (CLI::App* command : app.get_subcommands({})) {
    command->footer(std::string(examples_of(command->get_name())));
    // One value each time an option is given: what stands behind it may be a file.
    for (CLI::Option* option :
         command->get_options([](const CLI::Option* each) { return !each->get_positional(); }))
      option->allow_extra_args(false);
  }
}

int show_help(const CLI::App& app, const std::string& topic, Terminal& terminal) {
  if (topic.empty()) {
    // Not app.help(): that is the help of the command given, which is `help`.
    terminal.print_text(app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal));
    return 0;
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() != topic) continue;
    terminal.print_text(command->help(app.get_name()));
    return 0;
  }
  return static_cast<int>(
      terminal.fail({ExitCode::refused, "there is no command " + topic + " (doorctl help)"}));
}

/// Runs a command that needs doorctl.toml.
ExitCode with_settings(Terminal& terminal, const Places& places,
                       const std::function<ExitCode(const Settings&)>& command) {
  const Outcome<Settings> settings = find_settings(places);
  return settings ? command(*settings) : terminal.fail(settings.error());
}

ExitCode run(const std::string& command, CommandLine& line, Terminal& terminal) {
  if (command == "check") return run_check(terminal, line.check);
  if (command == "serve") return run_serve(terminal, line.serve);
  if (command == "init") {
    if (line.places.directory) line.init.directory = *line.places.directory;
    return run_init(terminal, line.init);
  }
  const auto wait = parse_wait(line.wait);
  if (!wait) return terminal.fail(wait.error());
  line.push.canary = line.wait == "canary";
  if (line.push.canary && command != "push")
    return terminal.fail({ExitCode::refused, "--wait canary is for push"});
  line.push.wait = line.rollback.wait = line.deletion.wait = line.zone.wait = *wait;
  return with_settings(terminal, line.places, [&](const Settings& settings) {
    if (command == "diff") return run_diff(terminal, settings, line.diff);
    if (command == "push") return run_push(terminal, settings, line.push);
    if (command == "status") return run_status(terminal, settings, line.status);
    if (command == "history") return run_history(terminal, settings, line.history);
    if (command == "rollback") return run_rollback(terminal, settings, line.rollback);
    if (command == "delete") return run_delete(terminal, settings, line.deletion);
    if (command == "doctor") {
      if (line.doctor.doorkeeper.empty())
        line.doctor.doorkeeper = settings.config_directory / "doorkeeper.toml";
      return run_doctor(terminal, settings, line.doctor);
    }
    if (command == "drain") return run_drain(terminal, settings, line.drain);
    if (command == "undrain") return run_undrain(terminal, settings, line.undrain);
    if (command == "weight") return run_weight(terminal, settings, line.weight);
    if (command == "key") return run_key(terminal, settings, line.key);
    if (command == "checkpoint") return run_checkpoint(terminal, settings, line.checkpoint);
    if (command == "refresh" || command == "retransfer") return run_refresh(terminal, settings, line.refresh);
    if (command == "rollout") return run_rollout(terminal, settings, line.rollout);
    if (command == "pin" || command == "unpin" || command == "promote")
      return run_pin(terminal, settings, line.pin);
    if (command == "zone") return run_zone(terminal, settings, line.zone);
    return run_why(terminal, settings, line.why);
  });
}

int parse_and_run(int argc, char** argv) {
  CLI::App app("doorctl: push zones to a fleet of Manydoors name servers, and see every PoP serve them",
               "doorctl");
  app.set_version_flag("--version", "doorctl " DOORS_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(std::string(examples_of("")));
  CommandLine line;
  add_commands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const auto chosen = app.get_subcommands();
    std::fprintf(stderr, "doorctl: %s (doorctl help%s%s)\n", error.what(), chosen.empty() ? "" : " ",
                 chosen.empty() ? "" : chosen.front()->get_name().c_str());
    return static_cast<int>(ExitCode::refused);
  }
  Terminal::Options options{.quiet = line.quiet, .colours = Terminal::Colours::automatic, .json = line.json};
  if (line.colours != "auto") {
    options.colours = line.colours == "always" ? Terminal::Colours::always : Terminal::Colours::never;
  }
  Terminal terminal(options);
  const std::string command = app.get_subcommands().front()->get_name();
  if (command == "help") return show_help(app, line.help_topic, terminal);
  const ExitCode code = run(command, line, terminal);
  terminal.end_progress();
  terminal.flush();
  return static_cast<int>(code);
}

}  // namespace
}  // namespace doors::ctl

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone away shows as a failed write
  try {
    return doors::ctl::parse_and_run(argc, argv);
  } catch (const std::exception& error) {  // no memory, or a library at its end
    std::fprintf(stderr, "doorctl: %s\n", error.what());
    return 1;
  }
}
