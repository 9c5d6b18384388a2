#include "sync/pop/requests.h"

#include <algorithm>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "sync/pop/batch_log.h"
#include "sync/pop/kept_content.h"
#include "sync/pop/mapped_bundle.h"
#include "zones/base/file.h"
#include "zones/base/log.h"
#include "zones/base/text_encoding.h"

namespace doors {
namespace {

/// Leaves room in a packet; the log has all alarms.
constexpr std::size_t most_status_fields = 40;

/// What a push says of its rollout; nothing: it is none. The last wave is always everybody.
Result<std::optional<Rollout>> rollout_of(const ControlMessage& request) {
  Rollout rollout;
  for (const auto& [key, value] : request.fields()) {
    if (key != "wave") continue;
    if (std::string wrong = wrong_in_selector(value); !wrong.empty()) return failure(std::move(wrong));
    rollout.waves.push_back(value);
  }
  if (rollout.waves.empty()) return std::optional<Rollout>();
  if (rollout.waves.back() != "all" && rollout.waves.back() != "100%") rollout.waves.emplace_back("all");
  if (rollout.waves.size() > Rollout::max_waves) return failure("too many waves");
  constexpr std::uint64_t longest_ms = 24 * 3600 * 1000;
  const auto number = [&](std::string_view key, std::uint64_t usual, std::uint64_t most) {
    return std::min(request.number(key).value_or(usual), most);
  };
  rollout.bake = std::chrono::milliseconds(number("bake_ms", 10'000, longest_ms));
  rollout.limit = std::chrono::milliseconds(number("limit_ms", 60'000, longest_ms));
  rollout.gates.servfail_percent = static_cast<std::uint32_t>(number("servfail_percent", 2, 100));
  rollout.gates.nxdomain_percent = static_cast<std::uint32_t>(number("nxdomain_percent", 10, 100));
  rollout.gates.least_answers = static_cast<std::uint32_t>(number("least_answers", 100, 1'000'000));
  return std::optional(std::move(rollout));
}

/// A message with its file, or why there is none; and the request is dealt with.
void reply_with_file(ControlSession& session, Result<std::pair<ControlMessage, UniqueFd>>& made) {
  if (!made) {
    session.send(error_of(made.error().message));
  } else {
    std::vector<UniqueFd> fds;
    fds.push_back(std::move(made->second));
    session.send(made->first, std::move(fds));
  }
  session.done();
}

}  // namespace

ControlMessage error_of(std::string reason) {
  return std::move(ControlMessage("error").with("reason", std::move(reason)));
}

ControlMessage describe(std::string verb, const Version& version, const VersionHash& hash) {
  ControlMessage message(std::move(verb));
  message.with("zone", version.zone.to_string())
      .with("epoch", version.number.epoch)
      .with("seq", version.number.seq)
      .with("serial", version.serial.raw())
      .with("digest", to_hex(version.content_digest))
      .with("hash", to_hex(hash))
      .with("records", version.records)
      .with("octets", version.content_octets())
      .with("created", version.created)
      .with("publisher", to_string(version.publisher))
      .with("comment", version.comment)
      .with("stage", version.stage)
      .with("kind", std::string(to_string(version.kind)));
  return message;
}

Requests::Requests(Parts parts) : parts_(std::move(parts)) {}

void Requests::handle(const Session& session, Packet request) {
  const std::string& verb = request.message.verb();
  if (verb == "publish") return publish(session, std::move(request));
  if (verb == "wait") return wait(session, request.message);
  if (verb == "heads") return heads(session, request.message);
  if (verb == "history") return history(session, request.message);
  if (verb == "content") return content(session, request.message);
  if (verb == "node") return node(session, request.message);
  if (verb == "status") return status(session);
  if (verb == "checkpoint") return checkpoint(session, std::move(request));
  if (verb == "publishers") return publishers(session);
  if (verb == "refresh" || verb == "retransfer") return refresh(session, request.message);
  if (verb == "fleet") return fleet(session, request.message);
  if (verb == "plan") return plan(session);
  if (verb == "edit_plan") return edit_plan(session, request.message);
  if (verb == "secondaries") return secondaries(session);
  if (verb == "notified") return notified(session);
  session->send(error_of("unknown verb"));
  session->done();
}

void Requests::read(std::function<std::function<void()>()> work) {
  parts_.reading.post([&io = parts_.io, work = std::move(work)] { boost::asio::post(io, work()); });
}

void Requests::publish(const Session& session, Packet request) {
  const auto refuse = [&](std::string reason) {
    session->send(ControlMessage("refused").with("reason", std::move(reason)));
    session->done();
  };
  const auto forced = parse_forced_gates(request.message.text("force"));
  if (!forced) return refuse(forced.error().message);
  if (request.fds.size() != 1) return refuse("a push comes with one descriptor");
  auto bundle = MappedBundle::map(std::move(request.fds.front()));
  if (!bundle) return refuse(bundle.error().message);
  auto rollout = rollout_of(request.message);
  if (!rollout) return refuse(rollout.error().message);
  if (*rollout && parts_.fleet() == nullptr) return refuse("waves are for a hub, which sees the fleet");
  if (*rollout) {
    std::vector<FleetNode> nodes;
    for (const auto& [key, record] : parts_.fleet()->board().nodes()) nodes.push_back(record.who());
    for (std::string& wave : (*rollout)->waves) wave = made_exact(wave, nodes);
  }
  const Monotonic since = parts_.clock.monotonic();
  parts_.publishing.post([this, session, forced = *forced, rollout = *std::move(rollout),
                          policy = parts_.policy(), since,
                          bundle = std::shared_ptr<const MappedBundle>(std::move(*bundle))] {
    auto report = std::make_shared<const PublishReport>(
        doors::publish(parts_.archive, *policy, bundle->octets(), forced, &parts_.fresh, rollout));
    boost::asio::post(parts_.io, [this, session, report, since] { published(session, *report, since); });
  });
}

void Requests::published(const Session& session, const PublishReport& report, Monotonic since) {
  if (report.revision && parts_.fleet() != nullptr) parts_.rollout_began();
  if (!report.revision) {
    log::warn("push refused", {{"zones", report.zones.size()}, {"reason", report.reason}});
  } else {
    log::info("push published", {{"zones", report.zones.size()}, {"revision", *report.revision}});
  }
  BatchLog batch(report.zones.size());
  for (const ZoneVerdict& verdict : report.zones) {
    if (report.revision) {
      if (parts_.fleet() == nullptr)
        parts_.delivery.announce(verdict.zone, verdict.number, verdict.serial, verdict.kind, since);
      session->send(ControlMessage("accepted")
                        .with("zone", verdict.zone.to_string())
                        .with("epoch", verdict.number.epoch)
                        .with("seq", verdict.number.seq)
                        .with("serial", verdict.serial.raw()));
    } else if (!verdict.accepted()) {
      batch.note("version refused", verdict.zone, verdict.number, verdict.serial, verdict.reason);
      ControlMessage refused("refused");
      refused.with("zone", verdict.zone.to_string()).with("reason", verdict.reason);
      if (!verdict.gate.empty()) refused.with("gate", verdict.gate);
      session->send(refused);
    }
  }
  if (report.revision) {
    session->send(ControlMessage("published").with("revision", *report.revision));
  } else {
    session->send(ControlMessage("refused").with("reason", report.reason));
  }
  session->done();
}

void Requests::stream_versions(const Session& session, std::string verb,
                               std::function<Result<std::vector<StoredVersion>>()> read_versions) {
  read(
      [session, verb = std::move(verb), read_versions = std::move(read_versions)]() -> std::function<void()> {
        auto versions = std::make_shared<Result<std::vector<StoredVersion>>>(read_versions());
        return [session, verb, versions]() {
          if (!*versions) {
            session->send(error_of(versions->error().message));
            return session->done();
          }
          session->stream([versions, verb, at = std::size_t{0}]() mutable -> std::optional<ControlMessage> {
            const auto& list = versions->value();
            if (at > list.size()) return std::nullopt;
            if (at == list.size()) return ++at, ControlMessage("end");
            const StoredVersion& stored = list[at++];
            ControlMessage message = describe(verb, stored.version, stored.signed_version.hash());
            if (stored.version.kind == VersionKind::change)
              message.with("changes", stored.version.number.seq - stored.whole)
                  .with("changed_octets", stored.changed_octets);
            return message;
          });
        };
      });
}

void Requests::heads(const Session& session, const ControlMessage& request) {
  std::optional<Name> zone;
  if (const auto text = request.get("zone")) {
    const auto name = Name::parse(*text);
    if (!name) {
      session->send(error_of("bad zone name: " + name.error().message));
      return session->done();
    }
    zone = *name;
  }
  stream_versions(session, "head", [this, zone]() -> Result<std::vector<StoredVersion>> {
    std::vector<StoredVersion> heads;
    if (zone) {
      auto head = parts_.archive.head(*zone);
      if (!head) return Unexpected(std::move(head).error());
      if (*head) heads.push_back(std::move((*head)->stored));
      return heads;
    }
    const auto listed = parts_.archive.heads([&](const StoredVersion& stored, std::uint64_t) {
      heads.push_back(stored);
      heads.back().content = {};
    });
    if (!listed) return Unexpected(listed.error());
    return heads;
  });
}

void Requests::history(const Session& session, const ControlMessage& request) {
  const auto zone = Name::parse(request.text("zone"));
  if (!zone) {
    session->send(error_of("bad zone name: " + zone.error().message));
    return session->done();
  }
  stream_versions(session, "version", [this, zone = *zone] { return parts_.archive.history(zone); });
}

void Requests::content(const Session& session, const ControlMessage& request) {
  const auto zone = Name::parse(request.text("zone"));
  if (!zone) {
    session->send(error_of("bad zone name: " + zone.error().message));
    return session->done();
  }
  read([this, session, zone = *zone, epoch = request.number("epoch"),
        seq = request.number("seq")]() -> std::function<void()> {
    const auto answer = [&]() -> Result<std::pair<ControlMessage, UniqueFd>> {
      Result<std::optional<StoredVersion>> found = std::optional<StoredVersion>();
      if (seq) {
        found = parts_.archive.version(zone, *seq);
      } else if (auto head = parts_.archive.head(zone); !head) {
        return Unexpected(std::move(head).error());
      } else if (*head) {
        found = std::optional<StoredVersion>(std::move((*head)->stored));
      }
      if (!found) return Unexpected(std::move(found).error());
      if (!*found || (epoch && *epoch != (*found)->version.number.epoch)) return failure("no such version");
      const StoredVersion& stored = **found;
      if (stored.version.kind == VersionKind::tombstone)
        return failure("the zone was deleted by that version");
      const auto frames = kept_frames(parts_.archive, parts_.images, stored);
      if (!frames) return Unexpected(frames.error());
      auto file = sealed_memory_file("manydoors-content", *frames);
      if (!file) return Unexpected(std::move(file).error());
      return std::pair(describe("content", stored.version, stored.signed_version.hash()), std::move(*file));
    };
    auto made = std::make_shared<Result<std::pair<ControlMessage, UniqueFd>>>(answer());
    return [session, made] { reply_with_file(*session, *made); };
  });
}

void Requests::node(const Session& session, const ControlMessage& request) {
  const auto zone = Name::parse(request.text("zone"));
  const auto owner = Name::parse(request.text("name"));
  if (!zone || !owner) {
    session->send(error_of("bad name"));
    return session->done();
  }
  const VersionNumber number{static_cast<std::uint32_t>(request.number("epoch").value_or(0)),
                             request.number("seq").value_or(0)};
  read([this, session, zone = *zone, owner = *owner, number]() -> std::function<void()> {
    const auto answer = [&]() -> Result<std::pair<ControlMessage, UniqueFd>> {
      const auto kept = kept_node(parts_.archive, parts_.images, zone, number, owner);
      if (!kept) return Unexpected(kept.error());
      auto file = sealed_memory_file("manydoors-node", kept->content.stream());
      if (!file) return Unexpected(std::move(file).error());
      ControlMessage message("node");
      message.with("zone", zone.to_string())
          .with("epoch", number.epoch)
          .with("seq", number.seq)
          .with("name", owner.to_string())
          .with("signed", kept->zone_is_signed ? "yes" : "no");
      return std::pair(std::move(message), std::move(*file));
    };
    auto made = std::make_shared<Result<std::pair<ControlMessage, UniqueFd>>>(answer());
    return [session, made] { reply_with_file(*session, *made); };
  });
}

void Requests::refresh(const Session& session, const ControlMessage& request) {
  const auto zone = Name::parse(request.text("zone"));
  xfr::Secondaries* const all = parts_.secondaries();
  const bool whole = request.verb() == "retransfer";
  if (!zone)
    session->send(error_of("bad zone name: " + zone.error().message));
  else if (all == nullptr || !(whole ? all->retransfer(*zone) : all->refresh(*zone)))
    session->send(error_of("no [[secondary]] says that this zone comes by transfer"));
  else
    session->send(ControlMessage("ok"));
  session->done();
}

void Requests::secondaries(const Session& session) {
  const Monotonic now = parts_.clock.monotonic();
  const auto ms = [](std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  };
  auto rows = std::make_shared<std::vector<xfr::SecondaryRow>>();
  if (const xfr::Secondaries* all = parts_.secondaries()) *rows = all->rows();
  session->stream([rows, now, ms, at = std::size_t{0}]() mutable -> std::optional<ControlMessage> {
    if (at > rows->size()) return std::nullopt;
    if (at == rows->size()) return ++at, ControlMessage("end");
    const xfr::SecondaryRow& row = (*rows)[at++];
    ControlMessage message("secondary");
    message.with("zone", row.zone.to_string())
        .with("primary", row.primary)
        .with("asking", row.asking ? "yes" : "no")
        .with("due_ms", ms(std::max(row.due - now, Monotonic::duration::zero())))
        .with("problem", row.problem);
    if (row.confirmed) message.with("confirmed_ms", ms(now - *row.confirmed));
    if (row.expires) message.with("expires_ms", ms(*row.expires - now));
    return message;
  });
}

void Requests::notified(const Session& session) {
  for (const xfr::NotifyRow& row : parts_.notified()) {
    session->send(ControlMessage("notified")
                      .with("to", row.to)
                      .with("waiting", row.counts.waiting)
                      .with("sent", row.counts.sent)
                      .with("answered", row.counts.answered)
                      .with("given_up", row.counts.given_up)
                      .with("problem", row.problem));
  }
  session->send(ControlMessage("end"));
  session->done();
}

void Requests::status(const Session& session) {
  // The rows may change while the client reads: it goes by name, so that it gives each zone once, as it is
  // then.
  const StoreState store = parts_.archive.store().state();
  ControlMessage end("end");
  end.with("pop", parts_.pop)
      .with("node", parts_.node)
      .with("hub", parts_.fleet() == nullptr ? "no" : "yes")
      .with("doord", parts_.delivery.lost_reason().empty() ? "connected" : "lost")
      .with("reason", parts_.delivery.lost_reason())
      .with("store", store.reachable ? "reached" : "lost")
      .with("revision", store.revision)
      .with("damaged", parts_.archive.store().damaged())
      .with("held", std::uint64_t{held_})
      .with("withheld", checkpoint_state_.withheld)
      .with("checkpoint", checkpoint_state_.newest);
  if (!store.reachable) {
    const auto lost_for =
        std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.monotonic() - store.since);
    end.with("store_reason", store.reason)
        .with("store_lost_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(lost_for.count(), 0)));
  }
  for (const auto* alarms : {&transfer_alarms_, &checkpoint_state_.alarms}) {
    for (const std::string& alarm : *alarms) {
      if (end.fields().size() < most_status_fields) end.with("alarm", alarm);
    }
  }
  session->stream(
      [this, end, last = std::optional<Name>(), ended = false]() mutable -> std::optional<ControlMessage> {
        if (ended) return std::nullopt;
        const auto& rows = parts_.delivery.board().rows();
        auto row = last ? rows.upper_bound(*last) : rows.begin();
        while (row != rows.end() && row->second.kind == VersionKind::tombstone &&
               row->second.state == ServiceState::served) {
          ++row;  // gone
        }
        if (row == rows.end()) {
          ended = true;
          return end;
        }
        last = row->first;
        const StatusRow& status = row->second;
        const auto age =
            std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.monotonic() - status.since);
        ControlMessage message("zone");
        message.with("pop", parts_.pop)
            .with("node", parts_.node)
            .with("zone", row->first.to_string())
            .with("epoch", status.number.epoch)
            .with("seq", status.number.seq)
            .with("serial", status.serial.raw())
            .with("state", std::string(to_string(status.state)))
            .with("age_ms", static_cast<std::uint64_t>(std::max<std::int64_t>(age.count(), 0)))
            .with("reason", status.reason);
        return message;
      });
}

}  // namespace doors
