// Deltas and change logs, as doorsync reads them from stores and doord from its images' directory: whatever
// comes, it is refused, or says what it says again, leads where it says and can be sent.
#include "zones/content/change_log.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "server/transfer/differences.h"
#include "zones/base/sha256.h"

namespace {

using namespace doors;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Delta& delta) {
  const std::vector<std::byte> stream = delta.stream();
  require(stream.size() == delta.octets());
  const auto again = Delta::parse(stream);
  require(again && std::ranges::equal(again->gone().stream(), delta.gone().stream()) &&
          std::ranges::equal(again->come().stream(), delta.come().stream()));
  // What goes is a zone too, and all of it goes: what comes is left.
  const auto after = delta.apply(delta.gone());
  require(after && std::ranges::equal(after->stream(), delta.come().stream()));
  require(delta.digest_after(content_digest(delta.gone())) == content_digest(delta.come()));
  require(delta.records_after(delta.gone().record_count()) == delta.come().record_count());
  const auto found = Delta::between(delta.gone(), delta.come());
  require(found && found->apply(delta.gone()).has_value());
  const Differences differences({&delta, 1});
  require(differences.records() >= 2 &&
          differences.records() <= delta.gone().record_count() + delta.come().record_count());
}

}  // namespace

/// A delta's stream, or a change log whose checksum is made right here.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> octets(size);
  std::copy_n(reinterpret_cast<const std::byte*>(data), size, octets.begin());
  if (const auto delta = Delta::parse(octets)) check(*delta);

  constexpr std::size_t sum_at = 8;
  if (size < sum_at + sizeof(Sha256)) return 0;
  (void)ChangeLog::parse(octets);
  const Octets rest = Octets(octets).subspan(sum_at + sizeof(Sha256));
  std::ranges::copy(sha256(rest), octets.begin() + sum_at);
  const auto log = ChangeLog::parse(octets);
  if (!log) return 0;
  require(log->octets() == octets);
  if (log->empty()) return 0;
  const std::vector<Delta> steps = log->since(Serial(load_u32(rest.data())));
  for (const Delta& step : steps) check(step);
  ChangeLog again;
  for (const Delta& step : steps) again.add(step);
  require(again.empty() == steps.empty());
  return 0;
}
