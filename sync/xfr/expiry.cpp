#include "sync/xfr/expiry.h"

#include <algorithm>
#include <utility>

#include "zones/base/log.h"

namespace doors::xfr {

namespace {

using std::chrono::seconds;

/// Names a few of the zones that an alarm is about.
class ZoneList {
 public:
  void add(const Name& zone) {
    constexpr std::size_t most_named = 3;
    if (++count_ <= most_named) names_ += (names_.empty() ? "" : ", ") + zone.to_string();
    if (count_ == most_named + 1) names_ += ", …";
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::string text() const {
    return (count_ == 1 ? "zone " : std::to_string(count_) + " zones: ") + names_;
  }

 private:
  std::size_t count_ = 0;
  std::string names_;
};

}  // namespace

void Expiry::restore(const Confirmation& remembered) {
  Zone zone;
  const auto age = clock_.wall() - remembered.when;
  zone.ever = true;
  zone.expire = remembered.expire;
  zone.overdue = remembered.overdue;
  zone.expired = remembered.expired;
  zone.in_doubt = remembered.in_doubt || age < -jump_tolerance || age > most_downtime;
  zone.is_news = zone.in_doubt && !remembered.in_doubt;
  zone.when = clock_.monotonic();
  if (!zone.in_doubt) zone.when -= std::max(std::chrono::floor<seconds>(age), seconds(0));
  zones_.insert_or_assign(remembered.zone, zone);
  changed_ = true;
}

void Expiry::follow(const Name& zone, OnExpire on_expire) {
  const auto [at, is_new] = zones_.try_emplace(zone);
  if (is_new) at->second.when = clock_.monotonic();
  at->second.on_expire = on_expire;
  at->second.followed = true;
  changed_ = true;
}

void Expiry::forget(const Name& zone) {
  zones_.erase(zone);
  changed_ = true;
}

std::vector<Name> Expiry::followed() const {
  std::vector<Name> names;
  for (const auto& [name, zone] : zones_) {
    if (zone.followed) names.push_back(name);
  }
  return names;
}

void Expiry::confirm(const Name& name, const SoaFields& soa) {
  const auto found = zones_.find(name);
  if (found == zones_.end()) return;
  Zone& zone = found->second;
  // A zone must not expire between two looks (RFC 1912 §2.2), whatever its SOA says.
  const seconds least = seconds(soa.refresh) + seconds(soa.retry);
  zone.when = clock_.monotonic();
  zone.expire = std::max(seconds(soa.expire), least);
  zone.overdue = least + seconds(soa.retry);
  zone.ever = true;
  zone.is_news = true;
  if (zone.expired) log::info("zone expired no more", {{"zone", name.to_string()}});
  zone.expired = false;
  zone.in_doubt = false;
  changed_ = true;
}

std::optional<Monotonic> Expiry::expires(const Name& zone) const {
  const auto found = zones_.find(zone);
  if (found == zones_.end() || found->second.expire == seconds(0) || found->second.in_doubt)
    return std::nullopt;
  return found->second.when + found->second.expire;
}

std::optional<Monotonic> Expiry::confirmed(const Name& zone) const {
  const auto found = zones_.find(zone);
  if (found == zones_.end() || !found->second.ever || found->second.in_doubt) return std::nullopt;
  return found->second.when;
}

bool Expiry::tick() {
  look_for_jump();
  const Monotonic now = clock_.monotonic();
  if (!std::exchange(changed_, false) && now < next_) return false;
  scan(now);
  return true;
}

void Expiry::look_for_jump() {
  const Monotonic now = clock_.monotonic();
  const WallTime wall = clock_.wall();
  const auto steady = now - seen_monotonic_;
  const auto jump = std::chrono::duration_cast<seconds>((wall - seen_wall_) - steady);
  const auto tolerated = jump_tolerance + std::chrono::duration_cast<seconds>(steady) / 1000;
  if (std::chrono::abs(jump) <= tolerated) return;
  seen_monotonic_ = now;
  seen_wall_ = wall;
  log::error("the calendar jumped, expiry is frozen", {{"seconds", std::to_string(jump.count())}});
  for (auto& [name, zone] : zones_) {
    zone.is_news = zone.is_news || (zone.ever && !zone.in_doubt);
    zone.in_doubt = zone.in_doubt || zone.ever;
  }
  changed_ = true;
}

void Expiry::scan(Monotonic now) {
  ZoneList expired;
  ZoneList overdue;
  ZoneList in_doubt;
  std::map<Name, std::string> withheld;
  next_ = Monotonic::max();
  for (auto& [name, zone] : zones_) {
    if (!zone.followed) continue;
    const Monotonic ends = zone.when + zone.expire;
    if (!zone.expired && !zone.in_doubt && zone.expire != seconds(0) && now >= ends) {
      zone.expired = zone.is_news = true;
      log::error("zone expired", {{"zone", name.to_string()},
                                  {"answers", zone.on_expire == OnExpire::keep ? "go on" : "SERVFAIL"}});
    }
    if (zone.in_doubt) in_doubt.add(name);
    if (zone.expired) {
      expired.add(name);
      if (zone.on_expire == OnExpire::servfail)
        withheld.emplace(
            name, "expired: no primary has confirmed it for " + std::to_string(zone.expire.count()) + " s");
    } else if (!zone.in_doubt) {
      if (now >= zone.when + zone.overdue) overdue.add(name);
      for (const Monotonic event : {zone.when + zone.overdue, ends}) {
        if (event > now) next_ = std::min(next_, event);
      }
    }
  }
  withheld_ = std::move(withheld);
  alarms_.clear();
  if (!expired.empty()) alarms_.push_back("expired, as no primary confirms it: " + expired.text());
  if (!overdue.empty()) alarms_.push_back("no primary confirms it in time: " + overdue.text());
  if (!in_doubt.empty())
    alarms_.push_back("the clock jumped, expiry is frozen until a primary confirms it: " + in_doubt.text());
}

std::vector<Confirmation> Expiry::take_news() {
  std::vector<Confirmation> news;
  const Monotonic now = clock_.monotonic();
  const WallTime wall = clock_.wall();
  for (auto& [name, zone] : zones_) {
    if (!std::exchange(zone.is_news, false)) continue;
    const auto age = std::chrono::duration_cast<WallTime::duration>(now - zone.when);
    news.push_back({name, std::chrono::floor<seconds>(wall - age), zone.expire, zone.overdue, zone.expired,
                    zone.in_doubt});
  }
  return news;
}

void Expiry::give_back(const std::vector<Confirmation>& news) {
  for (const Confirmation& each : news) {
    if (const auto zone = zones_.find(each.zone); zone != zones_.end()) zone->second.is_news = true;
  }
}

}  // namespace doors::xfr
