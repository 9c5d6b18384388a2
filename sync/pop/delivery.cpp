#include "sync/pop/delivery.h"

#include <algorithm>
#include <utility>

#include "zones/base/log.h"
#include "zones/image/image_file.h"

namespace doors {

Delivery::Delivery(boost::asio::io_context& io, const Clock& clock, const std::filesystem::path& doord_socket,
                   std::vector<ServiceAddress> addresses, Handlers handlers)
    : io_(io),
      clock_(clock),
      handlers_(std::move(handlers)),
      asker_(std::make_unique<SoaAsker>(io, std::move(addresses), SoaAsker::Limits{})),
      link_(std::make_unique<DoordLink>(
          io, doord_socket,
          DoordLink::Handlers{
              [this](std::map<Name, VersionNumber> running) { connected(std::move(running)); },
              [this](const std::string& reason) { lost(reason); }})) {}

Delivery::~Delivery() = default;

void Delivery::announce(const Name& zone, VersionNumber number, Serial serial, VersionKind kind,
                        Monotonic since) {
  board_.announce(zone, number, serial, kind, since);
}

void Delivery::deliver(const std::vector<BuildOutcome>& outcomes) {
  const Monotonic now = clock_.monotonic();
  BatchLog batch(outcomes.size());
  for (const BuildOutcome& outcome : outcomes) {
    switch (outcome.kind) {
      case BuildOutcome::Kind::refused: {
        std::string& refused = refused_[outcome.zone];
        // The same again is a full disk that was tried again.
        if (std::string word = outcome.number.to_string() + " " + outcome.reason; refused != word) {
          batch.note("version refused", outcome.zone, outcome.number, outcome.serial, outcome.reason);
          refused = std::move(word);
        }
        // A replay of something lower changes nothing that is known.
        board_.announce(outcome.zone, outcome.number, outcome.serial, outcome.version_kind, now);
        std::string reason = outcome.reason;
        if (const auto wanted = wanted_.find(outcome.zone); wanted != wanted_.end()) {
          reason += "; serial " + std::to_string(wanted->second.serial.raw()) + " stays";
        }
        settle(outcome.zone, outcome.number, ServiceState::failed, std::move(reason), batch);
        break;
      }
      case BuildOutcome::Kind::unchanged:
        board_.announce(outcome.zone, outcome.number, outcome.serial, outcome.version_kind, now);
        break;
      case BuildOutcome::Kind::postponed:
        board_.announce(outcome.zone, outcome.number, outcome.serial, outcome.version_kind, now);
        wait(outcome.zone, outcome.number, "its image is made");
        break;
      case BuildOutcome::Kind::ready:
      case BuildOutcome::Kind::removed:
        board_.announce(outcome.zone, outcome.number, outcome.serial, outcome.version_kind, now);
        refused_.erase(outcome.zone);
        want(outcome);
        break;
    }
  }
  pump();
}

void Delivery::want(const BuildOutcome& outcome) {
  const auto running = running_.find(outcome.zone);
  const bool same = outcome.renewed && running != running_.end() && running->second == outcome.number;
  if (outcome.renewed && running != running_.end()) running_.erase(running);  // so it is offered again
  wanted_[outcome.zone] = {outcome.number, outcome.serial, outcome.version_kind, outcome.image, same};
  dirty_.insert(outcome.zone);
}

void Delivery::pump() {
  if (handing_over_ || !link_->connected()) {
    for (const Name& zone : dirty_) {
      const Wanted& wanted = wanted_.at(zone);
      wait(zone, wanted.number, handing_over_ ? "doord takes the push before" : lost_reason_);
    }
    return;
  }
  std::vector<Offer> offers;
  const auto batch = std::make_shared<BatchLog>(dirty_.size());
  for (const Name& zone : std::exchange(dirty_, {})) {
    const Wanted& wanted = wanted_.at(zone);
    const auto running = running_.find(zone);
    const bool gone = wanted.kind == VersionKind::tombstone;
    if (const auto withheld = withheld_.find(zone); withheld != withheld_.end() && !gone) {
      if (silenced_.contains(zone))
        settle(zone, wanted.number, ServiceState::failed, withheld->second, *batch);
      else
        offers.push_back({zone, wanted.number, {}, true});
      continue;
    }
    const bool is_there = gone ? running == running_.end() && !silenced_.contains(zone)
                               : running != running_.end() && running->second == wanted.number;
    if (is_there) {
      prove(zone, wanted, batch);
    } else if (!gone && silenced_.contains(zone) && is_pack_path(wanted.image)) {
      // A pack that doord has says nothing new of one of its zones: it comes back with an image of its own.
      handlers_.rebuild(zone);
      wait(zone, wanted.number, "its image is made");
    } else {
      offers.push_back({zone, wanted.number, wanted.image});
      wait(zone, wanted.number, "doord takes it");
    }
  }
  if (offers.empty()) return;
  handing_over_ = true;
  auto sent = std::make_shared<const std::vector<Offer>>(offers);
  link_->hand_over(std::move(offers),
                   [this, sent](const DoordLink::Refusals& refusals) { swapped(*sent, refusals); });
}

void Delivery::swapped(const std::vector<Offer>& offers, const DoordLink::Refusals& refusals) {
  handing_over_ = false;
  std::vector<Name> in_effect;
  std::vector<Name> changed;
  const auto batch = std::make_shared<BatchLog>(offers.size());
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const Offer& offer = offers[i];
    const Wanted& wanted = wanted_.at(offer.zone);
    if (const auto refusal = refusals.find(i); refusal != refusals.end()) {
      batch->note("image refused by doord", offer.zone, offer.number, wanted.serial, refusal->second);
      const auto rebuilt = rebuilt_.find(offer.zone);
      if (rebuilt == rebuilt_.end() || rebuilt->second != offer.number) {
        rebuilt_[offer.zone] = offer.number;
        handlers_.rebuild(offer.zone);
      } else {
        settle(offer.zone, offer.number, ServiceState::failed, "doord refuses the image: " + refusal->second,
               *batch);
      }
      continue;
    }
    silenced_.erase(offer.zone);
    if (offer.image.empty()) {
      running_.erase(offer.zone);
    } else {
      running_[offer.zone] = offer.number;
    }
    if (offer.withheld) {
      silenced_.insert(offer.zone);
      dirty_.insert(offer.zone);  // to say so
      continue;
    }
    rebuilt_.erase(offer.zone);
    in_effect.push_back(offer.zone);
    if (!offer.image.empty() && !(wanted.same_version && wanted.number == offer.number))
      changed.push_back(offer.zone);
    if (wanted.number == offer.number) prove(offer.zone, wanted, batch);
  }
  handlers_.swapped(in_effect);
  if (handlers_.changed) handlers_.changed(changed);
  pump();
}

