#include "sync/trust/chain.h"

namespace doors {

std::string_view to_string(Succession succession) noexcept {
  switch (succession) {
    case Succession::first:
      return "first";
    case Succession::next:
      return "next";
    case Succession::ahead:
      return "ahead";
    case Succession::same:
      return "same";
    case Succession::older:
      return "older";
    case Succession::forked:
      return "forked";
  }
  __builtin_unreachable();
}

Succession succession(const std::optional<ChainHead>& known, const Version& version,
                      const VersionHash& hash) noexcept {
  if (!known) return Succession::first;
  if (version.number == known->number) return hash == known->hash ? Succession::same : Succession::forked;
  if (version.number < known->number) return Succession::older;
  const bool next = version.number.seq == known->number.seq + 1;
  if (next && version.previous == known->hash) return Succession::next;
  if (next && version.number.epoch == known->number.epoch) return Succession::forked;
  return Succession::ahead;
}

}  // namespace doors
