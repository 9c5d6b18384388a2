#include "sync/pop/following.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "zones/base/log.h"

namespace doors {
namespace {

bool has_zones(const xfr::Settings& settings) {
  return !settings.zones.empty() || !settings.catalogs.empty();
}

}  // namespace

Following::Following(Parts parts)
    : parts_(std::move(parts)),
      expiry_(parts_.transfer.io, parts_.transfer.clock, parts_.journal, parts_.transfer.publishing,
              parts_.expiry) {}

std::optional<PublicKey> Following::signer(const xfr::Settings& settings) {
  if (has_zones(settings) && !transfer_in_) {
    auto key = node_key(parts_.store / "node.key");
    if (key)
      transfer_in_ = std::make_unique<TransferIn>(parts_.transfer, *std::move(key));
    else
      log::error("zones are not transferred", {{"reason", key.error().message}});
  }
  if (!transfer_in_) return std::nullopt;
  return transfer_in_->key()->public_key();
}

void Following::follow(const xfr::Settings& settings) {
  stop();
  if (!has_zones(settings) || !transfer_in_) return expiry_.follow(settings.zones);
  catalogs_ = std::make_shared<Catalogs>(parts_of_catalogs(), settings.catalogs, settings.zones);
  xfr::Settings all = settings;
  std::ranges::move(catalogs_->zones(), std::back_inserter(all.zones));
  expiry_.follow(all.zones);
  secondaries_ =
      std::make_unique<xfr::Secondaries>(parts_.transfer.io, parts_.transfer.clock, std::move(all),
                                         expiry_.expiry(), catalogs_->beside(transfer_in_->versions()));
}

void Following::stop() {
  secondaries_.reset();
  if (catalogs_) catalogs_->retire();
  catalogs_.reset();
}

Catalogs::Parts Following::parts_of_catalogs() {
  return {parts_.transfer.io,
          parts_.transfer.publishing,
          parts_.store / "catalogs",
          [&archive = parts_.transfer.archive, &clock = parts_.transfer.clock,
           policy = parts_.transfer.policy(), key = transfer_in_->key()](const Name& zone) -> Result<void> {
            const auto ended = publish_end(archive, *policy, *key, zone, clock.wall());
            return ended ? Result<void>() : Unexpected(ended.error());
          },
          [this](const xfr::SecondaryZone& zone) {
            expiry_.expiry().follow(zone.zone, zone.on_expire);
            secondaries_->add(zone);
          },
          [this](const Name& zone) {
            expiry_.expiry().forget(zone);
            secondaries_->remove(zone);
          },
          [this](const Name& zone) { secondaries_->retransfer(zone); }};
}

}  // namespace doors
