#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "sync/ctl/report.h"
#include "sync/ctl/session.h"
#include "sync/ctl/table.h"
#include "sync/ctl/versions.h"
#include "sync/fleet/plan.h"
#include "sync/trust/keys.h"
#include "zones/content/content.h"
#include "zones/content/delta.h"
#include "zones/content/frames.h"

namespace doors::ctl {

/// One version to publish, before it is signed.
struct Draft {
  Version version;
  Frames frames;
};
/// The version that follows `head` (nothing: the first one) with this content; compresses it.
[[nodiscard]] Result<Draft> draft_version(const Content& content, const std::array<std::byte, 32>& digest,
                                          const StoredVersion* head, VersionKind kind, std::string comment);
/// The version that follows `head` and deletes the zone.
[[nodiscard]] Draft draft_tombstone(const StoredVersion& head, std::string comment);

/// The version that `delta` makes of `head`: the difference alone.
[[nodiscard]] Result<Draft> draft_change(const Delta& delta, const StoredVersion& head, std::string comment);

/// Whether a version should be published as a change of so many octets, where its whole content has so many:
/// the changes since the last whole content stay few, and together a fraction of that, since whoever has not
/// the version before needs all of them.
[[nodiscard]] bool is_worth_a_change(const StoredVersion& head, std::uint64_t delta_octets,
                                     std::uint64_t content_octets) noexcept;

/// What doorsync said of one version of a publication.
struct Published {
  Name zone;
  VersionNumber number;
  Serial serial{0};
};
struct Publication {
  std::vector<Published> accepted;
  std::string revision;                                ///< of the store
  std::chrono::steady_clock::time_point sent;          ///< when `publish` left
  std::chrono::steady_clock::time_point acknowledged;  ///< when all zones were durable
};
/// Signs the drafts as one push and hands them to doorsync: all zones or none. `force` names the gates that
/// were overridden ("shrink,serial"). `rollout`, whose number the drafts name, begins with it. Error
/// `refused`: the reasons doorsync gave, zone by zone.
[[nodiscard]] Outcome<Publication> publish(Session& doorsync, std::vector<Draft> drafts,
                                           const PrivateKey& key, const std::string& force,
                                           const Rollout* rollout = nullptr);

/// What one node said of one version.
struct Receipt {
  std::string pop, node;
  Name zone;
  VersionNumber number;
  std::uint32_t serial = 0;
  bool served = false;
  bool held = false;                     ///< and is not to be served there yet
  std::string reason;                    ///< why not, or empty
  std::chrono::milliseconds elapsed{0};  ///< as the node counts it
};
struct Receipts {
  std::vector<Receipt> list;
  bool complete = false;                       ///< every live node serves every version
  std::chrono::steady_clock::time_point last;  ///< when the last receipt came
  std::string cut_off;                         ///< why the waiting ended before its time; empty: it did not
};
/// Waits until every live node serves every version of the publication, or `limit` has passed, or doorsync is
/// lost: what was published stays published. `each` is called after each receipt with all so far; it may be
/// empty.
[[nodiscard]] Receipts wait_for_receipts(Session& doorsync, const Publication& publication,
                                         std::chrono::milliseconds limit,
                                         const std::function<void(const Receipts&)>& each);

/// Receipts joined per node: how many of `zones` versions it serves, the slowest, the first reason.
struct NodeRow {
  std::string pop, node;
  std::size_t served = 0, failed = 0, held = 0;
  std::chrono::milliseconds slowest{0};
  std::string reason;
  std::string failed_zone;
};
[[nodiscard]] std::vector<NodeRow> rows_per_node(const std::vector<Receipt>& receipts);
/// The same as a table: POP, NODE, ZONES "3/3", STATE, TIME, REASON.
[[nodiscard]] Table receipt_table(const std::vector<NodeRow>& rows, std::size_t zones);
[[nodiscard]] Value json_of(const Receipt& receipt);

}  // namespace doors::ctl
