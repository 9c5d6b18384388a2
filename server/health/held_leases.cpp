#include "server/health/held_leases.h"

#include <array>
#include <utility>

#include "zones/base/log.h"

namespace doors {

namespace {

constexpr std::chrono::seconds rounding{1};  // the kernel counts whole seconds
constexpr std::chrono::seconds look_every{1};
constexpr std::array lanes{Lane::up, Lane::far, Lane::drain};

}  // namespace

HeldLeases::HeldLeases(const KeeperConfig& config)
    : up_(config.lease.up),
      far_(config.lease.far),
      drain_(config.lease.drain),
      lifetime_(config.lease.seconds),
      prefixes_(config.keeper().prefixes),
      addresses_(config.leases()) {}

Result<HeldLeases> HeldLeases::open(const KeeperConfig& config) {
  HeldLeases held(config);
  if (held.up_.empty()) return held;
  auto leases = Leases::open();
  if (!leases) return Unexpected(leases.error());
  auto interfaces = LeaseInterfaces::open();
  if (!interfaces) return Unexpected(interfaces.error());
  held.leases_ = std::move(*leases);
  held.interfaces_ = std::move(*interfaces);
  return held;
}

std::vector<bool> HeldLeases::take_over(bool drained) {
  std::vector<bool> inherited(prefixes_.size(), false);
  for (std::size_t i = 0; leases_ && i < prefixes_.size(); ++i) {
    if (!prefixes_[i].announced) continue;
    for (const Lane lane : lanes) {
      if (interface_of(lane).empty()) continue;
      auto seen = leases_->read(interface_of(lane), addresses_[i]);
      if (!seen) log::error("lease not read", {{"reason", seen.error().message}});
      if (!seen || !*seen) continue;
      const bool ours = (*seen)->left && *(*seen)->left <= lifetime_ + rounding;
      if (ours && !drained && lane != Lane::drain)
        inherited[i] = true;
      else
        drop(i, lane);
    }
  }
  return inherited;
}

Result<void> HeldLeases::renew(std::size_t prefix, Lane lane, std::chrono::seconds lifetime) {
  // An address on an interface that is down is a lease no speaker sees.
  if (lane != Lane::up) {
    if (auto usable = interfaces_->ensure(interface_of(lane), false); !usable)
      return Unexpected(usable.error());
  }
  return leases_->renew(interface_of(lane), addresses_[prefix], lifetime);
}

void HeldLeases::drop(std::size_t prefix, Lane lane) {
  auto dropped = leases_->remove(interface_of(lane), addresses_[prefix]);
  if (!dropped) log::error("lease not dropped", {{"reason", dropped.error().message}});
}

void HeldLeases::look_after_interfaces(Monotonic now, bool create) {
  if (!interfaces_ || (looked_at_ && now < *looked_at_ + look_every)) return;
  looked_at_ = now;
  std::string problems;
  for (const std::string* name : {&up_, &far_, &drain_}) {
    if (name->empty()) continue;
    auto changed = interfaces_->ensure(*name, create);
    if (!changed) {
      problems += (problems.empty() ? "" : "; ") + changed.error().message;
    } else if (*changed) {
      log::info("interface made ready", {{"interface", *name}});
    }
  }
  if (problems != problems_ && !problems.empty()) log::error("interface problem", {{"reason", problems}});
  problems_ = std::move(problems);
}

std::vector<std::string> HeldLeases::words() {
  std::vector<std::string> lines;
  if (!leases_) return {"lease: none configured, health only"};
  if (!problems_.empty()) lines.push_back("interface: " + problems_);
  for (std::size_t i = 0; i < prefixes_.size(); ++i) {
    if (!prefixes_[i].announced) continue;
    for (const Lane lane : lanes) {
      if (!interface_of(lane).empty()) lines.push_back(kernel_words(i, lane));
    }
  }
  return lines;
}

std::string HeldLeases::kernel_words(std::size_t prefix, Lane lane) {
  std::string words = "kernel: " + addresses_[prefix].to_string();
  auto seen = leases_->read(interface_of(lane), addresses_[prefix]);
  if (!seen) return words + " cannot be read: " + seen.error().message;
  if (!*seen) return words + " is not on " + interface_of(lane);
  words += " is on " + interface_of(lane);
  return words +
         ((*seen)->left ? ", valid for " + std::to_string((*seen)->left->count()) + "s" : " for ever");
}

}  // namespace doors
