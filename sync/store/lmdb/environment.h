#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"

struct MDB_env;
struct MDB_txn;

namespace doors::lmdb {

/// One named database inside an environment: the index into the names it was opened with.
using Database = unsigned;

struct Settings {
  std::vector<std::string> databases;      ///< made when they are not there
  std::uint64_t map_octets = 64ull << 30;  ///< address space, and so the largest file; not memory
};

class Environment;

/// A transaction; what it reads stays as it was when it began, and stays mapped until it ends. It ends with
/// this object: a write that was not committed is undone. One thread; a reader may be beside a writer.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// Borrowed until the next write in this transaction or its end.
  [[nodiscard]] Result<std::optional<Octets>> get(Database database, Octets key) const;
  /// Visits keys from `from` on in ascending order until `visit` gives false.
  [[nodiscard]] Result<void> visit(Database database, Octets from,
                                   const std::function<bool(Octets key, Octets value)>& visit) const;
  /// The last key and its value; nothing in an empty database.
  [[nodiscard]] Result<std::optional<std::pair<Octets, Octets>>> last(Database database) const;
  [[nodiscard]] Result<void> put(Database database, Octets key, Octets value);
  /// Fine if it is not there.
  [[nodiscard]] Result<void> erase(Database database, Octets key);
  /// Makes the writes durable (fsync) and visible, all of them.
  [[nodiscard]] Result<void> commit();

 private:
  friend class Environment;
  Transaction(const Environment& environment, MDB_txn* txn) noexcept
      : environment_(&environment), txn_(txn) {}
  const Environment* environment_;
  MDB_txn* txn_;
};

/// An LMDB environment: a directory with one mapped file, many readers beside one writer. One process; any
/// thread.
class Environment {
 public:
  /// Makes the directory when it is not there. Error: it cannot be opened, or another process holds it.
  [[nodiscard]] static Result<std::unique_ptr<Environment>> open(const std::filesystem::path& directory,
                                                                 Settings settings);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] Result<Transaction> read() const;
  /// Waits for the writer before.
  [[nodiscard]] Result<Transaction> write();

 private:
  friend class Transaction;
  Environment() = default;
  MDB_env* env_ = nullptr;
  int lock_ = -1;
  std::vector<unsigned> handles_;
};

/// Walks a whole environment in a child process, because damage in a mapped tree can crash whoever reads it,
/// and gives what is wrong; nothing if all is well or there is no environment. `entry_is_good` (in the child)
/// judges each entry by its own checksum. Call it while the process has one thread.
[[nodiscard]] std::optional<std::string> find_damage(
    const std::filesystem::path& directory, const Settings& settings,
    const std::function<bool(Database, Octets key, Octets value)>& entry_is_good);

/// Renames a damaged environment to DIRECTORY.damaged-SECONDS and keeps no older one. Gives the new path.
[[nodiscard]] Result<std::filesystem::path> set_aside(const std::filesystem::path& directory);

}  // namespace doors::lmdb
