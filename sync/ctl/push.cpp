#include "sync/ctl/push.h"

#include <algorithm>
#include <map>
#include <set>

#include "sync/ctl/canary_watch.h"
#include "sync/ctl/delete_zones.h"
#include "sync/ctl/publish.h"
#include "sync/ctl/push_plan.h"
#include "sync/ctl/receipts_report.h"
#include "sync/ctl/rollback.h"
#include "sync/ctl/rollout.h"
#include "sync/ctl/warnings.h"
#include "zones/base/config.h"
#include "zones/base/parallel.h"
#include "zones/content/diff.h"

namespace doors::ctl {
namespace {

/// More zones than this are summed up rather than listed; --json lists them all.
constexpr std::size_t listed_zones = 50;

/// One zone on its way through a push.
struct PushedZone {
  LoadedFile* file = nullptr;
  const StoredVersion* head = nullptr;  ///< nothing: a new zone, or one that was deleted and has no content
  const StoredVersion* previous = nullptr;
  std::uint64_t added = 0, removed = 0, changed = 0;
  std::optional<Delta> delta;  ///< what is published, if not the whole content
  std::uint64_t octets = 0;    ///< published, compressed
  PushDecision decision;
};

class Push {
 public:
  Push(Terminal& terminal, const Settings& settings, const PushOptions& options)
      : terminal_(terminal), settings_(settings), options_(options) {}

  Outcome<ExitCode> run() {
    auto forced = parse_forced(options_.force);
    if (!forced) return Unexpected(forced.error());
    forced_ = *std::move(forced);
    Result<PrivateKey> key = PrivateKey::read(settings_.publisher_key);
    if (!key) return refused(key.error().message + " (doorctl init makes a publisher's key)");
    if (auto waves = choose_waves(); !waves) return Unexpected(waves.error());
    if (options_.canary && !rollout_) {
      auto watch = CanaryWatch::start(settings_);
      if (!watch) return Unexpected(watch.error());
      canary_ = *std::move(watch);
    }
    auto files = load_files(terminal_, options_.zones);
    if (!files) return Unexpected(files.error());
    files_ = *std::move(files);
    if (!all_have_content()) return refused("nothing was pushed: files have errors");
    auto doorsync = Session::open(settings_.doorsync_socket, "doorsync");
    if (!doorsync) return Unexpected(doorsync.error());
    auto heads = ask_heads(*doorsync);
    if (!heads) return Unexpected(heads.error());
    heads_ = *std::move(heads);
    if (auto judged = judge(*doorsync); !judged) return Unexpected(judged.error());
    if (!report_findings()) {
      if (options_.json) print_json("refused", nullptr, nullptr);
      return refused("nothing was pushed: gates refuse it (--force GATE overrides one)");
    }
    return publish_and_wait(*doorsync, *key);
  }

 private:
  bool all_have_content() {
    bool all = true;
    Value::List problems;
    for (const LoadedFile& file : files_) {
      if (file.content) continue;
      all = false;
      for (const Problem& problem : file.problems) {
        terminal_.error(line_of(problem));
        problems.push_back(json_of(problem));
      }
    }
    if (!all && options_.json) {
      terminal_.print_json(Value::Object{{"result", "refused"}, {"problems", std::move(problems)}});
    }
    return all;
  }

  /// Whether the push goes through waves, and which.
  Outcome<void> choose_waves() {
    const auto& waves = options_.waves.empty() ? settings_.rollout.waves : options_.waves;
    if (waves.empty()) return {};
    for (const std::string& wave : waves) {
      if (std::string wrong = wrong_in_selector(wave); !wrong.empty()) return refused("--waves: " + wrong);
    }
    rollout_.emplace();
    rollout_->waves = waves;
    rollout_->bake = settings_.rollout.bake;
    rollout_->limit = settings_.rollout.limit;
    rollout_->gates = settings_.canary;
    return {};
  }

  /// Compares each file with the store and decides.
  Outcome<void> judge(Session& doorsync) {
    std::vector<bool> changed(files_.size());
    for (std::size_t i = 0; i < files_.size(); ++i) {
      PushedZone& zone = zones_.emplace_back();
      zone.file = &files_[i];
      const auto head = heads_.find(Name(files_[i].content->origin()));
      if (head != heads_.end()) {
        zone.previous = &head->second;
        if (head->second.kind != VersionKind::tombstone) zone.head = &head->second;
        if (options_.epoch && *options_.epoch <= head->second.number.epoch) {
          return refused("--epoch " + std::to_string(*options_.epoch) + ": the newest version of " +
                         head->first.to_string() + " is " + head->second.number.to_string());
        }
      }
      // A new epoch is there to supersede versions that the store does not show.
      changed[i] = options_.epoch || zone.head == nullptr || zone.head->digest != files_[i].digest;
    }
    const GateModes& modes = settings_.gates;
    const bool looks_inside =
        modes.zonemd != GateMode::off || modes.signatures != GateMode::off || modes.expired != GateMode::off;
    if (looks_inside) check_dnssec_of(terminal_, files_, changed);
    if (auto compared = compare(doorsync, changed); !compared) return compared;
    for (std::size_t i = 0; i < zones_.size(); ++i) {
      PushedZone& zone = zones_[i];
      const Content& now = *zone.file->content;
      PushFacts facts{.served = {}, .serial = now.serial(), .records = now.record_count(), .problems = {}};
      facts.problems = std::move(zone.file->problems);
      if (zone.head != nullptr) facts.served = {zone.head->serial, zone.head->records, !changed[i]};
      zone.decision = decide(facts, modes, forced_);
    }
    return {};
  }

