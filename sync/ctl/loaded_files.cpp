#include "sync/ctl/loaded_files.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <numeric>

#include "sync/ctl/progress_bar.h"
#include "zones/base/parallel.h"
#include "zones/load/dnssec_check.h"
#include "zones/load/ds_check.h"
#include "zones/load/zone_file.h"

namespace doors::ctl {
namespace {

LoadedFile load_one(const ZoneFile& file, const ZoneFileOptions& options) {
  LoadedFile loaded{.path = file.path, .content = {}, .digest = {}, .problems = {}, .signed_until = {}};
  auto zone = load_zone_file(file.path, options);
  if (!zone) {
    loaded.problems = std::move(zone).error();
    return loaded;
  }
  loaded.problems = std::move(zone->warnings);
  loaded.digest = content_digest(zone->content, run_on_all_cores);
  loaded.content.emplace(std::move(zone->content));
  return loaded;
}

void refuse_second_files(std::vector<LoadedFile>& files) {
  std::map<Name, const LoadedFile*> seen;
  for (LoadedFile& file : files) {
    if (!file.content) continue;
    const Name zone(file.content->origin());
    const auto [first, is_new] = seen.try_emplace(zone, &file);
    if (is_new) continue;
    file.content.reset();
    file.problems = {Problem{.error = true,
                             .gate = Gate::syntax,
                             .file = file.path.string(),
                             .line = 0,
                             .owner = zone.to_string(),
                             .message = "this zone is in " + first->second->path.string() + " too"}};
  }
}

/// Adds what was found in the file `where` to what is known of `file`.
void add_problems(LoadedFile& file, std::vector<Problem> problems, const LoadedFile& where) {
  for (Problem& problem : problems) {
    if (problem.file.empty()) problem.file = where.path.string();
    file.problems.push_back(std::move(problem));
  }
}

/// Looks for the zone above each zone among the files. What is wrong between them lies in the upper one's DS,
/// and is a problem of that one, or of the lower one if that alone is chosen.
void check_delegations(std::vector<LoadedFile>& files, const std::vector<bool>& chosen) {
  std::map<Name, std::size_t> zones;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].content) zones.emplace(files[i].content->origin(), i);
  }
  for (const auto& [zone, child] : zones) {
    for (NameView above = zone; !above.is_root();) {
      above = above.parent();
      const auto parent = zones.find(Name(above));
      if (parent == zones.end()) continue;
      const LoadedFile& upper = files[parent->second];
      const std::size_t blamed = chosen[parent->second] ? parent->second : child;
      if (chosen[blamed]) {
        add_problems(files[blamed], check_delegation_signer(*upper.content, *files[child].content), upper);
      }
      break;
    }
  }
}

}  // namespace

Outcome<std::vector<LoadedFile>> load_files(Terminal& terminal, const ZoneArguments& arguments) {
  Outcome<ZoneFiles> found = find_zone_files(arguments.paths);
  if (!found) return Unexpected(found.error());
  if (const auto note = note_of_skipped(found->skipped)) terminal.note(*note);
  if (found->files.empty()) return refused("there is no zone file in what was named");
  ZoneFileOptions options;
  if (!arguments.origin.empty()) {
    if (found->files.size() > 1) return refused("--origin is for one zone file, and here are several");
    const Result<Name> origin = Name::parse(arguments.origin);
    if (!origin) return refused("--origin " + arguments.origin + ": " + origin.error().message);
    options.origin = *origin;
  }

  // The largest first, so that no core is left alone with it at the end.
  std::vector<std::size_t> order(found->files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return found->files[a].octets > found->files[b].octets;
  });
  std::uint64_t octets = 0;
  for (const ZoneFile& file : found->files) octets += file.octets;
  std::atomic<std::uint64_t> octets_read{0};
  options.octets_read = &octets_read;
  options.run = run_on_all_cores;
  std::vector<LoadedFile> files(order.size());
  parallel_for(
      order.size(), 0, [&](std::size_t i) { files[order[i]] = load_one(found->files[order[i]], options); },
      [&](std::size_t done) {
        terminal.progress(progress_bar("reading", octets_read.load(std::memory_order_relaxed), octets,
                                       with_commas(done) + " of " + counted(order.size(), "file")));
      });
  terminal.end_progress();
  refuse_second_files(files);
  return files;
}

void check_dnssec_of(Terminal& terminal, std::vector<LoadedFile>& files, const std::vector<bool>& chosen) {
  std::vector<LoadedFile*> wanted;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (chosen[i] && files[i].content) wanted.push_back(&files[i]);
  }
  std::stable_sort(wanted.begin(), wanted.end(), [](const LoadedFile* a, const LoadedFile* b) {
    return a->content->record_count() > b->content->record_count();
  });
  const WallTime now = std::chrono::system_clock::now();
  parallel_for(
      wanted.size(), 0,
      [&](std::size_t i) {
        DnssecReport report = check_dnssec(*wanted[i]->content, now);
        add_problems(*wanted[i], std::move(report.problems), *wanted[i]);
        wanted[i]->signed_until = report.signed_until;
      },
      [&](std::size_t done) {
        terminal.progress("checking signatures: " + with_commas(done) + " of " +
                          counted(wanted.size(), "zone"));
      });
  terminal.end_progress();
  check_delegations(files, chosen);
}

std::optional<std::string> note_of_skipped(const std::vector<std::filesystem::path>& skipped) {
  if (skipped.empty()) return std::nullopt;
  constexpr std::size_t named = 3;
  std::string note = "passed over " + counted(skipped.size(), "file") + " without zone text: ";
  for (std::size_t i = 0; i < std::min(skipped.size(), named); ++i) {
    if (i > 0) note += ", ";
    note += skipped[i].filename().string();
  }
  if (skipped.size() > named) note += ", …";
  return note;
}

std::string line_of(const Problem& problem) {
  std::string line = printable(problem.to_string());
  if (problem.gate != Gate::syntax) line.append(" (gate ").append(to_string(problem.gate)).append(")");
  return line;
}

Value json_of(const Problem& problem) {
  return Value::Object{{"severity", problem.error ? "error" : "warning"},
                       {"gate", to_string(problem.gate)},
                       {"file", problem.file},
                       {"line", problem.line},
                       {"owner", problem.owner},
                       {"message", problem.message}};
}

}  // namespace doors::ctl
