#include "sync/pop/catalogs.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "sync/trust/policy.h"
#include "zones/base/file.h"
#include "zones/base/log.h"
#include "zones/base/sha256.h"
#include "zones/base/text_encoding.h"
#include "zones/content/delta.h"

namespace doors {
namespace {

constexpr std::size_t most_octets = std::size_t{1} << 30;

/// Of the members those that the config lets the catalog have.
xfr::CatalogMembers allowed(xfr::CatalogMembers members, const xfr::CatalogZone& catalog) {
  std::vector<ZonePattern> patterns;
  for (const std::string& text : catalog.zones) {
    if (auto pattern = ZonePattern::parse(text)) patterns.push_back(*std::move(pattern));
  }
  const std::size_t listed = members.size();
  std::erase_if(members, [&](const auto& member) {
    return member.first == catalog.catalog.zone ||
           std::ranges::none_of(patterns, [&](const ZonePattern& one) { return one.matches(member.first); });
  });
  if (members.size() != listed) {
    log::warn("catalog lists zones that it may not have",
              {{"catalog", catalog.catalog.zone.to_string()}, {"count", listed - members.size()}});
  }
  return members;
}

/// SHA-256 of the content's stream, and the stream.
Result<Content> read_kept(const std::filesystem::path& path) {
  auto octets = read_file(path, most_octets);
  if (!octets) return Unexpected(octets.error());
  if (octets->size() < sizeof(Sha256)) return failure("cut off");
  const Octets stream = Octets(*octets).subspan(sizeof(Sha256));
  const Sha256 sum = Sha256Stream().update(stream).finish();
  if (std::memcmp(sum.data(), octets->data(), sum.size()) != 0) return failure("damaged");
  return Content::parse({stream.begin(), stream.end()});
}

Result<void> write_kept(const std::filesystem::path& path, const Content& content) {
  const Sha256 sum = Sha256Stream().update(content.stream()).finish();
  std::vector<std::byte> octets(sum.begin(), sum.end());
  octets.insert(octets.end(), content.stream().begin(), content.stream().end());
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) return failure("cannot make " + path.parent_path().string() + ": " + error.message());
  return write_file_durably(path, octets);
}

}  // namespace

struct Catalogs::Kept {
  Content content;
};

struct Catalogs::Arrived {
  Name catalog;
  bool forced = false;
  std::shared_ptr<const Kept> kept;
  xfr::CatalogMembers members;
};

Catalogs::Catalogs(Parts parts, const std::vector<xfr::CatalogZone>& catalogs,
                   const std::vector<xfr::SecondaryZone>& own)
    : parts_(std::move(parts)) {
  std::vector<xfr::CatalogSet::Catalog> order;
  std::set<Name> configured;
  for (const xfr::SecondaryZone& zone : own) configured.insert(zone.zone);
  for (const xfr::CatalogZone& catalog : catalogs) {
    order.push_back({catalog.catalog.zone, catalog.most_removed_percent});
    configured.insert(catalog.catalog.zone);
    catalogs_.emplace(catalog.catalog.zone, Catalog{catalog, nullptr});
  }
  set_ = xfr::CatalogSet(std::move(order), std::move(configured));
  read_files();
}

std::filesystem::path Catalogs::file_of(const Name& catalog) const {
  return parts_.directory / (to_hex(Sha256Stream().update(catalog.wire()).finish()) + ".catalog");
}

void Catalogs::read_files() {
  for (auto& [name, catalog] : catalogs_) {
    std::error_code unknown;
    if (!std::filesystem::exists(file_of(name), unknown)) continue;
    auto content = read_kept(file_of(name));
    const auto members =
        content ? xfr::read_catalog(*content, catalog.config.most_zones) : Unexpected(content.error());
    if (!members) {
      log::error("catalog cannot be read, it is transferred again",
                 {{"catalog", name.to_string()}, {"reason", members.error().message}});
      continue;
    }
    catalog.kept = std::make_shared<const Kept>(Kept{*std::move(content)});
    if (auto next = set_.with(name, allowed(*members, catalog.config), true)) set_ = *std::move(next);
  }
}

xfr::SecondaryZone Catalogs::way_of(const Name& zone, const xfr::CatalogSet& set) const {
  const xfr::CatalogSet::Owned& owned = set.zones().at(zone);
  return catalogs_.at(owned.catalog).config.follow(zone, owned.groups);
}

std::vector<xfr::SecondaryZone> Catalogs::zones() const {
  std::vector<xfr::SecondaryZone> zones;
  for (const auto& [name, catalog] : catalogs_) zones.push_back(catalog.config.catalog);
  for (const auto& [zone, owned] : set_.zones()) zones.push_back(way_of(zone, set_));
  return zones;
}

