#include "sync/pop/transfer_in.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "sync/trust/bundle.h"
#include "zones/content/digest.h"
#include "zones/content/frames.h"

namespace doors {
namespace {

constexpr std::size_t most_content_octets = std::size_t{4} << 30;
constexpr const char* not_the_catalogs = "a publisher has pushed this zone, so the catalog does not get it";

/// Whether a change is worth to be published as such: as with doorctl push, what a PoP needs that knows
/// nothing stays near the zone's size.
bool is_worth(const Delta& change, const StoredVersion& head, std::uint64_t zone_octets) {
  constexpr std::uint64_t most_changes = 256;
  constexpr std::uint64_t share = 4;
  const bool changed = head.version.kind == VersionKind::change;
  return (!changed || head.version.number.seq - head.whole < most_changes) &&
         (head.changed_octets + change.octets()) * share <= zone_octets;
}

/// Describes a content in a version, and gives the frames of it.
Result<std::vector<std::byte>> describe_whole(const Content& content, Version& version) {
  version.serial = content.serial();
  version.content_digest = content_digest(content);
  version.records = content.record_count();
  auto frames = compress_frames(content.stream());
  if (!frames) return Unexpected(frames.error());
  version.frames = frames->list;
  return std::move(frames->octets);
}

/// The same of what leads to it from the head.
Result<std::vector<std::byte>> describe_change(const Delta& change, const Version& head, Version& version) {
  version.kind = VersionKind::change;
  version.serial = change.come().serial();
  version.content_digest = change.digest_after(head.content_digest);
  version.records = change.records_after(head.records);
  auto frames = compress_frames(change.stream());
  if (!frames) return Unexpected(frames.error());
  version.frames = frames->list;
  return std::move(frames->octets);
}

/// What arrived as a version that follows `head`, which may be null; gives its frames.
Result<std::vector<std::byte>> describe(const Archive& archive, const xfr::Arrival& arrival,
                                        const StoredVersion* head, Version& version) {
  auto stream = read_descriptor(arrival.stream.get(), most_content_octets);
  if (!stream) return Unexpected(std::move(stream).error());
  if (!arrival.is_change) {
    const auto content = Content::parse(*std::move(stream));
    if (!content) return Unexpected(content.error());
    if (!(content->origin() == arrival.zone)) return failure("the worker gives another zone");
    return describe_whole(*content, version);
  }
  const auto change = Delta::parse(*stream);
  if (!change) return Unexpected(change.error());
  if (!(change->come().origin() == arrival.zone)) return failure("the worker gives another zone");
  if (head == nullptr || head->version.kind == VersionKind::tombstone ||
      !(head->version.serial == change->gone().serial()))
    return failure("head moved: another push came first");
  if (is_worth(*change, *head, arrival.zone_octets)) return describe_change(*change, head->version, version);
  const auto before = archive.whole_content(*head);
  if (!before) return Unexpected(before.error());
  const auto content = change->apply(*before);
  if (!content) return Unexpected(content.error());
  return describe_whole(*content, version);
}

/// A version of that zone that follows its head.
Version next_version(const Name& zone, const std::optional<Archive::Head>& head, WallTime now) {
  Version version;
  version.zone = zone;
  if (head) {
    const ChainHead before = head->stored.chain_head();
    version.number = {before.number.epoch, before.number.seq + 1};
    version.previous = before.hash;
  }
  version.created = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  return version;
}

bool is_deleted(const Archive::Head& head) { return head.stored.version.kind == VersionKind::tombstone; }

/// Nobody else serves this zone here.
bool is_ours(const Archive::Head& head, const PrivateKey& key) {
  return is_deleted(head) || head.stored.signed_version.push.publisher == key.public_key().id();
}

/// The push of one version, ready to publish. What it was made of is gone when it returns.
Result<std::vector<std::byte>> sign_arrival(const Archive& archive, const PrivateKey& key,
                                            const xfr::Arrival& arrival, WallTime now) {
  const auto head = archive.head(arrival.zone);
  if (!head) return Unexpected(head.error());
  if (arrival.from_catalog && *head && !is_ours(**head, key)) return failure(not_the_catalogs);
  PushItem item;
  Version& version = item.version;
  version = next_version(arrival.zone, *head, now);
  version.comment = "from " + arrival.primary;
  const auto frames = describe(archive, arrival, *head ? &(*head)->stored : nullptr, version);
  if (!frames) return frames;
  item.frames = *frames;
  return sign_push(std::array{item}, key);
}

}  // namespace

Result<PrivateKey> node_key(const std::filesystem::path& path) {
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown)) return PrivateKey::read(path);
  auto key = PrivateKey::generate();
  if (!key) return key;
  if (auto written = key->write(path); !written) return Unexpected(written.error());
  return key;
}

