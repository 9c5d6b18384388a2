#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sync/ctl/report.h"
#include "sync/ctl/terminal.h"
#include "sync/ctl/zone_files.h"
#include "zones/base/clock.h"
#include "zones/content/content.h"
#include "zones/content/digest.h"
#include "zones/load/problem.h"

namespace doors::ctl {

/// One zone file, read and checked.
struct LoadedFile {
  std::filesystem::path path;
  std::optional<Content> content;  ///< nothing: it cannot be served, `problems` says why
  ContentDigest digest{};
  std::vector<Problem> problems;         ///< errors of the gate syntax, or warnings
  std::optional<WallTime> signed_until;  ///< what check_dnssec_of() found (DnssecReport)
};

/// FILE|DIR... and --origin.
struct ZoneArguments {
  std::vector<std::filesystem::path> paths;
  std::string origin;  ///< empty: found in each file
};

/// Reads all files on all CPUs, in the order of find_zone_files(); shows progress. A second file of a zone is
/// a problem of the second. Errors: an argument that cannot be read, no zone file at all, an origin for
/// several files, a bad origin.
[[nodiscard]] Outcome<std::vector<LoadedFile>> load_files(Terminal& terminal, const ZoneArguments& arguments);

/// Adds what check_dnssec() finds now to each of `files` that has content and is chosen; on all CPUs, with
/// progress. Then compares the DS of parent and child zones of which one is chosen and both are here
/// (check_delegation_signer): a problem of the parent, or of the child if only that is chosen.
void check_dnssec_of(Terminal& terminal, std::vector<LoadedFile>& files, const std::vector<bool>& chosen);

/// `files` that were passed over, in one line; nothing for none.
[[nodiscard]] std::optional<std::string> note_of_skipped(const std::vector<std::filesystem::path>& skipped);

/// "FILE:LINE: OWNER: MESSAGE (gate NAME)"; syntax needs no gate named.
[[nodiscard]] std::string line_of(const Problem& problem);
[[nodiscard]] Value json_of(const Problem& problem);

}  // namespace doors::ctl
