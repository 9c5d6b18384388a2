#pragma once

#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/zones/load/loading.h"
#include "zones/load/dnssec_check.h"

namespace doors::test {

/// The text of tests/data/signed/NAME.zone.
inline std::string signed_zone(const std::string& name) {
  std::ifstream file(std::string(DOORS_TEST_SOURCE_DIR) + "/data/signed/" + name + ".zone");
  if (!file) throw std::runtime_error("no " + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The text without the records of that owner (first word), type (fourth) and, for RRSIG, type covered
/// (fifth).
inline std::string without(const std::string& text, const std::vector<std::string>& wanted) {
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> word(5);
    for (std::string& each : word) words >> each;
    const bool gone =
        word[0] == wanted[0] && word[3] == wanted[1] && (wanted.size() < 3 || word[4] == wanted[2]);
    if (!gone) kept += line + "\n";
  }
  return kept;
}

inline std::string describe(const Problem& problem) {
  return std::string(to_string(problem.gate)) + (problem.error ? ": " : " (warning): ") + problem.to_string();
}

/// What check_dnssec() says on 1 June of that year.
inline std::vector<std::string> problems_of(const Content& content, int year) {
  std::vector<std::string> problems;
  const WallTime now = std::chrono::sys_days(std::chrono::year(year) / 6 / 1);
  for (const Problem& problem : check_dnssec(content, now).problems) problems.push_back(describe(problem));
  return problems;
}
inline std::vector<std::string> problems_of(const std::string& text, int year) {
  return problems_of(load(text, with_origin("example.")).content, year);
}

}  // namespace doors::test