Publisher node_publisher(const PublicKey& key, const xfr::Settings& settings) {
  Publisher publisher{key, {}};
  for (const xfr::SecondaryZone& zone : settings.zones) {
    if (const auto pattern = ZonePattern::parse(zone.zone.to_string())) publisher.zones.push_back(*pattern);
  }
  for (const xfr::CatalogZone& catalog : settings.catalogs) {
    for (const std::string& zones : catalog.zones) {
      if (const auto pattern = ZonePattern::parse(zones)) publisher.zones.push_back(*pattern);
    }
  }
  return publisher;
}

Result<ZoneVerdict> publish_arrival(Archive& archive, const Policy& policy, const PrivateKey& key,
                                    const xfr::Arrival& arrival, WallTime now, FreshContent* fresh) {
  const auto bundle = sign_arrival(archive, key, arrival, now);
  if (!bundle) return Unexpected(bundle.error());
  std::set<std::string, std::less<>> forced;
  if (arrival.may_shrink || arrival.may_go_back) forced.emplace("shrink");
  if (arrival.may_go_back) forced.insert({"serial", "growth"});
  const PublishReport report = publish(archive, policy, *bundle, forced, fresh);
  if (report.revision) return report.zones.front();
  const bool told = !report.zones.empty() && !report.zones.front().reason.empty();
  return failure(told ? report.zones.front().reason : report.reason);
}

Result<std::optional<ZoneVerdict>> publish_end(Archive& archive, const Policy& policy, const PrivateKey& key,
                                               const Name& zone, WallTime now) {
  const auto head = archive.head(zone);
  if (!head) return Unexpected(head.error());
  if (!*head || is_deleted(**head) || !is_ours(**head, key)) return std::optional<ZoneVerdict>();
  PushItem item{next_version(zone, *head, now), {}};
  item.version.kind = VersionKind::tombstone;
  item.version.serial = (*head)->stored.version.serial;
  item.version.comment = "its catalog has it no more";
  const auto bundle = sign_push(std::array{item}, key);
  if (!bundle) return Unexpected(bundle.error());
  const PublishReport report = publish(archive, policy, *bundle, {});
  if (report.revision) return std::optional(report.zones.front());
  const bool told = !report.zones.empty() && !report.zones.front().reason.empty();
  return failure(told ? report.zones.front().reason : report.reason);
}

TransferIn::TransferIn(Parts parts, PrivateKey key)
    : parts_(std::move(parts)), key_(std::make_shared<const PrivateKey>(std::move(key))) {}

xfr::Secondaries::Versions TransferIn::versions() {
  xfr::Secondaries::Versions versions;
  versions.ask_serial = [this](const xfr::SecondaryZone& zone,
                               std::function<void(Result<std::optional<Serial>>)> done) {
    parts_.reading.post(
        [this, zone = zone.zone, from_catalog = zone.from_catalog, key = key_, done = std::move(done)] {
          const auto head = parts_.archive.head(zone);
          Result<std::optional<Serial>> serial = std::optional<Serial>();
          if (!head)
            serial = Unexpected(head.error());
          else if (*head && from_catalog && !is_ours(**head, *key))
            serial = failure(not_the_catalogs);
          else if (*head && !is_deleted(**head))
            serial = std::optional((*head)->stored.version.serial);
          boost::asio::post(parts_.io, [done, serial] { done(serial); });
        });
  };
  versions.ask_content = [this](const Name& zone, std::function<void(Result<UniqueFd>)> done) {
    parts_.reading.post([this, zone, done = std::move(done)] {
      const auto made = [&]() -> Result<UniqueFd> {
        const auto head = parts_.archive.head(zone);
        if (!head) return Unexpected(head.error());
        if (!*head) return failure("the zone is gone");
        const auto content = parts_.archive.whole_content((*head)->stored);
        if (!content) return Unexpected(content.error());
        return sealed_memory_file("manydoors-content", content->stream());
      };
      auto file = std::make_shared<Result<UniqueFd>>(made());
      boost::asio::post(parts_.io, [done, file] { done(std::move(*file)); });
    });
  };
  versions.publish = [this](xfr::Arrival arrival, std::function<void(std::string)> done) {
    publish(std::move(arrival), std::move(done));
  };
  return versions;
}

void TransferIn::publish(xfr::Arrival arrival, std::function<void(std::string)> done) {
  const Monotonic since = parts_.clock.monotonic();
  parts_.publishing.post([this, since, arrival = std::make_shared<const xfr::Arrival>(std::move(arrival)),
                          done = std::move(done), policy = parts_.policy(), key = key_] {
    auto verdict = std::make_shared<const Result<ZoneVerdict>>(
        publish_arrival(parts_.archive, *policy, *key, *arrival, parts_.clock.wall(), &parts_.fresh));
    boost::asio::post(parts_.io, [this, since, verdict, done] {
      if (*verdict) parts_.published(**verdict, since);
      done(*verdict ? std::string() : verdict->error().message);
    });
  });
}

}  // namespace doors
