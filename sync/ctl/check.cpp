#include "sync/ctl/check.h"

#include <algorithm>
#include <chrono>

#include "sync/ctl/versions.h"
#include "sync/ctl/warnings.h"

namespace doors::ctl {
namespace {

bool is_refused(const LoadedFile& file, bool strict) {
  if (!file.content) return true;
  return std::any_of(file.problems.begin(), file.problems.end(),
                     [&](const Problem& problem) { return problem.error || strict; });
}

std::string day_and_time(WallTime time) {
  const auto since_1970 = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
  return calendar(static_cast<std::uint64_t>(since_1970.count())) + " UTC";
}

Value json_of(const LoadedFile& file, bool refused_file) {
  Value::Object object{{"file", file.path.string()}, {"result", refused_file ? "refused" : "good"}};
  if (file.content) {
    object.emplace_back("zone", file.content->origin().to_string());
    object.emplace_back("serial", file.content->serial().raw());
    object.emplace_back("records", std::uint64_t{file.content->record_count()});
    if (file.signed_until) object.emplace_back("signed_until", day_and_time(*file.signed_until));
  }
  Value::List problems;
  for (const Problem& problem : file.problems) problems.push_back(ctl::json_of(problem));
  object.emplace_back("problems", std::move(problems));
  return object;
}

void print_file(Terminal& terminal, Warnings& warnings, const LoadedFile& file, bool refused_file) {
  for (const Problem& problem : file.problems) {
    if (problem.error) {
      terminal.error(line_of(problem));
    } else {
      warnings.add(line_of(problem));
    }
  }
  if (terminal.quiet()) return;
  std::string line = file.path.string() + ": ";
  if (file.content) {
    line += "zone " + file.content->origin().to_string() + ", serial " +
            std::to_string(file.content->serial().raw()) + ", " +
            counted(file.content->record_count(), "record");
    if (file.signed_until) line += ", signed until " + day_and_time(*file.signed_until);
    line += ": ";
  }
  line += refused_file ? terminal.paint(Paint::bad, "refused") : terminal.paint(Paint::good, "good");
  terminal.print(line);
}

}  // namespace

ExitCode run_check(Terminal& terminal, const CheckOptions& options) {
  Outcome<std::vector<LoadedFile>> files = load_files(terminal, options.zones);
  if (!files) return terminal.fail(files.error());
  check_dnssec_of(terminal, *files, std::vector<bool>(files->size(), true));
  std::size_t bad = 0;
  Value::List list;
  Warnings warnings(terminal, options.verbose);
  for (const LoadedFile& file : *files) {
    const bool refused_file = is_refused(file, options.strict);
    bad += refused_file ? 1 : 0;
    if (options.json) {
      list.push_back(json_of(file, refused_file));
    } else {
      print_file(terminal, warnings, file, refused_file);
    }
  }
  warnings.end("--verbose");
  if (options.json) {
    terminal.print_json(Value::Object{{"result", bad == 0 ? "good" : "refused"}, {"files", std::move(list)}});
  } else if (files->size() > 1) {
    terminal.note(counted(files->size(), "file") + " checked, " + with_commas(bad) + " refused");
  }
  return bad == 0 ? ExitCode::done : ExitCode::refused;
}

}  // namespace doors::ctl
