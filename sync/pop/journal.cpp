#include "sync/pop/journal.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "sync/trust/octet_writer.h"
#include "zones/base/sha256.h"
#include "zones/dns/wire_reader.h"

namespace doors {
namespace {

enum : lmdb::Database { zones, checkpoints, confirmed };

lmdb::Settings lmdb_settings(std::uint64_t map_octets) {
  return {{"zones", "checkpoints", "confirmed"}, map_octets};
}

Sha256 checksum(Octets key, Octets rest) { return Sha256Stream().update(key).update(rest).finish(); }

bool checksum_fits(Octets key, Octets value) {
  if (value.size() < sizeof(Sha256)) return false;
  const Sha256 sum = checksum(key, value.subspan(sizeof(Sha256)));
  return std::memcmp(sum.data(), value.data(), sum.size()) == 0;
}

Result<JournalEntry> read_entry(Octets key, Octets value) {
  if (!checksum_fits(key, value)) return failure("a journal entry is damaged");
  WireReader reader(value, sizeof(Sha256));
  const Octets current = reader.octets(reader.u32());
  const Octets previous = reader.octets(reader.u32());
  if (!reader.ok() || !reader.at_end()) return failure("a journal entry is damaged");
  auto read = StoredVersion::decode(current);
  if (!read) return Unexpected(std::move(read).error());
  JournalEntry entry{*std::move(read), std::nullopt};
  if (!previous.empty()) {
    if (auto before = StoredVersion::decode(previous)) entry.previous = *std::move(before);
  }
  return entry;
}

constexpr unsigned is_expired = 1;
constexpr unsigned is_in_doubt = 2;

std::uint32_t in_u32(std::chrono::seconds time) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 0, most));
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& directory,
                                               std::uint64_t map_octets) {
  auto environment = lmdb::Environment::open(directory, lmdb_settings(map_octets));
  if (!environment) return Unexpected(std::move(environment).error());
  return std::unique_ptr<Journal>(new Journal(std::move(*environment)));
}

std::optional<std::string> Journal::find_damage(const std::filesystem::path& directory,
                                                std::uint64_t map_octets) {
  return lmdb::find_damage(
      directory, lmdb_settings(map_octets),
      [](lmdb::Database, Octets key, Octets value) { return checksum_fits(key, value); });
}

Result<std::optional<JournalEntry>> Journal::get(NameView zone) const {
  Name key(zone);
  key.make_canonical();
  const auto txn = environment_->read();
  if (!txn) return Unexpected(txn.error());
  const auto value = txn->get(zones, key.wire());
  if (!value) return Unexpected(value.error());
  if (!*value) return std::optional<JournalEntry>();
  auto entry = read_entry(key.wire(), **value);
  if (!entry) return Unexpected(std::move(entry).error());
  return std::optional<JournalEntry>(*std::move(entry));
}

Result<void> Journal::record(std::span<const StoredVersion> taken) {
  auto txn = environment_->write();
  if (!txn) return Unexpected(std::move(txn).error());
  for (const StoredVersion& stored : taken) {
    Name key = stored.version.zone;
    key.make_canonical();
    std::vector<std::byte> previous;
    const auto value = txn->get(zones, key.wire());
    if (!value) return Unexpected(value.error());
    if (*value) {
      if (const auto before = read_entry(key.wire(), **value)) previous = before->current.encode();
    }
    const std::vector<std::byte> current = stored.encode();
    OctetWriter rest;
    rest.u32(static_cast<std::uint32_t>(current.size())).octets(current);
    rest.u32(static_cast<std::uint32_t>(previous.size())).octets(previous);
    OctetWriter whole;
    whole.octets(checksum(key.wire(), rest.view())).octets(rest.view());
    if (auto put = txn->put(zones, key.wire(), whole.view()); !put) return put;
  }
  return txn->commit();
}

Result<std::uint64_t> Journal::checkpoint_time(const KeyId& publisher) const {
  const auto txn = environment_->read();
  if (!txn) return Unexpected(txn.error());
  const auto value = txn->get(checkpoints, publisher);
  if (!value) return Unexpected(value.error());
  if (!*value) return std::uint64_t{0};
  if ((*value)->size() != sizeof(Sha256) + 8 || !checksum_fits(publisher, **value))
    return failure("a journal entry is damaged");
  return load_u64((*value)->data() + sizeof(Sha256));
}

Result<void> Journal::record_checkpoint(const KeyId& publisher, std::uint64_t time) {
  auto txn = environment_->write();
  if (!txn) return Unexpected(std::move(txn).error());
  OctetWriter rest;
  rest.u64(time);
  OctetWriter whole;
  whole.octets(checksum(publisher, rest.view())).octets(rest.view());
  if (auto put = txn->put(checkpoints, publisher, whole.view()); !put) return put;
  return txn->commit();
}

Result<std::vector<xfr::Confirmation>> Journal::confirmations() const {
  const auto txn = environment_->read();
  if (!txn) return Unexpected(txn.error());
  std::vector<xfr::Confirmation> found;
  const auto visited = txn->visit(confirmed, {}, [&](Octets key, Octets value) {
    WireReader reader(key);
    const auto zone = Name::read(reader);
    if (!zone || !checksum_fits(key, value)) return true;
    WireReader rest(value, sizeof(Sha256));
    const WallTime when{std::chrono::seconds(static_cast<std::int64_t>(rest.u64()))};
    const std::chrono::seconds expire(rest.u32());
    const std::chrono::seconds overdue(rest.u32());
    const unsigned flags = rest.u8();
    if (rest.ok())
      found.push_back({*zone, when, expire, overdue, (flags & is_expired) != 0, (flags & is_in_doubt) != 0});
    return true;
  });
  if (!visited) return Unexpected(visited.error());
  return found;
}

Result<void> Journal::record_confirmations(std::span<const xfr::Confirmation> news) {
  auto txn = environment_->write();
  if (!txn) return Unexpected(std::move(txn).error());
  for (const xfr::Confirmation& each : news) {
    Name key = each.zone;
    key.make_canonical();
    const auto when = std::chrono::floor<std::chrono::seconds>(each.when.time_since_epoch());
    OctetWriter rest;
    rest.u64(static_cast<std::uint64_t>(when.count()))
        .u32(in_u32(each.expire))
        .u32(in_u32(each.overdue))
        .u8(static_cast<std::uint8_t>((each.expired ? is_expired : 0) | (each.in_doubt ? is_in_doubt : 0)));
    OctetWriter whole;
    whole.octets(checksum(key.wire(), rest.view())).octets(rest.view());
    if (auto put = txn->put(confirmed, key.wire(), whole.view()); !put) return put;
  }
  return txn->commit();
}

Result<std::size_t> Journal::visit(const std::function<void(const JournalEntry&)>& visit) const {
  const auto txn = environment_->read();
  if (!txn) return Unexpected(txn.error());
  std::size_t damaged = 0;
  const auto visited = txn->visit(zones, {}, [&](Octets key, Octets value) {
    if (const auto entry = read_entry(key, value)) {
      visit(*entry);
    } else {
      ++damaged;
    }
    return true;
  });
  if (!visited) return Unexpected(visited.error());
  return damaged;
}

}  // namespace doors
