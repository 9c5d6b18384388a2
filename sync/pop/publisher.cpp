#include "sync/pop/publisher.h"

#include <algorithm>
#include <utility>

#include "sync/pop/staging.h"
#include "sync/pop/unpack.h"
#include "zones/base/log.h"

namespace doors {
namespace {

/// doorctl's gate `growth` with its defaults.
constexpr std::uint64_t most_records = 50'000'000;
constexpr std::uint64_t most_growth = 10;
constexpr std::uint64_t free_growth = 100'000;

/// All that is needed to commit one version, or the reason not to.
struct Judged {
  ZoneVerdict verdict;
  bool known = false;  ///< it is the head already
  std::optional<Archive::Head> before;
};

Judged judge(const Archive& archive, const Bundle::Item& item,
             const std::set<std::string, std::less<>>& forced, FreshContent* fresh) {
  const Version& version = item.version;
  Judged judged{{version.zone, version.number, version.serial, version.kind, {}, {}}, false, std::nullopt};
  const auto refuse = [&](std::string reason, std::string gate = {}) {
    judged.verdict.reason = std::move(reason);
    judged.verdict.gate = std::move(gate);
    return judged;
  };
  auto head = archive.head(version.zone);
  if (!head) return refuse("the store cannot be read: " + head.error().message);
  judged.before = *std::move(head);
  std::optional<ChainHead> chain;
  if (judged.before) chain = judged.before->stored.chain_head();
  switch (succession(chain, version, merkle_leaf(item.record))) {
    case Succession::same:
      judged.known = true;
      return judged;
    case Succession::first:
      if (version.number.seq != 1 || version.previous != VersionHash{}) {
        return refuse("head moved: the zone has no versions here, this is " + version.number.to_string(),
                      "serial");
      }
      break;
    case Succession::next:
      break;
    case Succession::ahead:
    case Succession::older:
    case Succession::forked:
      return refuse(
          "head moved: the newest version is " + chain->number.to_string() + ", and this is no next to it",
          "serial");
  }
  const bool tombstone = version.kind == VersionKind::tombstone;
  if (tombstone && (!judged.before || judged.before->stored.version.kind == VersionKind::tombstone)) {
    return refuse("there is no such zone to delete");
  }
  bool zone_is_signed = false;
  if (version.kind == VersionKind::change) {
    if (!judged.before || judged.before->stored.version.kind == VersionKind::tombstone)
      return refuse("there is nothing to change");
    const auto delta = unpack_change(version, judged.before->stored.version, item.frames);
    if (!delta) return refuse(delta.error().message);
  } else if (!tombstone) {
    auto content = unpack_content(version, item.frames);
    if (!content) return refuse(content.error().message);
    zone_is_signed = content->find(content->origin(), RRType::dnskey).has_value();
    if (fresh != nullptr) fresh->offer(merkle_leaf(item.record), *std::move(content));
  }
  std::optional<Version> before;
  if (judged.before) before = judged.before->stored.version;
  if (auto refusal = refused_by_gate(before, version, zone_is_signed, forced)) {
    return refuse(std::move(refusal->reason), std::move(refusal->gate));
  }
  return judged;
}

PublishReport refused_whole(std::string reason) {
  PublishReport report;
  report.reason = std::move(reason);
  return report;
}

}  // namespace

Result<std::set<std::string, std::less<>>> parse_forced_gates(std::string_view text) {
  std::set<std::string, std::less<>> gates;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view gate = text.substr(0, comma);
    constexpr std::string_view known[] = {"zonemd", "signatures", "expired", "shrink",
                                          "growth", "serial",     "rollout"};
    if (std::ranges::find(known, gate) == std::end(known)) {
      return failure("\"" + std::string(gate) + "\" is no gate that can be forced");
    }
    gates.emplace(gate);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return gates;
}

std::optional<GateRefusal> refused_by_gate(const std::optional<Version>& head, const Version& version,
                                           bool zone_is_signed,
                                           const std::set<std::string, std::less<>>& forced) {
  if (!head || head->kind == VersionKind::tombstone || version.kind == VersionKind::tombstone)
    return std::nullopt;
  const bool rollback = version.kind == VersionKind::rollback;
  if (!(rollback && zone_is_signed) && !forced.contains("serial") && !(version.serial > head->serial)) {
    return GateRefusal{"serial", "serial " + std::to_string(version.serial.raw()) + " is not newer than " +
                                     std::to_string(head->serial.raw()) + " (RFC 1982)"};
  }
  if (!rollback && !forced.contains("growth")) {
    const std::string records = std::to_string(version.records) + " records";
    if (version.records > most_records)
      return GateRefusal{"growth", records + ", over " + std::to_string(most_records)};
    if (version.records > head->records * most_growth && version.records - head->records > free_growth)
      return GateRefusal{"growth", "from " + std::to_string(head->records) + " to " + records + ", over " +
                                       std::to_string(most_growth) + " times as many"};
  }
  // More than a fifth gone, in whole numbers: records < head's * 4 / 5.
  if (!rollback && !forced.contains("shrink") && version.records * 5 < head->records * 4) {
    return GateRefusal{"shrink", "from " + std::to_string(head->records) + " to " +
                                     std::to_string(version.records) + " records, over 20 % fewer"};
  }
  return std::nullopt;
}

PublishReport publish(Archive& archive, const Policy& policy, Octets octets,
                      const std::set<std::string, std::less<>>& forced, FreshContent* fresh,
                      const std::optional<Rollout>& rollout) {
  if (fresh != nullptr) fresh->clear();
  const auto bundle = Bundle::parse(octets);
  if (!bundle) return refused_whole(bundle.error().message);
  std::vector<MerkleHash> leaves;
  leaves.reserve(bundle->items().size());
  for (const Bundle::Item& item : bundle->items()) leaves.push_back(merkle_leaf(item.record));
  const MerkleTree tree(std::move(leaves));

  PublishReport report;
  Verifier verifier(policy);
  std::vector<Archive::Addition> additions;
  std::size_t refused = 0;
  for (std::uint32_t i = 0; i < bundle->items().size(); ++i) {
    const Bundle::Item& item = bundle->items()[i];
    Judged judged;
    if (auto proved = verifier.verify(item.version, bundle->push(), tree.root()); !proved) {
      const Version& version = item.version;
      judged.verdict = {version.zone, version.number,         version.serial,
                        version.kind, proved.error().message, {}};
    } else {
      judged = judge(archive, item, forced, fresh);
    }
    if (!judged.verdict.accepted()) ++refused;
    report.zones.push_back(judged.verdict);
    // There already under the same signature: the reply to an earlier try was lost, or that try itself broke
    // off between two transactions.
    if (judged.known) continue;
    SignedVersion signed_version{bundle->push(), i, tree.path(i), {item.record.begin(), item.record.end()}};
    additions.push_back(
        {{std::move(signed_version), item.version, {}}, item.frames, std::move(judged.before)});
  }
  if (refused > 0) {
    report.reason = std::to_string(refused) + " of " + std::to_string(report.zones.size()) + " zones refused";
    return report;
  }
  if (additions.empty()) {
    const auto revision = archive.store().revision();
    if (revision)
      report.revision = *revision;
    else
      report.reason = revision.error().message;
    return report;
  }
  auto staging = stage_push(archive, additions, rollout, forced);
  if (!staging.refusal.empty()) {
    report.reason = staging.refusal;
    for (ZoneVerdict& verdict : report.zones) {
      verdict.reason = report.reason;
      verdict.gate = "rollout";
    }
    return report;
  }
  const auto outcome = archive.commit(std::move(additions), std::move(staging.beside));
  if (!outcome) {
    report.reason = outcome.error().message;
  } else if (outcome->unknown) {
    report.reason =
        "the store was lost before it said what became of the push; push again, which does nothing twice";
  } else if (!outcome->committed) {
    report.reason = "head moved: another push came first";
    for (ZoneVerdict& verdict : report.zones) {
      verdict.reason = report.reason;
      verdict.gate = "serial";
    }
  } else {
    report.revision = outcome->revision;
  }
  return report;
}

}  // namespace doors
