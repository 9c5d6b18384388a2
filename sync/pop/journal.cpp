#include "sync/pop/journal.h"

#include <cstring>

#include "sync/trust/octet_writer.h"
#include "zones/base/sha256.h"
#include "zones/dns/wire_reader.h"

namespace doors {
namespace {

enum : lmdb::Database { zones, checkpoints };

lmdb::Settings lmdb_settings(std::uint64_t map_octets) { return {{"zones", "checkpoints"}, map_octets}; }

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
