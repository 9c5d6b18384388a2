#include "sync/store/lmdb/environment.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <unistd.h>

namespace doors::lmdb {
namespace {

namespace fs = std::filesystem;

Unexpected<Error> lmdb_failure(const std::string& what, int code) {
  return failure(what + ": " + mdb_strerror(code));
}

MDB_val value_of(Octets octets) noexcept {
  // LMDB's one type for input and output has no const; it does not write through an input.
  return {octets.size(),
          const_cast<std::byte*>(octets.data())};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

Octets octets_of_value(const MDB_val& value) noexcept {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

}  // namespace

Transaction::Transaction(Transaction&& other) noexcept
    : environment_(other.environment_), txn_(std::exchange(other.txn_, nullptr)) {}

Transaction::~Transaction() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

Result<std::optional<Octets>> Transaction::get(Database database, Octets key) const {
  MDB_val wanted = value_of(key);
  MDB_val found{};
  const int code = mdb_get(txn_, environment_->handles_[database], &wanted, &found);
  if (code == MDB_NOTFOUND) return std::optional<Octets>();
  if (code != 0) return lmdb_failure("cannot read the environment", code);
  return std::optional<Octets>(octets_of_value(found));
}

Result<void> Transaction::visit(Database database, Octets from,
                                const std::function<bool(Octets, Octets)>& visit) const {
  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(txn_, environment_->handles_[database], &cursor); code != 0) {
    return lmdb_failure("cannot read the environment", code);
  }
  const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> owner(cursor, &mdb_cursor_close);
  MDB_val key = value_of(from);
  MDB_val value{};
  int code = mdb_cursor_get(cursor, &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (code == 0 && visit(octets_of_value(key), octets_of_value(value))) {
    code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  }
  if (code != 0 && code != MDB_NOTFOUND) return lmdb_failure("cannot read the environment", code);
  return {};
}

Result<std::optional<std::pair<Octets, Octets>>> Transaction::last(Database database) const {
  using Entry = std::optional<std::pair<Octets, Octets>>;
  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(txn_, environment_->handles_[database], &cursor); code != 0) {
    return lmdb_failure("cannot read the environment", code);
  }
  const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> owner(cursor, &mdb_cursor_close);
  MDB_val key{};
  MDB_val value{};
  const int code = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
  if (code == MDB_NOTFOUND) return Entry();
  if (code != 0) return lmdb_failure("cannot read the environment", code);
  return Entry(std::pair(octets_of_value(key), octets_of_value(value)));
}

Result<void> Transaction::put(Database database, Octets key, Octets value) {
  MDB_val wanted = value_of(key);
  MDB_val given = value_of(value);
  const int code = mdb_put(txn_, environment_->handles_[database], &wanted, &given, 0);
  if (code != 0) return lmdb_failure("cannot write to the environment", code);
  return {};
}

Result<void> Transaction::erase(Database database, Octets key) {
  MDB_val wanted = value_of(key);
  const int code = mdb_del(txn_, environment_->handles_[database], &wanted, nullptr);
  if (code != 0 && code != MDB_NOTFOUND) return lmdb_failure("cannot write to the environment", code);
  return {};
}

Result<void> Transaction::commit() {
  const int code = mdb_txn_commit(std::exchange(txn_, nullptr));
  if (code != 0) return lmdb_failure("cannot write to the environment", code);
  return {};
}

Result<std::unique_ptr<Environment>> Environment::open(const fs::path& directory, Settings settings) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return failure("cannot make " + directory.string() + ": " + error.message());
  std::unique_ptr<Environment> made(new Environment());
  // LMDB would let a second process write too; two agents on one journal are a mistake, so the second is
  // refused.
  made->lock_ = ::open((directory / "owner.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (made->lock_ < 0) return system_failure("cannot open " + (directory / "owner.lock").string(), errno);
  if (::flock(made->lock_, LOCK_EX | LOCK_NB) != 0) {
    return failure(directory.string() + " is in use by another process");
  }
  if (const int code = mdb_env_create(&made->env_); code != 0) return lmdb_failure("cannot open LMDB", code);
  mdb_env_set_maxdbs(made->env_, static_cast<MDB_dbi>(settings.databases.size()));
  mdb_env_set_mapsize(made->env_, settings.map_octets);
  const std::string what = "cannot open " + directory.string();
  if (const int code = mdb_env_open(made->env_, directory.c_str(), MDB_NOTLS, 0640); code != 0) {
    return lmdb_failure(what, code);
  }
  int dead = 0;
  mdb_reader_check(made->env_, &dead);  // slots of readers that were killed keep old pages from reuse
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(made->env_, nullptr, 0, &txn); code != 0)
    return lmdb_failure(what, code);
  for (const std::string& name : settings.databases) {
    MDB_dbi handle = 0;
    if (const int code = mdb_dbi_open(txn, name.c_str(), MDB_CREATE, &handle); code != 0) {
      mdb_txn_abort(txn);
      return lmdb_failure(what, code);
    }
    made->handles_.push_back(handle);
  }
  if (const int code = mdb_txn_commit(txn); code != 0) return lmdb_failure(what, code);
  return made;
}

Environment::~Environment() {
  if (env_ != nullptr) mdb_env_close(env_);
  if (lock_ >= 0) ::close(lock_);
}

Result<Transaction> Environment::read() const {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn); code != 0) {
    return lmdb_failure("cannot read the environment", code);
  }
  return Transaction(*this, txn);
}

Result<Transaction> Environment::write() {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env_, nullptr, 0, &txn); code != 0) {
    return lmdb_failure("cannot write to the environment", code);
  }
  return Transaction(*this, txn);
}

}  // namespace doors::lmdb