void Delivery::prove(const Name& zone, const Wanted& wanted, const std::shared_ptr<BatchLog>& batch) {
  if (wanted.kind == VersionKind::tombstone) {
    return settle(zone, wanted.number, ServiceState::served, {}, *batch);
  }
  wait(zone, wanted.number, "the service addresses are asked");
  asker_->ask(zone, wanted.serial, SoaAsker::Turn::next,
              [this, zone, number = wanted.number, batch](std::string reason) {
                const auto running = running_.find(zone);
                // Lost or replaced meanwhile: that has its own proof coming.
                if (running == running_.end() || running->second != number) return;
                const ServiceState state = reason.empty() ? ServiceState::served : ServiceState::failed;
                settle(zone, number, state, std::move(reason), *batch);
              });
}

void Delivery::wait(const Name& zone, VersionNumber number, std::string for_what) {
  board_.settle(zone, number, ServiceState::pending, std::move(for_what), clock_.monotonic());
}

void Delivery::settle(const Name& zone, VersionNumber number, ServiceState state, std::string reason,
                      BatchLog& batch) {
  const StatusRow* row = board_.find(zone);
  if (row != nullptr && row->number == number && row->state != state) {
    const bool removed = row->kind == VersionKind::tombstone;
    const char* event = state == ServiceState::failed ? "zone not served"
                        : removed                     ? "zone removed"
                                                      : "zone served";
    batch.note(event, zone, number, row->serial, reason);
  }
  board_.settle(zone, number, state, std::move(reason), clock_.monotonic());
}

void Delivery::connected(std::map<Name, VersionNumber> running) {
  log::info("doord connected", {{"zones", running.size()}});
  lost_reason_.clear();
  lost_told_ = false;
  running_ = std::move(running);
  // What is to be silent is silenced anew. What is not, and does not run, may still be.
  std::erase_if(silenced_,
                [this](const Name& zone) { return running_.contains(zone) || withheld_.contains(zone); });
  rebuilt_.clear();
  for (const auto& [zone, wanted] : wanted_) dirty_.insert(zone);
  pump();
}

void Delivery::lost(const std::string& reason) {
  const bool was_there = lost_reason_.empty();
  if (!std::exchange(lost_told_, true))
    log::warn(was_there ? "doord lost" : "doord not there", {{"reason", reason}});
  lost_reason_ = "doord is lost: " + reason;
  handing_over_ = false;
  running_.clear();
  if (!was_there) return;
  for (const auto& [zone, wanted] : wanted_) {
    dirty_.insert(zone);
    wait(zone, wanted.number, lost_reason_);
  }
}

void Delivery::set_addresses(std::vector<ServiceAddress> addresses) {
  asker_ = std::make_unique<SoaAsker>(io_, std::move(addresses), SoaAsker::Limits{});
  for (const auto& [zone, wanted] : wanted_) dirty_.insert(zone);
  pump();
}

void Delivery::withhold(std::map<Name, std::string> zones) {
  const auto before = std::exchange(withheld_, std::move(zones));
  for (const auto& [zone, reason] : before) {
    if (!withheld_.contains(zone) && wanted_.contains(zone)) dirty_.insert(zone);
  }
  for (const auto& [zone, reason] : withheld_) {
    const auto was = before.find(zone);
    if ((was == before.end() || was->second != reason) && wanted_.contains(zone)) dirty_.insert(zone);
  }
  pump();
}

void Delivery::prove_failed() {
  // Where many zones fail, one round of questions may take longer than the timer.
  if (!link_->connected() || asker_->is_asking()) return;
  std::vector<Name> failed;
  for (const auto& [zone, row] : board_.rows()) {
    if (row.state == ServiceState::failed) failed.push_back(zone);
  }
  const auto batch = std::make_shared<BatchLog>(failed.size());
  for (const Name& zone : failed) {
    const auto wanted = wanted_.find(zone);
    const auto running = running_.find(zone);
    if (wanted == wanted_.end() || running == running_.end() || running->second != wanted->second.number)
      continue;
    asker_->ask(zone, wanted->second.serial, SoaAsker::Turn::last,
                [this, zone, number = running->second, batch](const std::string& reason) {
                  if (reason.empty()) settle(zone, number, ServiceState::served, {}, *batch);
                });
  }
}

}  // namespace doors
