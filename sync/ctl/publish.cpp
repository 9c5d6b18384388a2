#include "sync/ctl/publish.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <utility>

#include "sync/trust/bundle.h"

namespace doors::ctl {
namespace {

using std::chrono::steady_clock;

/// Leaves room for one more zone in a packet of ControlMessage::max_octets.
constexpr std::size_t wait_request_octets = 48 * 1024;
constexpr std::size_t wait_request_zones = 4000;

Receipt read_receipt(const ControlMessage& message) {
  Receipt receipt;
  receipt.pop = message.text("pop");
  receipt.node = message.text("node");
  if (const Result<Name> zone = Name::parse(message.text("zone")); zone) receipt.zone = *zone;
  receipt.number = {static_cast<std::uint32_t>(message.number("epoch").value_or(0)),
                    message.number("seq").value_or(0)};
  receipt.serial = static_cast<std::uint32_t>(message.number("serial").value_or(0));
  receipt.served = message.text("state") == "served";
  receipt.held = message.text("state") == "held";
  receipt.reason = message.text("reason");
  receipt.elapsed = std::chrono::milliseconds(message.number("elapsed_ms").value_or(0));
  return receipt;
}

void add_rollout(ControlMessage& request, const Rollout& rollout) {
  for (const std::string& wave : rollout.waves) request.with("wave", wave);
  request.with("bake_ms", static_cast<std::uint64_t>(rollout.bake.count()))
      .with("limit_ms", static_cast<std::uint64_t>(rollout.limit.count()))
      .with("servfail_percent", rollout.gates.servfail_percent)
      .with("nxdomain_percent", rollout.gates.nxdomain_percent)
      .with("least_answers", rollout.gates.least_answers);
}

/// Takes the reply to one `publish` apart.
Outcome<void> read_published(Session& doorsync, Publication& publication) {
  std::string reasons;
  std::size_t refusals = 0;
  for (;;) {
    // Committing many large zones is fsync-bound; a healthy doorsync may be silent for long.
    Outcome<Packet> packet = doorsync.receive(std::chrono::minutes(10));
    if (!packet) {
      Failure failure = packet.error();
      failure.message += "; whether the push was published is not known (pushing again does no harm)";
      return Unexpected(std::move(failure));
    }
    const ControlMessage& message = packet->message;
    const bool about_zone = message.get("zone").has_value();
    if (message.verb() == "accepted") {
      const Result<Name> zone = Name::parse(message.text("zone"));
      if (!zone) return unreachable("doorsync accepted a zone without a proper name");
      publication.accepted.push_back(
          {*zone,
           {static_cast<std::uint32_t>(message.number("epoch").value_or(0)),
            message.number("seq").value_or(0)},
           Serial(static_cast<std::uint32_t>(message.number("serial").value_or(0)))});
    } else if (message.verb() == "refused" && about_zone) {
      if (++refusals > 20) continue;
      if (!reasons.empty()) reasons += "; ";
      reasons.append(message.text("zone")).append(": ").append(message.text("reason"));
      if (!message.text("gate").empty()) reasons.append(" (gate ").append(message.text("gate")).append(")");
    } else if (message.verb() == "refused") {
      if (reasons.empty()) reasons = message.text("reason");
      if (refusals > 20) reasons += "; and " + std::to_string(refusals - 20) + " more";
      return refused("doorsync refused the push: " + reasons);
    } else if (message.verb() == "published") {
      publication.revision = message.text("revision");
      return {};
    } else {
      return unreachable("doorsync answered \"" + message.verb() + "\" to a push");
    }
  }
}

/// What any version says that follows `head` (nothing: the first one).
Version next_version(NameView zone, const StoredVersion* head, VersionKind kind, std::string comment) {
  Version version;
  version.kind = kind;
  version.zone = Name(zone);
  version.zone.make_canonical();
  version.created = static_cast<std::uint64_t>(std::time(nullptr));
  version.comment = std::move(comment);
  if (head != nullptr) {
    version.number = {head->number.epoch, head->number.seq + 1};
    version.previous = head->hash;
  }
  return version;
}

/// The version that follows `head` with these frames; of `content` its origin and serial are taken, digest
/// and number of records are the caller's to fill in.
Draft draft_after(const Content& content, Frames frames, const StoredVersion* head, VersionKind kind,
                  std::string comment) {
  Draft draft{.version = next_version(content.origin(), head, kind, std::move(comment)),
              .frames = std::move(frames)};
  Version& version = draft.version;
  version.serial = content.serial();
  for (const Frame& frame : draft.frames.list) {
    version.frames.push_back({frame.compressed_octets, frame.content_octets, frame.sha256});
  }
  return draft;
}

}  // namespace

Result<Draft> draft_version(const Content& content, const std::array<std::byte, 32>& digest,
                            const StoredVersion* head, VersionKind kind, std::string comment) {
  Result<Frames> frames = compress_frames(content.stream(), run_on_all_cores);
  if (!frames) return Unexpected(frames.error());
  Draft draft = draft_after(content, *std::move(frames), head, kind, std::move(comment));
  draft.version.content_digest = digest;
  draft.version.records = content.record_count();
  return draft;
}

Result<Draft> draft_change(const Delta& delta, const StoredVersion& head, std::string comment) {
  Result<Frames> frames = compress_frames(delta.stream());
  if (!frames) return Unexpected(frames.error());
  Draft draft = draft_after(delta.come(), *std::move(frames), &head, VersionKind::change, std::move(comment));
  draft.version.content_digest = delta.digest_after(head.digest);
  draft.version.records = delta.records_after(head.records);
  return draft;
}

bool is_worth_a_change(const StoredVersion& head, std::uint64_t delta_octets,
                       std::uint64_t content_octets) noexcept {
  constexpr std::uint64_t most_changes = 256;
  constexpr std::uint64_t fraction = 4;
  return head.kind != VersionKind::tombstone && head.changes < most_changes &&
         (head.changed_octets + delta_octets) * fraction <= content_octets;
}

Draft draft_tombstone(const StoredVersion& head, std::string comment) {
  Draft draft{.version = next_version(head.zone, &head, VersionKind::tombstone, std::move(comment)),
              .frames = {}};
  draft.version.serial = head.serial;
  return draft;
}

Outcome<Publication> publish(Session& doorsync, std::vector<Draft> drafts, const PrivateKey& key,
                             const std::string& force, const Rollout* rollout) {
  std::vector<PushItem> items;
  items.reserve(drafts.size());
  for (Draft& draft : drafts) items.push_back({std::move(draft.version), draft.frames.octets});
  Result<UniqueFd> bundle = sign_push_file(items, key);
  if (!bundle) return refused("cannot sign the push: " + bundle.error().message);
  const std::size_t zones = items.size();
  items.clear();
  drafts.clear();  // the bundle holds it all now

  Publication publication;
  publication.sent = steady_clock::now();
  ControlMessage request("publish");
  request.with("force", force);
  if (rollout != nullptr) add_rollout(request, *rollout);
  const auto sent = doorsync.send(request, {bundle->get()});
  if (!sent) return Unexpected(sent.error());
  if (auto read = read_published(doorsync, publication); !read) return Unexpected(read.error());
  if (publication.accepted.size() != zones)
    return unreachable("doorsync did not name every zone it published");
  publication.acknowledged = steady_clock::now();
  return publication;
}

Receipts wait_for_receipts(Session& doorsync, const Publication& publication, std::chrono::milliseconds limit,
                           const std::function<void(const Receipts&)>& each) {
  Receipts receipts;
  receipts.complete = true;
  receipts.last = publication.acknowledged;
  const auto deadline = steady_clock::now() + limit;
  for (std::size_t i = 0; i < publication.accepted.size();) {
    const auto left =
        std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()), limit.zero());
    ControlMessage request("wait");
    request.with("timeout_ms", static_cast<std::uint64_t>(left.count()));
    std::size_t octets = 0;
    for (std::size_t zones = 0; i < publication.accepted.size() && zones < wait_request_zones; ++i, ++zones) {
      const Published& one = publication.accepted[i];
      std::string value = one.zone.to_string() + ' ' + std::to_string(one.number.epoch) + ' ' +
                          std::to_string(one.number.seq);
      octets += value.size() + 16;
      if (octets > wait_request_octets) break;
      request.with("zone", std::move(value));
    }
    const auto end =
        doorsync.stream(request, "end", left + usual_silence, [&](const ControlMessage& message) {
          if (message.verb() != "receipt") return;
          receipts.list.push_back(read_receipt(message));
          receipts.last = steady_clock::now();
          if (each) each(receipts);
        });
    if (!end) {
      receipts.complete = false;
      receipts.cut_off = end.error().message;
      break;
    }
    if (end->text("complete") != "yes") receipts.complete = false;
  }
  return receipts;
}

