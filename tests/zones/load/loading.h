#pragma once

#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "zones/load/presentation.h"
#include "zones/load/zone_file.h"

namespace std {
/// So that doctest shows what a list of lines was.
inline ostream& operator<<(ostream& out, const vector<string>& lines) {
  for (const string& line : lines) out << "\n    " << line;
  return out << "\n";
}
}  // namespace std

namespace doors::test {

/// SOA and NS of "example.", three lines: what a zone has to have.
inline constexpr std::string_view apex =
    "$ORIGIN example.\n"
    "@ 300 SOA ns host 1 2 3 4 5\n"
    "@ 300 NS ns.elsewhere.test.\n";

inline ZoneFileOptions with_origin(std::string_view origin) {
  ZoneFileOptions options;
  options.origin = *Name::parse(origin);
  return options;
}

/// Loads, or throws what is wrong.
inline LoadedZone load(std::string_view text, const ZoneFileOptions& options = {}, std::string file = "z") {
  auto zone = load_zone_text(text, std::move(file), options);
  if (zone) return *std::move(zone);
  std::string problems;
  for (const Problem& problem : zone.error()) problems += problem.to_string() + "\n";
  throw std::runtime_error(problems);
}

inline std::vector<std::string> to_strings(const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(problem.to_string());
  return texts;
}

/// The errors of a zone that must not load.
inline std::vector<std::string> errors(std::string_view text, const ZoneFileOptions& options = {},
                                       std::string file = "z") {
  auto zone = load_zone_text(text, std::move(file), options);
  if (zone) return {"it loads"};
  return to_strings(zone.error());
}

/// Every record of a content in presentation form, in canonical order.
inline std::vector<std::string> records(const Content& content) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < content.rrset_count(); ++i) {
    const RRsetView rrset = content.rrset(i);
    for (const Octets rdata : rrset.rdatas)
      lines.push_back(to_presentation(rrset.owner, rrset.type, rrset.ttl, rdata));
  }
  return lines;
}

/// The records that `text` adds to the apex of "example.", as above.
inline std::vector<std::string> records_of(std::string_view text) {
  const LoadedZone zone = load(std::string(apex) + std::string(text));
  std::vector<std::string> lines = records(zone.content);
  std::erase_if(lines, [](const std::string& line) {
    return line == "example. 300 IN SOA ns.example. host.example. 1 2 3 4 5" ||
           line == "example. 300 IN NS ns.elsewhere.test.";
  });
  return lines;
}

}  // namespace doors::test
