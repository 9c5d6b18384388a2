#include "sync/ctl/rollback_plan.h"

#include <algorithm>
#include <charconv>

#include "zones/base/octets.h"
#include "zones/load/dnssec_check.h"

namespace doors::ctl {
namespace {

template <class Integer>
bool read_whole(std::string_view text, Integer& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Outcome<VersionNumber> parse_version_number(std::string_view text, std::uint32_t epoch_of_head) {
  VersionNumber number{epoch_of_head, 0};
  const std::size_t slash = text.find('/');
  const std::string_view seq = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if ((slash != std::string_view::npos && !read_whole(text.substr(0, slash), number.epoch)) ||
      !read_whole(seq, number.seq)) {
    return refused("\"" + std::string(text) +
                   "\" is no version: write its SEQ or EPOCH/SEQ as `history` shows them");
  }
  return number;
}

Outcome<StoredVersion> choose_rollback(const std::vector<StoredVersion>& history,
                                       std::optional<VersionNumber> wanted) {
  if (history.empty()) return refused("the store has no version of this zone");
  const StoredVersion& head = history.back();
  const bool head_has_content = head.kind != VersionKind::tombstone;
  if (!wanted) {
    for (auto at = history.rbegin() + 1; at != history.rend(); ++at) {
      if (at->kind == VersionKind::tombstone) continue;
      if (!head_has_content || at->digest != head.digest) return *at;
    }
    return refused("there is no earlier version of " + head.zone.to_string() + " with other content");
  }
  const auto found = std::find_if(history.begin(), history.end(),
                                  [&](const auto& version) { return version.number == *wanted; });
  const std::string name = head.zone.to_string() + " " + wanted->to_string();
  if (found == history.end()) {
    return refused("the store has no version " + wanted->to_string() + " of " + head.zone.to_string() +
                   " (doorctl history " + head.zone.to_string() + " lists them)");
  }
  if (found->kind == VersionKind::tombstone) return refused(name + " is a deletion and has no content");
  if (found->number == head.number) return refused(name + " is the newest version already");
  if (head_has_content && found->digest == head.digest) {
    return refused(name + " has the same content as the newest version, " + head.number.to_string());
  }
  return *found;
}

bool is_bound_to_serial(const Content& content) {
  return content.find(content.origin(), RRType::rrsig, RRType::soa).has_value() ||
         content.find(content.origin(), RRType::zonemd).has_value();
}

Result<Content> with_serial(const Content& content, Serial serial) {
  const std::optional<RRsetView> soa = content.find(content.origin(), RRType::soa);
  if (!soa || soa->rdatas.empty()) return failure("the content has no SOA");
  const Octets rdata = soa->rdatas.front();
  if (rdata.size() < 22) return failure("the content's SOA is too short");
  const Octets stream = content.stream();
  std::vector<std::byte> changed(stream.begin(), stream.end());
  // SERIAL is the first of the five numbers that end SOA RDATA (RFC 1035 §3.3.13).
  const auto at = static_cast<std::size_t>(rdata.data() - stream.data()) + rdata.size() - 20;
  store_u32(changed.data() + at, serial.raw());
  return Content::parse(std::move(changed));
}

Result<RollbackContent> prepare_rollback(Content old, Serial head) {
  if (old.serial() > head) return RollbackContent{std::move(old), false};
  if (is_bound_to_serial(old)) return RollbackContent{std::move(old), true};
  Result<Content> raised = with_serial(old, head.next());
  if (!raised) return Unexpected(raised.error());
  return RollbackContent{*std::move(raised), false};
}

PushDecision judge_rollback(const Content& content, WallTime now, const GateModes& modes,
                            const ForcedGates& forced) {
  PushFacts facts{
      .served = {}, .serial = content.serial(), .records = content.record_count(), .problems = {}};
  if (modes.expired != GateMode::off) facts.problems = check_dnssec(content, now).problems;
  std::erase_if(facts.problems, [](const Problem& problem) { return problem.gate != Gate::expired; });
  return decide(facts, modes, forced);
}

}  // namespace doors::ctl
