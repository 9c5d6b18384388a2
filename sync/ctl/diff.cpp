#include "sync/ctl/diff.h"

#include <algorithm>
#include <map>

#include "sync/ctl/session.h"
#include "sync/ctl/versions.h"
#include "zones/dns/rdata.h"
#include "zones/load/presentation.h"
#include "zones/load/zone_file.h"

namespace doors::ctl {
namespace {

/// Where the older content of a zone comes from: the store, or one file.
class Older {
 public:
  static Outcome<Older> of(const Settings& settings, const DiffOptions& options) {
    Older older;
    if (!options.from.empty()) {
      ZoneFileOptions file_options;
      if (!options.zones.origin.empty()) {
        Result<Name> origin = Name::parse(options.zones.origin);
        if (origin) file_options.origin = *origin;
      }
      auto zone = load_zone_file(options.from, file_options);
      if (!zone) return refused(line_of(zone.error().front()));
      older.file_.emplace(std::move(zone->content));
      return older;
    }
    Outcome<Session> doorsync = Session::open(settings.doorsync_socket, "doorsync");
    if (!doorsync) return Unexpected(doorsync.error());
    older.doorsync_.emplace(*std::move(doorsync));
    Outcome<std::map<Name, StoredVersion>> heads = ask_heads(*older.doorsync_);
    if (!heads) return Unexpected(heads.error());
    older.heads_ = *std::move(heads);
    return older;
  }

  /// The content to compare `file`'s with; nothing if there is none.
  Outcome<std::optional<Content>> content(const LoadedFile& file) {
    const NameView zone = file.content->origin();
    if (!doorsync_) {
      if (!file_ || file_->origin() != zone) {
        return refused("--from holds the zone " + file_->origin().to_string() + ", not " + zone.to_string());
      }
      return std::exchange(file_, std::nullopt);
    }
    const auto head = heads_.find(Name(zone));
    if (head == heads_.end() || head->second.kind == VersionKind::tombstone) return std::optional<Content>();
    if (head->second.digest == file.digest) return file.content;
    Outcome<Content> content = ask_content(*doorsync_, head->second);
    if (!content) return Unexpected(content.error());
    return std::optional<Content>(*std::move(content));
  }

 private:
  std::optional<Content> file_;
  std::optional<Session> doorsync_;
  std::map<Name, StoredVersion> heads_;
};

/// One side of a changed RRset, without the records that the other side has too (both are sorted, RFC 4034
/// §6.3).
void add_lines(std::vector<std::string>& lines, char sign, const RRsetView& rrset, const RRsetView* other) {
  const bool comparable = other != nullptr && other->ttl == rrset.ttl;
  RdataList::iterator theirs = comparable ? other->rdatas.begin() : RdataList::iterator();
  const RdataList::iterator their_end = comparable ? other->rdatas.end() : RdataList::iterator();
  for (const Octets rdata : rrset.rdatas) {
    while (theirs != their_end && compare_rdata(*theirs, rdata) < 0) ++theirs;
    if (theirs != their_end && compare_rdata(*theirs, rdata) == 0) continue;
    lines.push_back(sign + to_presentation(rrset.owner, rrset.type, rrset.ttl, rdata));
  }
}

void print_zone(Terminal& terminal, const Content& now, const std::optional<Content>& before,
                const Diff& difference, const DiffOptions& options) {
  const std::string name = terminal.paint(Paint::strong, now.origin().to_string());
  const std::string serial = std::to_string(now.serial().raw());
  if (!before) {
    terminal.print(name + ": new zone, serial " + serial + ", " + counted(now.record_count(), "record"));
    return;
  }
  if (difference.empty()) {
    terminal.print(name + ": unchanged, serial " + serial);
    return;
  }
  terminal.print(name + ": serial " + std::to_string(before->serial().raw()) + " -> " + serial + ", " +
                 counted(difference.added, "record") + " added, " + with_commas(difference.removed) +
                 " removed, " + with_commas(difference.changed) + " changed");
  if (options.summary) return;
  for (const std::string& line : lines_of(difference)) {
    terminal.print(terminal.paint(line.front() == '+' ? Paint::good : Paint::bad, line));
  }
}

Value json_of(const Content& now, const std::optional<Content>& before, const Diff& difference,
              bool summary) {
  Value::Object object{{"zone", now.origin().to_string()},
                       {"state", !before ? "new" : (difference.empty() ? "unchanged" : "changed")},
                       {"serial", now.serial().raw()},
                       {"records", std::uint64_t{now.record_count()}}};
  if (before) {
    object.emplace_back("served_serial", before->serial().raw());
    object.emplace_back("added", std::uint64_t{difference.added});
    object.emplace_back("removed", std::uint64_t{difference.removed});
    object.emplace_back("changed", std::uint64_t{difference.changed});
    if (!summary) {
      Value::List list;
      for (std::string& line : lines_of(difference)) list.emplace_back(std::move(line));
      object.emplace_back("lines", std::move(list));
    }
  }
  return object;
}

}  // namespace

std::vector<std::string> lines_of(const Diff& difference) {
  std::vector<std::string> lines;
  for (const RRsetChange& change : difference.changes) {
    if (change.before) add_lines(lines, '-', *change.before, change.after ? &*change.after : nullptr);
    if (change.after) add_lines(lines, '+', *change.after, change.before ? &*change.before : nullptr);
  }
  return lines;
}

ExitCode run_diff(Terminal& terminal, const Settings& settings, const DiffOptions& options) {
  Outcome<std::vector<LoadedFile>> files = load_files(terminal, options.zones);
  if (!files) return terminal.fail(files.error());
  if (!options.from.empty() && files->size() > 1) {
    return terminal.fail({ExitCode::refused, "--from is for one zone file, and here are several"});
  }
  Outcome<Older> older = Older::of(settings, options);
  if (!older) return terminal.fail(older.error());
  ExitCode code = ExitCode::done;
  Value::List list, problems;
  for (const LoadedFile& file : *files) {
    if (!file.content) {
      for (const Problem& problem : file.problems) {
        terminal.error(line_of(problem));
        problems.push_back(ctl::json_of(problem));
      }
      code = ExitCode::refused;
      continue;
    }
    const Outcome<std::optional<Content>> before = older->content(file);
    if (!before) return terminal.fail(before.error());
    const Diff difference = *before ? diff(**before, *file.content) : Diff{};
    if (options.json) {
      list.push_back(json_of(*file.content, *before, difference, options.summary));
    } else {
      print_zone(terminal, *file.content, *before, difference, options);
    }
  }
  if (options.json) {
    terminal.print_json(Value::Object{{"result", code == ExitCode::done ? "done" : "refused"},
                                      {"zones", std::move(list)},
                                      {"problems", std::move(problems)}});
  }
  return code;
}

}  // namespace doors::ctl