  /// Counts how the changed zones differ from what is served. A version that cannot be read any more only
  /// leaves that unknown: a push is how it is mended.
  Outcome<void> compare(Session& doorsync, const std::vector<bool>& changed) {
    std::vector<PushedZone*> compared;
    std::vector<const StoredVersion*> before;
    for (std::size_t i = 0; i < zones_.size(); ++i) {
      PushedZone& zone = zones_[i];
      if (!changed[i]) continue;
      zone.added = zone.file->content->record_count();
      if (zone.head == nullptr) continue;
      compared.push_back(&zone);
      before.push_back(zone.head);
    }
    const auto asked = ask_contents(doorsync, before, [&](std::size_t i, const Result<Content>& content) {
      terminal_.progress("comparing with what is served: " + with_commas(i) + " of " +
                         counted(compared.size(), "zone"));
      PushedZone& zone = *compared[i];
      if (!content) {
        terminal_.warn("what is served cannot be compared: " + content.error().message);
        zone.removed = zone.head->records;
        return;
      }
      const Diff difference = diff(*content, *zone.file->content);
      zone.added = difference.added;
      zone.removed = difference.removed;
      zone.changed = difference.changed;
      if (!options_.whole) take_difference(zone, *content, difference);
    });
    terminal_.end_progress();
    return asked;
  }

  /// Keeps what leads from what is served to the file, if that is to be published.
  static void take_difference(PushedZone& zone, const Content& before, const Diff& difference) {
    const Content& now = *zone.file->content;
    if (difference.changes.size() > now.rrset_count() / 2) return;
    auto delta = Delta::between(before, now);
    if (delta && is_worth_a_change(*zone.head, delta->octets(), now.stream().size()))
      zone.delta = *std::move(delta);
  }

  /// Says what the gates found; false if one refuses.
  bool report_findings() {
    using Weight = PushDecision::Finding::Weight;
    bool refuses = false;
    Warnings warnings(terminal_, options_.verbose);
    for (const PushedZone& zone : zones_) {
      for (const auto& finding : zone.decision.findings) {
        std::string line = printable(finding.message);
        if (finding.gate == Gate::shrink || finding.gate == Gate::growth || finding.gate == Gate::serial) {
          line = zone.file->path.string() + ": " + zone.file->content->origin().to_string() + ": " + line;
        }
        if (finding.gate != Gate::syntax) line.append(" (gate ").append(to_string(finding.gate)).append(")");
        if (finding.weight == Weight::refusal) {
          terminal_.error(line);
          refuses = true;
        } else if (finding.weight == Weight::forced) {
          warnings.add("overridden by --force: " + line);
        } else {
          warnings.add(line);
        }
      }
    }
    warnings.end("--verbose");
    return !refuses;
  }

