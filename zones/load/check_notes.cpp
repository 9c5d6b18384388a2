#include "zones/load/check_notes.h"

#include <algorithm>
#include <utility>

namespace doors {

void CheckNotes::error(NameView owner, std::size_t record, std::string message) {
  if (++errors_ <= max_errors) note(true, owner, record, std::move(message));
}

void CheckNotes::warn(NameView owner, std::size_t record, std::string message) {
  if (++warnings_ <= max_warnings) note(false, owner, record, std::move(message));
}

void CheckNotes::note(bool is_error, NameView owner, std::size_t record, std::string message) {
  Problem problem;
  problem.error = is_error;
  if (const std::uint32_t known = tag(record); known != 0) {
    LineIndex::Place where = lines_->place_of_tag(known);
    problem.file = std::move(where.file);
    problem.line = where.line;
  }
  problem.owner = owner.to_string();
  problem.message = std::move(message);
  problems_.push_back(std::move(problem));
}

void CheckNotes::append(CheckNotes&& next) {
  std::size_t errors = std::min(errors_, max_errors);
  std::size_t warnings = std::min(warnings_, max_warnings);
  for (Problem& problem : next.problems_) {
    if (problem.error ? ++errors <= max_errors : ++warnings <= max_warnings)
      problems_.push_back(std::move(problem));
  }
  errors_ += next.errors_;
  warnings_ += next.warnings_;
}

void CheckNotes::count_rest(bool is_error, std::size_t count, std::size_t most) {
  if (count <= most) return;
  Problem problem;
  problem.error = is_error;
  problem.message = "and " + std::to_string(count - most) + " more " + (is_error ? "errors" : "warnings");
  problems_.push_back(std::move(problem));
}

std::vector<Problem> CheckNotes::take() {
  count_rest(true, errors_, max_errors);
  count_rest(false, warnings_, max_warnings);
  return std::move(problems_);
}

}  // namespace doors
