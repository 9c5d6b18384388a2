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

/// The push of one version, ready to publish. What it was made of is gone when it returns.
Result<std::vector<std::byte>> sign_arrival(const Archive& archive, const PrivateKey& key,
                                            const xfr::Arrival& arrival, WallTime now) {
  auto stream = read_descriptor(arrival.stream.get(), most_content_octets);
  if (!stream) return Unexpected(std::move(stream).error());
  const auto content = Content::parse(*std::move(stream));
  if (!content) return Unexpected(content.error());
  if (!(content->origin() == arrival.zone)) return failure("the worker gives another zone");
  const auto head = archive.head(arrival.zone);
  if (!head) return Unexpected(head.error());

  PushItem item;
  Version& version = item.version;
  version.zone = arrival.zone;
  if (*head) {
    const ChainHead before = (*head)->stored.chain_head();
    version.number = {before.number.epoch, before.number.seq + 1};
    version.previous = before.hash;
  }
  version.serial = content->serial();
  version.created = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  version.content_digest = content_digest(*content);
  version.records = content->record_count();
  version.comment = "from " + arrival.primary;
  const auto frames = compress_frames(content->stream());
  if (!frames) return Unexpected(frames.error());
  version.frames = frames->list;
  item.frames = frames->octets;
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
  return publisher;
}

Result<ZoneVerdict> publish_arrival(Archive& archive, const Policy& policy, const PrivateKey& key,
                                    const xfr::Arrival& arrival, WallTime now, FreshContent* fresh) {
  const auto bundle = sign_arrival(archive, key, arrival, now);
  if (!bundle) return Unexpected(bundle.error());
  std::set<std::string, std::less<>> forced;
  if (arrival.may_shrink || arrival.may_go_back) forced.emplace("shrink");
  if (arrival.may_go_back) forced.emplace("serial");
  const PublishReport report = publish(archive, policy, *bundle, forced, fresh);
  if (report.revision) return report.zones.front();
  const bool told = !report.zones.empty() && !report.zones.front().reason.empty();
  return failure(told ? report.zones.front().reason : report.reason);
}

TransferIn::TransferIn(Parts parts, PrivateKey key)
    : parts_(std::move(parts)), key_(std::make_shared<const PrivateKey>(std::move(key))) {}

xfr::Secondaries::Versions TransferIn::versions() {
  xfr::Secondaries::Versions versions;
  versions.ask_serial = [this](const Name& zone, std::function<void(Result<std::optional<Serial>>)> done) {
    parts_.reading.post([this, zone, done = std::move(done)] {
      const auto head = parts_.archive.head(zone);
      Result<std::optional<Serial>> serial = std::optional<Serial>();
      if (!head)
        serial = Unexpected(head.error());
      else if (*head && (*head)->stored.version.kind != VersionKind::tombstone)
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
