// Catalog zones, as a primary may make them: whatever the content is, it is broken or lists each zone once.
#include <cstdio>
#include <cstdlib>
#include <set>

#include "sync/xfr/catalog_set.h"

/// A content stream.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doors;
  const auto* octets = reinterpret_cast<const std::byte*>(data);
  const auto content = Content::parse({octets, octets + size});
  if (!content) return 0;
  const auto members = xfr::read_catalog(*content, size);
  if (!members) return 0;
  std::set<std::string> uniques;
  for (const auto& [zone, member] : *members) {
    if (!uniques.insert(member.unique).second || member.unique.empty()) {
      std::fprintf(stderr, "wrong: two zones at one node\n");
      std::abort();
    }
  }
  const Name name(content->origin());
  const auto set = xfr::CatalogSet({{name, 20}}, {}).with(name, *members, false);
  if (!set || set->zones().size() != members->size()) std::abort();
  return 0;
}