  Outcome<ExitCode> publish_and_wait(Session& doorsync, const PrivateKey& key) {
    std::vector<PushedZone*> to_publish;
    for (PushedZone& zone : zones_) {
      if (zone.decision.verdict == Verdict::publish) to_publish.push_back(&zone);
    }
    if (!options_.json) print_zones();
    if (to_publish.empty()) {
      if (options_.json) print_json("unchanged", nullptr, nullptr);
      return ExitCode::done;
    }
    std::vector<Draft> drafts(to_publish.size());
    std::vector<std::string> wrong(to_publish.size());
    parallel_for(
        drafts.size(), 0,
        [&](std::size_t i) {
          PushedZone& zone = *to_publish[i];
          auto draft = zone.delta ? draft_change(*zone.delta, *zone.head, options_.comment)
                                  : draft_version(*zone.file->content, zone.file->digest, zone.previous,
                                                  VersionKind::push, options_.comment);
          if (draft) {
            if (options_.epoch) draft->version.number.epoch = *options_.epoch;
            drafts[i] = *std::move(draft);
            zone.octets = drafts[i].frames.octets.size();
          } else {
            wrong[i] = zone.file->path.string() + ": " + draft.error().message;
          }
        },
        [&](std::size_t done) {
          terminal_.progress("compressing: " + with_commas(done) + " of " + counted(drafts.size(), "zone"));
        });
    for (const std::string& message : wrong) {
      if (!message.empty()) return refused(message);
    }
    if (rollout_) {
      const auto plan = ask_plan(doorsync);
      if (!plan) return Unexpected(plan.error());
      rollout_->id = plan->next;
      for (Draft& draft : drafts) draft.version.stage = rollout_->id;
    }
    if (canary_) {
      if (auto begun = canary_->begin(); !begun) return Unexpected(begun.error());
    }
    terminal_.progress("publishing " + counted(drafts.size(), "zone"));
    auto publication = publish(doorsync, std::move(drafts), key, overridden_gates(settings_.gates, forced_),
                               rollout_ ? &*rollout_ : nullptr);
    if (!publication) return Unexpected(publication.error());

    auto limit = options_.wait.value_or(settings_.wait);
    if (options_.canary && limit.count() == 0) limit = Settings{}.wait;
    if (limit.count() == 0) {
      if (options_.json) print_json("published", &*publication, nullptr);
      if (!options_.json) terminal_.note("published; not waited for receipts");
      return ExitCode::done;
    }
    if (rollout_) {
      const auto why = follow_rollout(terminal_, doorsync, rollout_->id, options_.canary, time_of(*rollout_));
      terminal_.end_progress();
      if (!why) return Unexpected(why.error());
      if (*why) return taken_back(*publication, **why);
    }
    const Receipts receipts = wait_with_progress(terminal_, doorsync, *publication, limit);
    if (canary_) {
      if (auto why = judge_canary(receipts)) return stop_at_canary(*publication, *why);
    }
    if (options_.json) {
      print_json(receipts.complete ? "done" : "partly", &*publication, &receipts);
    } else {
      print_receipts(terminal_, *publication, receipts);
    }
    return receipts.complete ? ExitCode::done : ExitCode::partly;
  }

  /// Why the push must not stay; nothing if all is well.
  std::optional<std::string> judge_canary(const Receipts& receipts) {
    if (!receipts.complete) return "not every zone is served";
    auto why = canary_->run(terminal_);
    terminal_.end_progress();
    return why;
  }

  /// Puts back what was served before, as new versions. A zone that is new here has nothing to go back to: it
  /// is deleted again.
  ExitCode stop_at_canary(const Publication& publication, const std::string& why) {
    terminal_.error("stopped at the canary: " + why);
    std::set<Name> fresh;
    for (const PushedZone& zone : zones_) {
      if (zone.head == nullptr) fresh.insert(Name(zone.file->content->origin()));
    }
    const std::string comment = "stopped at the canary: " + why;
    DeleteOptions deletion;
    deletion.wait = options_.wait;
    deletion.comment = comment;
    deletion.silent = true;
    ExitCode worst = ExitCode::done;
    const auto did = [&](ExitCode code) {
      if (code != ExitCode::done) worst = ExitCode::partly;
    };
    for (const Published& one : publication.accepted) {
      if (fresh.contains(one.zone)) {
        deletion.zones.push_back(one.zone.to_string());
      } else {
        RollbackOptions rollback;
        rollback.zone = one.zone.to_string();
        rollback.wait = options_.wait;
        rollback.comment = comment;
        rollback.silent = true;
        did(run_rollback(terminal_, settings_, rollback));
      }
    }
    if (!deletion.zones.empty()) did(run_delete(terminal_, settings_, deletion));
    return say_restored(publication, worst == ExitCode::done, why);
  }

  /// The fleet has stopped it: what was served before comes back where it was taken.
  ExitCode taken_back(const Publication& publication, const std::string& why) {
    terminal_.error("stopped by the rollout: " + why);
    const bool restored = take_back(terminal_, settings_, rollout_->id, why, options_.wait) == ExitCode::done;
    return say_restored(publication, restored, why);
  }

  ExitCode say_restored(const Publication& publication, bool restored, const std::string& why) {
    if (options_.json) {
      print_json(restored ? "rolled back" : "stopped", &publication, nullptr, why);
    } else {
      terminal_.print(restored ? "rolled back: what was served before is served again"
                               : "not everything could be rolled back, or is served yet (doorctl status)");
    }
    return restored ? ExitCode::refused : ExitCode::partly;
  }

