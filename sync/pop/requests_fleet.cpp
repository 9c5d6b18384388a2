#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "sync/pop/holdback.h"
#include "sync/pop/kept_plan.h"
#include "sync/pop/requests.h"

namespace doors {
namespace {

using std::chrono::milliseconds;

std::uint64_t in_ms(Monotonic::duration time) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::chrono::duration_cast<milliseconds>(time).count(), 0));
}

std::uint64_t since_created(const Version& version, WallTime now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto created = static_cast<std::int64_t>(std::min<std::uint64_t>(version.created, INT64_MAX));
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds - created, 0)) * 1000;
}

/// One head, without its content.
struct FleetHead {
  StoredVersion stored;
  std::uint64_t revision = 0;
};

/// What one node makes of all heads.
struct NodeView {
  std::uint64_t behind = 0;  ///< zones whose newest version it is to take and has not settled yet
  std::uint64_t held = 0;
  std::uint64_t pinned = 0;
  std::uint64_t lag_ms = 0;  ///< how long ago the oldest of those behind was made
};

NodeView view_of(const NodeRecord& record, const Holdback& holdback, const FleetPlan& plan,
                 const std::vector<FleetHead>& heads, WallTime now) {
  NodeView view;
  for (const FleetHead& head : heads) {
    const Hold hold = hold_of(plan, record.who(), planned(head.stored.version));
    if (holdback.due(head.stored.version) > now) {
      ++view.held;
      view.pinned += hold == Hold::pin ? 1 : 0;
    } else if (head.revision > record.revision) {
      ++view.behind;
      view.lag_ms = std::max(view.lag_ms, since_created(head.stored.version, now));
    }
  }
  return view;
}

std::string_view state_of(const NodeRecord& record, const NodeView& view) {
  if (!record.lost.empty()) return "lost";
  if (record.failed > 0) return "failed";
  if (view.behind > 0) return "behind";
  if (view.pinned > 0) return "pinned";
  if (view.held > 0) return record.delay.count() > 0 ? "delayed" : "held";
  return "served";
}

ControlMessage describe_node(const NodeRecord& record, const NodeView& view) {
  ControlMessage message("node");
  message.with("pop", record.pop)
      .with("node", record.node)
      .with("state", std::string(state_of(record, view)))
      .with("reason", !record.lost.empty() ? record.lost
                      : record.bad.empty() ? record.why_against
                                           : record.bad[0].zone.to_string() + ": " + record.bad[0].reason)
      .with("zones", record.zones)
      .with("behind", view.behind)
      .with("held", view.held)
      .with("failed", record.failed)
      .with("lag_ms", view.lag_ms)
      .with("delay_ms", static_cast<std::uint64_t>(record.delay.count()))
      .with("started", record.started)
      .with("revision", record.revision);
  for (const std::string& group : record.groups) message.with("group", group);
  for (const std::string& label : record.labels) message.with("label", label);
  return message;
}

/// The version of a zone that a node serves if it has settled all it is to take.
const Version* allowed(const Holdback& holdback, const std::vector<StoredVersion>& newest_first,
                       WallTime now) {
  for (const StoredVersion& stored : newest_first) {
    if (holdback.due(stored.version) <= now) return &stored.version;
  }
  return nullptr;
}

}  // namespace

void Requests::plan(const Session& session) {
  read([this, session]() -> std::function<void()> {
    const auto kept = read_plan(parts_.archive);
    const auto next = kept ? next_rollout(parts_.archive, *kept) : Unexpected(kept.error());
    ControlMessage reply =
        next ? ControlMessage::decode(kept->plan.encode()).value() : error_of(next.error().message);
    if (next) reply.with("next", *next).with("revision", kept->revision);
    return [session, reply] {
      session->send(reply);
      session->done();
    };
  });
}

void Requests::edit_plan(const Session& session, const ControlMessage& request) {
  FleetPlan::Pin pin;
  FleetPlan::Promotion promotion;
  const std::string what(request.text("what"));
  const std::string selector(request.text("selector"));
  std::string wrong;
  if (what == "pin" || what == "unpin") {
    const auto zone = Name::parse(request.text("zone"));
    pin.selector = selector;
    pin.zone = zone.value_or(Name());
    pin.zone.make_canonical();
    pin.epoch = static_cast<std::uint32_t>(request.number("epoch").value_or(0));
    pin.seq = request.number("seq").value_or(0);
    wrong = zone ? wrong_in_selector(selector) : "bad zone name";
  } else if (what == "promote") {
    promotion = {selector, request.number("until").value_or(0)};
    wrong = wrong_in_selector(selector);
  } else if (what != "stop") {
    wrong = "unknown change of the plan";
  }
  if (!wrong.empty()) {
    session->send(error_of(wrong));
    return session->done();
  }
  const auto edit = [what, pin, promotion,
                     reason = std::string(request.text("reason"))](FleetPlan& plan) -> std::string {
    if (what == "stop") {
      if (plan.rollout.state != Rollout::State::going) return "no rollout is going on";
      plan.stop(reason);
      return {};
    }
    if (what == "promote") {
      std::erase_if(plan.promotions, [&](const auto& each) { return each.selector == promotion.selector; });
      if (plan.promotions.size() >= FleetPlan::most_pins) plan.promotions.erase(plan.promotions.begin());
      plan.promotions.push_back(promotion);
      return {};
    }
    const auto removed = std::erase_if(
        plan.pins, [&](const auto& each) { return each.selector == pin.selector && each.zone == pin.zone; });
    if (what == "unpin") return removed > 0 ? "" : "there is no such pin";
    if (plan.pins.size() >= FleetPlan::most_pins) return "there are too many pins";
    plan.pins.push_back(pin);
    return {};
  };
  parts_.publishing.post([this, session, edit] {
    const auto done = doors::edit_plan(parts_.archive, edit);
    boost::asio::post(parts_.io, [session, done] {
      session->send(done ? ControlMessage("ok") : error_of(done.error().message));
      session->done();
    });
  });
}

