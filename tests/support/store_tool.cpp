// What a thief does to an embedded store while its doorsync is stopped; for scenario tests. Keys are in hex.
//   store_tool list DIR          KEY and octets of the value, a line each
//   store_tool get DIR KEY       the value to stdout
//   store_tool put DIR KEY       the value from stdin, which is a file
//   store_tool delete DIR KEY
#include <cstdio>
#include <string>
#include <string_view>

#include <unistd.h>

#include "sync/store/lmdb/lmdb_store.h"
#include "zones/base/clock.h"
#include "zones/base/file.h"
#include "zones/base/text_encoding.h"

using namespace doors;

namespace {

int fail(const std::string& reason) {
  std::fprintf(stderr, "store_tool: %s\n", reason.c_str());
  return 1;
}

int list(const Store& store) {
  const auto listed = store.list("", [](const StoreEntry& entry) {
    std::printf("%s %zu\n", to_hex(octets_of(entry.key)).c_str(), entry.value.size());
  });
  return listed ? 0 : fail(listed.error().message);
}

int get(const Store& store, const std::string& key) {
  const auto value = store.get(key);
  if (!value) return fail(value.error().message);
  if (!*value) return fail("no such key");
  const auto written = write_all(STDOUT_FILENO, (*value)->octets);
  return written ? 0 : fail(written.error().message);
}

int put(Store& store, const std::string& key, std::optional<std::vector<std::byte>> value) {
  const auto outcome = store.txn({}, {{key, std::move(value), 0}});
  return outcome ? 0 : fail(outcome.error().message);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return fail("list|get|put|delete DIR [KEY]");
  const std::string_view verb = argv[1];
  const RealClock clock;
  const auto store = LmdbStore::open(argv[2], {}, clock);
  if (!store) return fail(store.error().message);
  if (verb == "list") return list(**store);
  const auto octets = argc == 4 ? from_hex(argv[3]) : std::nullopt;
  if (!octets) return fail("a key in hex is wanted");
  const std::string key(text_of(*octets));
  if (verb == "get") return get(**store, key);
  if (verb == "delete") return put(**store, key, std::nullopt);
  if (verb != "put") return fail("unknown verb");
  auto value = read_descriptor(STDIN_FILENO, std::size_t{1} << 30);
  return value ? put(**store, key, *std::move(value)) : fail(value.error().message);
}
