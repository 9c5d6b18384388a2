#include <algorithm>
#include <charconv>
#include <utility>

#include "sync/pop/holdback.h"
#include "sync/pop/kept_plan.h"
#include "sync/pop/requests.h"

namespace doors {
namespace {

constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24);

/// "NAME EPOCH SEQ"
std::optional<std::pair<Name, VersionNumber>> parse_wanted(std::string_view text) {
  const std::size_t seq_at = text.rfind(' ');
  if (seq_at == std::string_view::npos || seq_at == 0) return std::nullopt;
  const std::size_t epoch_at = text.rfind(' ', seq_at - 1);
  if (epoch_at == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits, auto& value) {
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return !digits.empty() && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  };
  VersionNumber version;
  const auto name = Name::parse(text.substr(0, epoch_at));
  if (!name || !number(text.substr(epoch_at + 1, seq_at - epoch_at - 1), version.epoch) ||
      !number(text.substr(seq_at + 1), version.seq)) {
    return std::nullopt;
  }
  return std::pair(*name, version);
}

void send_receipt(ControlSession& session, const std::string& pop, const std::string& node,
                  const Receipt& receipt) {
  session.send(ControlMessage("receipt")
                   .with("pop", pop)
                   .with("node", node)
                   .with("zone", receipt.zone.to_string())
                   .with("epoch", receipt.number.epoch)
                   .with("seq", receipt.number.seq)
                   .with("serial", receipt.serial.raw())
                   .with("state", receipt.served ? "served"
                                  : receipt.held ? "held"
                                                 : "failed")
                   .with("reason", receipt.reason)
                   .with("elapsed_ms", static_cast<std::uint64_t>(receipt.elapsed.count())));
}

void send_end(ControlSession& session, bool complete) {
  session.send(ControlMessage("end").with("complete", complete ? "yes" : "no"));
  session.done();
}

}  // namespace

void Requests::wait(const Session& session, const ControlMessage& request) {
  const auto timeout = std::min(
      std::chrono::milliseconds(std::min<std::uint64_t>(request.number("timeout_ms").value_or(30'000),
                                                        static_cast<std::uint64_t>(longest_wait.count()))),
      longest_wait);
  std::vector<std::pair<Name, VersionNumber>> zones;
  for (const auto& [key, value] : request.fields()) {
    if (key != "zone") continue;
    const auto wanted = parse_wanted(value);
    if (!wanted) {
      session->send(error_of("zone is not \"NAME EPOCH SEQ\": " + value));
      return session->done();
    }
    zones.push_back(*wanted);
  }
  const auto revision = request.number("revision");
  if (!revision) return wait_for(session, zones, timeout);
  read([this, session, timeout, zones, revision = *revision] {
    auto all = std::make_shared<std::vector<std::pair<Name, VersionNumber>>>(zones);
    (void)parts_.archive.heads([&](const StoredVersion& stored, std::uint64_t put_at) {
      if (put_at == revision) all->emplace_back(stored.version.zone, stored.version.number);
    });
    return [this, session, timeout, all] { wait_for(session, *all, timeout); };
  });
}

void Requests::wait_for(const Session& session, const std::vector<std::pair<Name, VersionNumber>>& zones,
                        std::chrono::milliseconds timeout) {
  if (parts_.fleet() != nullptr) return wait_for_fleet(session, zones, timeout);
  StatusBoard& board = parts_.delivery.board();
  const Monotonic now = parts_.clock.monotonic();
  const auto id = board.wait(zones, now, now + timeout,
                             {[session, pop = parts_.pop, node = parts_.node](const Receipt& receipt) {
                                send_receipt(*session, pop, node, receipt);
                              },
                              [session](bool complete) { send_end(*session, complete); }});
  if (id == 0) return;
  session->when_gone([&board, id] { board.cancel(id); });
  parts_.waits_changed();
}

/// Nodes say up to which revision of the store they serve all; so the revisions of the zones' heads are what
/// to wait for. A later head counts.
void Requests::wait_for_fleet(const Session& session,
                              const std::vector<std::pair<Name, VersionNumber>>& zones,
                              std::chrono::milliseconds timeout) {
  read([this, session, zones, timeout]() -> std::function<void()> {
    auto wanted = std::make_shared<std::vector<FleetBoard::Wanted>>();
    std::uint64_t revision = 0;
    std::string wrong;
    auto plan = read_plan(parts_.archive);
    if (!plan) wrong = plan.error().message;
    for (const auto& [zone, number] : zones) {
      const auto head = parts_.archive.head(zone);
      if (!head) {
        wrong = head.error().message;
        break;
      }
      if (!*head || (*head)->stored.version.number < number) {
        wrong = "the version " + number.to_string() + " of " + zone.to_string() + " is not in the store";
        break;
      }
      const Version& version = (*head)->stored.version;
      revision = std::max(revision, (*head)->revision);
      const PlannedVersion seen = planned(version);
      // Who was let take it by a plan that came later has settled it when he has settled that.
      if (seen.stage != 0 && plan) revision = std::max(revision, plan->revision);
      wanted->push_back({zone, version.number, version.serial, seen.stage, seen.goes_back});
    }
    return
        [this, session, timeout, wanted, revision, wrong, known = plan ? plan->plan : FleetPlan()]() mutable {
          if (!wrong.empty()) {
            session->send(error_of(wrong));
            return session->done();
          }
          FleetBoard& board = parts_.fleet()->board();
          const Monotonic now = parts_.clock.monotonic();
          const auto id = board.wait(*wanted, revision, std::move(known), now, now + timeout,
                                     {[session](const NodeRecord& node, const Receipt& receipt) {
                                        send_receipt(*session, node.pop, node.node, receipt);
                                      },
                                      [session](bool complete) { send_end(*session, complete); }});
          if (id == 0) return;
          session->when_gone([&board, id] { board.cancel(id); });
          parts_.waits_changed();
        };
  });
}

}  // namespace doors
