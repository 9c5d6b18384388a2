#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <lmdb.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/store/lmdb/environment.h"
#include "zones/base/file.h"

namespace doors::lmdb {
namespace {

namespace fs = std::filesystem;
using EntryCheck = std::function<bool(Database, Octets, Octets)>;

/// LMDB's list of free pages: each value is a count and that many page numbers, descending. One that names a
/// page beyond the file, or a page twice, would have a later write overwrite live data.
bool free_list_is_sound(const MDB_val& value, std::size_t last_page) {
  const auto* const list = static_cast<const std::size_t*>(value.mv_data);
  if (value.mv_size < sizeof(std::size_t) || value.mv_size / sizeof(std::size_t) - 1 < list[0]) return false;
  for (std::size_t i = 1; i <= list[0]; ++i) {
    if (list[i] > last_page || list[i] < 2 || (i > 1 && list[i] >= list[i - 1])) return false;
  }
  return true;
}

/// In the child: what is wrong, or "". A loop in a damaged tree is ended by the count of entries that the
/// file can hold at most.
std::string walk(const fs::path& directory, const Settings& settings, const EntryCheck& entry_is_good) {
  MDB_env* env = nullptr;
  if (mdb_env_create(&env) != 0) return {};
  mdb_env_set_maxdbs(env, static_cast<MDB_dbi>(settings.databases.size()));
  mdb_env_set_mapsize(env, settings.map_octets);
  if (const int code = mdb_env_open(env, directory.c_str(), MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS, 0640);
      code != 0) {
    return std::string("cannot be opened: ") + mdb_strerror(code);
  }
  MDB_txn* txn = nullptr;
  MDB_envinfo info{};
  if (const int code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn); code != 0) return mdb_strerror(code);
  mdb_env_info(env, &info);
  const std::size_t most_entries = fs::file_size(directory / "data.mdb") / 8;

  std::vector<MDB_dbi> handles{0};  // LMDB's own list of free pages
  for (const std::string& name : settings.databases) {
    MDB_dbi handle = 0;
    const int code = mdb_dbi_open(txn, name.c_str(), 0, &handle);
    if (code == MDB_NOTFOUND) continue;  // killed before its first transaction
    if (code != 0) return std::string("database ") + name + ": " + mdb_strerror(code);
    handles.push_back(handle);
  }
  for (std::size_t i = 0; i < handles.size(); ++i) {
    MDB_cursor* cursor = nullptr;
    if (const int code = mdb_cursor_open(txn, handles[i], &cursor); code != 0) return mdb_strerror(code);
    std::size_t entries = 0;
    MDB_val key{};
    MDB_val value{};
    std::string before;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; code == 0; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
      if (++entries > most_entries) return "its tree has a loop";
      if (i == 0) {
        if (!free_list_is_sound(value, info.me_last_pgno)) return "its list of free pages is damaged";
        continue;
      }
      const std::string_view now(static_cast<const char*>(key.mv_data), key.mv_size);
      if (entries > 1 && now <= before) return "its keys are out of order";
      before = now;
      if (!entry_is_good(static_cast<Database>(i - 1),
                         {static_cast<const std::byte*>(key.mv_data), key.mv_size},
                         {static_cast<const std::byte*>(value.mv_data), value.mv_size})) {
        return "a value does not fit its checksum";
      }
    }
    if (code != MDB_NOTFOUND) return mdb_strerror(code);
  }
  return {};
}

}  // namespace

std::optional<std::string> find_damage(const fs::path& directory, const Settings& settings,
                                       const EntryCheck& entry_is_good) {
  std::error_code error;
  if (!fs::exists(directory / "data.mdb", error)) return std::nullopt;
  if (fs::file_size(directory / "data.mdb", error) == 0)
    return std::nullopt;  // killed at its very first open
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const UniqueFd from_child(ends[0]);
  UniqueFd to_parent(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    // Whatever this program does on a crash is not for this child: it just ends.
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGINT, SIGHUP}) {
      ::signal(number, SIG_DFL);
    }
    // A crash here is a finding, not an event for the operator's terminal.
    if (const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
      ::dup2(null, STDERR_FILENO);
    }
    std::string found = "a reader fails on it";
    try {
      found = walk(directory, settings, entry_is_good);
    } catch (const std::exception& problem) {
      found = problem.what();
    }
    (void)write_all(to_parent.get(), octets_of(found));
    ::_exit(found.empty() ? 0 : 1);
  }
  to_parent.reset();
  std::string found;
  std::array<char, 512> buffer{};
  for (;;) {
    const ssize_t got = ::read(from_child.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    found.append(buffer.data(), static_cast<std::size_t>(got));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  if (WIFSIGNALED(status)) return "a reader was killed by signal " + std::to_string(WTERMSIG(status));
  return found.empty() ? "a reader fails on it" : found;
}

Result<fs::path> set_aside(const fs::path& directory) {
  const std::string stem = directory.filename().string() + ".damaged-";
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const fs::path parent = directory.has_parent_path() ? directory.parent_path() : fs::path(".");
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    if (entry.path().filename().string().starts_with(stem)) fs::remove_all(entry.path(), error);
  }
  const fs::path aside = parent / (stem + std::to_string(seconds));
  fs::rename(directory, aside, error);
  if (error) return failure("cannot rename " + directory.string() + ": " + error.message());
  if (auto synced = sync_directory(parent); !synced) return Unexpected(std::move(synced).error());
  return aside;
}

}  // namespace doors::lmdb