std::vector<NodeRow> rows_per_node(const std::vector<Receipt>& receipts) {
  std::map<std::pair<std::string, std::string>, NodeRow> rows;
  for (const Receipt& receipt : receipts) {
    NodeRow& row = rows[{receipt.pop, receipt.node}];
    row.pop = receipt.pop;
    row.node = receipt.node;
    row.slowest = std::max(row.slowest, receipt.elapsed);
    if (receipt.served) {
      ++row.served;
    } else if (receipt.held) {
      if (row.held++ == 0 && row.failed == 0) row.reason = receipt.reason;
    } else if (row.failed++ == 0) {
      row.reason = receipt.reason;
      row.failed_zone = receipt.zone.to_string();
    }
  }
  std::vector<NodeRow> list;
  list.reserve(rows.size());
  for (auto& [key, row] : rows) list.push_back(std::move(row));
  return list;
}

Table receipt_table(const std::vector<NodeRow>& rows, std::size_t zones) {
  Table table({{"POP"},
               {"NODE"},
               {"ZONES", Table::Align::right},
               {"STATE"},
               {"TIME", Table::Align::right},
               {"REASON"}});
  for (const NodeRow& row : rows) {
    const bool all = row.served >= zones;
    const bool held = !all && row.failed == 0 && row.served + row.held >= zones;
    const bool waiting = !all && row.failed == 0 && !held;
    std::string reason = row.failed == 0 ? "" : row.failed_zone + ": " + printable(row.reason);
    if (held) reason = printable(row.reason);
    if (waiting) reason = "no receipt in time for " + counted(zones - row.served, "zone");
    table.add({row.pop, row.node, std::to_string(row.served) + "/" + std::to_string(zones),
               all ? Table::Cell("served", Paint::good)
               : held
                   ? Table::Cell("held", Paint::doubtful)
                   : (waiting ? Table::Cell("waiting", Paint::doubtful) : Table::Cell("failed", Paint::bad)),
               in_words(row.slowest), reason});
  }
  return table;
}

Value json_of(const Receipt& receipt) {
  return Value::Object{{"pop", receipt.pop},
                       {"node", receipt.node},
                       {"zone", receipt.zone.to_string()},
                       {"epoch", receipt.number.epoch},
                       {"seq", receipt.number.seq},
                       {"serial", receipt.serial},
                       {"state", receipt.served ? "served"
                                 : receipt.held ? "held"
                                                : "failed"},
                       {"elapsed_ms", static_cast<std::uint64_t>(receipt.elapsed.count())},
                       {"reason", receipt.reason}};
}

}  // namespace doors::ctl