/// Rows of all nodes; with zones=yes of each zone at each node too.
void Requests::fleet(const Session& session, const ControlMessage& request) {
  if (parts_.fleet() == nullptr) {
    session->send(error_of("this node is no hub"));
    return session->done();
  }
  auto nodes = std::make_shared<std::vector<NodeRecord>>();
  auto rows = std::make_shared<std::vector<ControlMessage>>();
  const Monotonic clock_now = parts_.clock.monotonic();
  for (const auto& [key, record] : parts_.fleet()->board().nodes()) nodes->push_back(record);
  for (const auto& [key, gone] : parts_.fleet()->board().gone()) {
    ControlMessage row("node");
    row.with("pop", gone.record.pop)
        .with("node", gone.record.node)
        .with("state", "lost")
        .with("reason", "its lease has ended")
        .with("age_ms", in_ms(clock_now - gone.since));
    rows->push_back(std::move(row));
  }
  const bool zones = request.text("zones") == "yes";
  read([this, session, nodes, rows, zones, now = parts_.clock.wall()]() -> std::function<void()> {
    const auto failed = [&](const std::string& why) {
      return [session, why] {
        session->send(error_of(why));
        session->done();
      };
    };
    const auto kept = read_plan(parts_.archive);
    if (!kept) return failed(kept.error().message);
    std::vector<FleetHead> heads;
    const auto listed = parts_.archive.heads([&](const StoredVersion& stored, std::uint64_t revision) {
      heads.push_back({stored, revision});
      heads.back().stored.content = {};
    });
    if (!listed) return failed(listed.error().message);
    std::map<Name, std::vector<StoredVersion>> histories;  // newest first; of zones that somebody holds
    for (const NodeRecord& record : *nodes) {
      Holdback holdback(parts_.archive, record.who(), record.delay);
      holdback.set_plan(kept->plan);
      rows->push_back(describe_node(record, view_of(record, holdback, kept->plan, heads, now)));
      if (!zones) continue;
      for (const FleetHead& head : heads) {
        const Version& newest = head.stored.version;
        const Version* version = &newest;
        const Hold hold = hold_of(kept->plan, record.who(), planned(newest));
        const bool held = holdback.due(newest) > now;
        if (held) {
          auto [at, fresh] = histories.try_emplace(newest.zone);
          if (fresh) {
            if (auto history = parts_.archive.history(newest.zone)) at->second = *std::move(history);
            std::ranges::reverse(at->second);
          }
          version = allowed(holdback, at->second, now);
        }
        if (version == nullptr || version->kind == VersionKind::tombstone) continue;
        const auto bad = std::ranges::find(record.bad, newest.zone, &NodeRecord::Bad::zone);
        const bool behind = !held && head.revision > record.revision;
        const bool is_bad = bad != record.bad.end();
        ControlMessage row("zone");
        row.with("pop", record.pop)
            .with("node", record.node)
            .with("zone", newest.zone.to_string())
            .with("epoch", version->number.epoch)
            .with("seq", version->number.seq)
            .with("serial", version->serial.raw())
            .with("newest_epoch", newest.number.epoch)
            .with("newest_seq", newest.number.seq)
            .with("newest_serial", newest.serial.raw())
            .with("state", !record.lost.empty() ? "lost"
                           : is_bad             ? "failed"
                           : behind             ? "behind"
                           : held               ? hold == Hold::pin    ? "pinned"
                                                  : hold == Hold::none ? "delayed"
                                                                       : "held"
                                                : "served")
            .with("reason", is_bad ? bad->reason : std::string(to_string(hold)))
            .with("age_ms", since_created(*version, now))
            .with("lag_ms", behind ? since_created(newest, now) : 0);
        rows->push_back(std::move(row));
      }
    }
    ControlMessage end = ControlMessage::decode(kept->plan.encode()).value();
    return [session, rows, plan = std::move(end)] {
      session->stream([rows, plan, at = std::size_t{0}]() mutable -> std::optional<ControlMessage> {
        if (at < rows->size()) return (*rows)[at++];
        if (at == rows->size()) return ++at, plan;
        if (at == rows->size() + 1) return ++at, ControlMessage("end");
        return std::nullopt;
      });
    };
  });
}

}  // namespace doors