xfr::Secondaries::Versions Catalogs::beside(xfr::Secondaries::Versions others) {
  xfr::Secondaries::Versions all;
  all.ask_serial = [this, others](const xfr::SecondaryZone& zone,
                                  std::function<void(Result<std::optional<Serial>>)> done) {
    const auto found = catalogs_.find(zone.zone);
    if (found == catalogs_.end()) return others.ask_serial(zone, std::move(done));
    std::optional<Serial> serial;
    if (found->second.kept) serial = found->second.kept->content.serial();
    boost::asio::post(parts_.io, [done, serial] { done(serial); });
  };
  all.ask_content = [this, others](const Name& zone, std::function<void(Result<UniqueFd>)> done) {
    const auto found = catalogs_.find(zone);
    if (found == catalogs_.end()) return others.ask_content(zone, std::move(done));
    boost::asio::post(parts_.io, [done, kept = found->second.kept] {
      done(kept ? sealed_memory_file("manydoors-catalog", kept->content.stream()) : failure("it never came"));
    });
  };
  all.publish = [this, others](xfr::Arrival arrival, Done done) {
    if (!catalogs_.contains(arrival.zone)) return others.publish(std::move(arrival), std::move(done));
    publish(std::move(arrival), std::move(done));
  };
  return all;
}

void Catalogs::publish(xfr::Arrival arrival, Done done) {
  waiting_.emplace_back([this, arrival = std::make_shared<const xfr::Arrival>(std::move(arrival)), done] {
    const Catalog& catalog = catalogs_.at(arrival->zone);
    const auto read = [kept = catalog.kept, arrival, config = catalog.config]() -> Result<Arrived> {
      auto stream = read_descriptor(arrival->stream.get(), most_octets);
      if (!stream) return Unexpected(stream.error());
      Result<Content> content = failure("a change of nothing");
      if (!arrival->is_change) {
        content = Content::parse(*std::move(stream));
      } else if (const auto change = Delta::parse(*stream); change && kept) {
        content = change->apply(kept->content);
      }
      if (!content) return Unexpected(content.error());
      if (!(content->origin() == arrival->zone)) return failure("the worker gives another zone");
      if (kept && !arrival->may_go_back && !(content->serial() > kept->content.serial()))
        return failure("its serial is not newer");
      auto members = xfr::read_catalog(*content, config.most_zones);
      if (!members) return Unexpected(members.error());
      return Arrived{arrival->zone, arrival->may_go_back,
                     std::make_shared<const Kept>(Kept{*std::move(content)}),
                     allowed(*std::move(members), config)};
    };
    parts_.working.post([self = shared_from_this(), read, done] {
      auto arrived = std::make_shared<const Result<Arrived>>(read());
      boost::asio::post(self->parts_.io, [self, arrived, done] {
        if (*arrived) return self->take(std::shared_ptr<const Arrived>(arrived, &**arrived), done);
        done(arrived->error().message);
        self->next_in_turn();
      });
    });
  });
  if (!std::exchange(is_busy_, true)) next_in_turn();
}

void Catalogs::next_in_turn() {
  is_busy_ = !waiting_.empty();
  if (!is_busy_) return;
  const auto task = std::move(waiting_.front());
  waiting_.pop_front();
  task();
}

void Catalogs::take(std::shared_ptr<const Arrived> arrived, const Done& done) {
  if (retired_) return;
  const auto next = set_.with(arrived->catalog, arrived->members, arrived->forced);
  if (!next) {
    done(next.error().message);
    return next_in_turn();
  }
  const xfr::CatalogSet::Change change = next->change_from(set_);
  for (const Name& zone : change.removed) parts_.unfollow(zone);
  parts_.working.post([self = shared_from_this(), arrived, next = *next, change, done] {
    Result<void> kept;
    for (const Name& zone : change.removed) {
      kept = self->parts_.end(zone);
      if (!kept) break;
    }
    if (kept) kept = write_kept(self->file_of(arrived->catalog), arrived->kept->content);
    boost::asio::post(self->parts_.io, [self, arrived, next, change, kept, done] {
      if (self->retired_) return;
      if (kept)
        self->taken(arrived, next, change);
      else
        for (const Name& zone : change.removed) self->parts_.follow(self->way_of(zone, self->set_));
      done(kept ? "" : kept.error().message);
      self->next_in_turn();
    });
  });
}

void Catalogs::taken(const std::shared_ptr<const Arrived>& arrived, const xfr::CatalogSet& next,
                     const xfr::CatalogSet::Change& change) {
  set_ = next;
  catalogs_.at(arrived->catalog).kept = arrived->kept;
  for (const Name& zone : change.added) parts_.follow(way_of(zone, set_));
  for (const Name& zone : change.regrouped) parts_.follow(way_of(zone, set_));
  for (const Name& zone : change.reset) {
    parts_.follow(way_of(zone, set_));
    parts_.reset(zone);
  }
  log::info("catalog taken", {{"catalog", arrived->catalog.to_string()},
                              {"serial", arrived->kept->content.serial().raw()},
                              {"zones", arrived->members.size()},
                              {"added", change.added.size()},
                              {"removed", change.removed.size()},
                              {"reset", change.reset.size()}});
  for (const std::string& problem : change.problems)
    log::warn("catalog zone not taken", {{"reason", problem}});
}

}  // namespace doors
