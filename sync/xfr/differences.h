#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "sync/xfr/message.h"
#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/content/delta.h"

namespace doors::xfr {

/// What the differences of an IXFR make of a content (RFC 1995 §4): record after record goes or comes, and
/// only the RRsets that are touched are held. A record that goes must have been there, or we and the primary
/// do not speak of the same zone; one that comes may be there already (NSD 4.6 sends what came at the apex
/// twice). Borrows the content. One thread.
class Differences {
 public:
  explicit Differences(const Content& before) noexcept : before_(&before) {}

  [[nodiscard]] Result<void> remove(const Record& record);
  [[nodiscard]] Result<void> add(const Record& record);
  /// What goes and comes in all, whole RRsets. Error: the result is no zone.
  [[nodiscard]] Result<Delta> finish() const;

 private:
  struct Key {
    Name owner;
    RRType type{};
    RRType covered{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct RRset {
    Ttl ttl;
    std::set<std::vector<std::byte>> rdatas;  // canonical form
  };
  [[nodiscard]] Result<RRset*> touched(const Record& record, std::vector<std::byte>& rdata);

  const Content* before_;
  std::map<Key, RRset> rrsets_;
};

}  // namespace doors::xfr
