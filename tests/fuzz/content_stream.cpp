// Content streams and frames of any origin: what is read is canonical, so the builder makes the same octets
// of it.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "zones/content/content.h"
#include "zones/content/diff.h"
#include "zones/content/digest.h"
#include "zones/content/frames.h"
#include "zones/content/zonemd.h"

namespace {

using namespace doors;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets octets{reinterpret_cast<const std::byte*>(data), size};
  (void)decompress_frames(octets, std::size_t{8} << 20);
  const auto content = Content::parse({octets.begin(), octets.end()});
  if (!content) return 0;
  ContentBuilder builder(content->origin());
  RunningDigest digest;
  for (std::size_t i = 0; i < content->rrset_count(); ++i) {
    const RRsetView rrset = content->rrset(i);
    const auto found = content->find(rrset.owner, rrset.type, rrset.covered);
    require(found && found->rdatas.octets().data() == rrset.rdatas.octets().data());
    for (const Octets rdata : rrset.rdatas)
      require(builder.add(rrset.owner, rrset.type, rrset.ttl, rdata).has_value());
    digest.add(content->rrset_octets(i));
  }
  require(builder.size() == content->record_count());
  const auto again = builder.finish();
  require(again && std::ranges::equal(again->stream(), content->stream()));
  require(diff(*content, *again).empty() && digest.value() == content_digest(*again));
  (void)zonemd_digest(*content, ZonemdAlgorithm::sha384);
  return 0;
}