  void print_zones() {
    Table table({{"ZONE"},
                 {"SERIAL", Table::Align::right},
                 {"RECORDS", Table::Align::right},
                 {"ADDED", Table::Align::right},
                 {"REMOVED", Table::Align::right},
                 {"CHANGED", Table::Align::right},
                 {"STATE"}});
    std::uint64_t unchanged = 0, fresh = 0, added = 0, removed = 0, changed = 0, left_out = 0;
    for (const PushedZone& zone : zones_) {
      const bool same = zone.decision.verdict == Verdict::unchanged;
      unchanged += same ? 1 : 0;
      fresh += zone.head == nullptr ? 1 : 0;
      added += zone.added;
      removed += zone.removed;
      changed += zone.changed;
      if ((same && zones_.size() > listed_zones) || table.size() == listed_zones) {
        left_out += same ? 0 : 1;
        continue;
      }
      const Content& now = *zone.file->content;
      std::string serial = std::to_string(now.serial().raw());
      if (!same && zone.head != nullptr) serial = std::to_string(zone.head->serial.raw()) + " -> " + serial;
      table.add({now.origin().to_string(), serial, with_commas(now.record_count()), with_commas(zone.added),
                 with_commas(zone.removed), with_commas(zone.changed),
                 same ? Table::Cell("unchanged", Paint::faint) : Table::Cell(zone.head ? "changed" : "new")});
    }
    if (table.size() > 0) terminal_.print_text(table.render(&terminal_));
    if (left_out > 0) terminal_.print("… and " + counted(left_out, "zone") + " more");
    if (zones_.size() > 1) {
      terminal_.print(counted(zones_.size(), "zone") + ": " + with_commas(fresh) + " new, " +
                      with_commas(zones_.size() - fresh - unchanged) + " changed, " + with_commas(unchanged) +
                      " unchanged; records: " + with_commas(added) + " added, " + with_commas(removed) +
                      " removed, " + with_commas(changed) + " changed");
    }
  }

  void print_json(std::string_view result, const Publication* publication, const Receipts* receipts,
                  const std::string& why = {}) {
    std::map<Name, VersionNumber> numbers;
    if (publication != nullptr) {
      for (const Published& one : publication->accepted) numbers.insert_or_assign(one.zone, one.number);
    }
    Value::List list;
    for (const PushedZone& zone : zones_) {
      const Content& now = *zone.file->content;
      static constexpr std::string_view states[] = {"unchanged", "published", "refused"};
      const bool published = publication != nullptr || zone.decision.verdict != Verdict::publish;
      Value::Object object{
          {"zone", now.origin().to_string()},
          {"file", zone.file->path.string()},
          {"state", published ? states[static_cast<std::size_t>(zone.decision.verdict)] : "held back"},
          {"serial", now.serial().raw()},
          {"records", std::uint64_t{now.record_count()}},
          {"added", zone.added},
          {"removed", zone.removed},
          {"changed", zone.changed}};
      const auto number = numbers.find(Name(now.origin()));
      if (number != numbers.end()) {
        object.emplace_back("sent", zone.delta ? "difference" : "whole");
        object.emplace_back("octets", zone.octets);
        object.emplace_back("epoch", number->second.epoch);
        object.emplace_back("seq", number->second.seq);
      } else if (zone.head != nullptr) {
        object.emplace_back("epoch", zone.head->number.epoch);
        object.emplace_back("seq", zone.head->number.seq);
      }
      static constexpr std::string_view weights[] = {"warning", "forced", "refusal"};
      Value::List findings;
      for (const auto& finding : zone.decision.findings) {
        findings.push_back(Value::Object{{"weight", weights[static_cast<std::size_t>(finding.weight)]},
                                         {"gate", to_string(finding.gate)},
                                         {"message", finding.message}});
      }
      object.emplace_back("findings", std::move(findings));
      list.push_back(std::move(object));
    }
    Value::Object object{{"result", result}, {"zones", std::move(list)}};
    if (!why.empty()) object.emplace_back("reason", why);
    if (publication != nullptr) add_json(object, *publication, receipts);
    terminal_.print_json(object);
  }

  Terminal& terminal_;
  const Settings& settings_;
  const PushOptions& options_;
  ForcedGates forced_;
  std::optional<CanaryWatch> canary_;
  std::optional<Rollout> rollout_;
  std::vector<LoadedFile> files_;
  std::map<Name, StoredVersion> heads_;
  std::vector<PushedZone> zones_;
};

}  // namespace

Outcome<std::optional<std::chrono::milliseconds>> parse_wait(std::string_view text) {
  using Wait = std::optional<std::chrono::milliseconds>;
  if (text.empty() || text == "all" || text == "canary") return Wait();
  if (text == "none" || text == "0") return Wait(std::chrono::milliseconds(0));
  const auto duration = parse_duration(text);
  if (!duration) {
    return refused("--wait " + std::string(text) + ": write all, canary, none, or a duration such as 90s");
  }
  return Wait(*duration);
}

ExitCode run_push(Terminal& terminal, const Settings& settings, const PushOptions& options) {
  const Outcome<ExitCode> code = Push(terminal, settings, options).run();
  return code ? *code : terminal.fail(code.error());
}

}  // namespace doors::ctl
