#include "sync/store/blob_store.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <unistd.h>

#include "zones/base/file.h"
#include "zones/base/text_encoding.h"

namespace doors {
namespace fs = std::filesystem;

Result<std::unique_ptr<DirectoryBlobStore>> DirectoryBlobStore::open(fs::path directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return failure("cannot make " + directory.string() + ": " + error.message());
  std::vector<fs::path> leftovers;
  for (const fs::directory_entry& folder : fs::directory_iterator(directory, error)) {
    if (!folder.is_directory(error)) continue;
    for (const fs::directory_entry& file : fs::directory_iterator(folder.path(), error)) {
      const auto name = from_hex(file.path().filename().string());
      if (!name || name->size() != sizeof(Sha256)) leftovers.push_back(file.path());
    }
  }
  if (error) return failure("cannot read " + directory.string() + ": " + error.message());
  for (const fs::path& path : leftovers) fs::remove(path, error);
  return std::unique_ptr<DirectoryBlobStore>(new DirectoryBlobStore(std::move(directory)));
}

fs::path DirectoryBlobStore::path_of(const Sha256& hash) const {
  const std::string name = to_hex(hash);
  return directory_ / name.substr(0, 2) / name;
}

bool DirectoryBlobStore::has(const Sha256& hash) const {
  std::error_code error;
  return fs::is_regular_file(path_of(hash), error);
}

Result<std::vector<std::byte>> DirectoryBlobStore::get(const Sha256& hash, std::size_t max_octets) const {
  auto octets = read_file(path_of(hash), max_octets);
  if (octets && sha256(*octets) != hash) return failure("blob " + to_hex(hash) + " is damaged");
  return octets;
}

Result<void> DirectoryBlobStore::put(const Sha256& hash, Octets octets) {
  const fs::path path = path_of(hash);
  // One that is there but damaged is written anew: the publisher has just given us good octets.
  if (has(hash) && get(hash, octets.size())) return {};
  std::error_code error;
  if (fs::create_directory(path.parent_path(), error)) {
    if (auto synced = sync_directory(directory_); !synced) return synced;
  }
  if (error) return failure("cannot make " + path.parent_path().string() + ": " + error.message());
  return write_file_durably(path, octets, 0640);
}

Result<void> DirectoryBlobStore::remove(const Sha256& hash) {
  if (::unlink(path_of(hash).c_str()) != 0 && errno != ENOENT) {
    return system_failure("cannot remove blob " + to_hex(hash), errno);
  }
  return {};
}

void DirectoryBlobStore::visit(const std::function<void(const Sha256&)>& visit) const {
  std::error_code error;
  std::vector<Sha256> hashes;
  for (const fs::directory_entry& folder : fs::directory_iterator(directory_, error)) {
    if (!folder.is_directory(error)) continue;
    for (const fs::directory_entry& file : fs::directory_iterator(folder.path(), error)) {
      const auto name = from_hex(file.path().filename().string());
      if (!name || name->size() != sizeof(Sha256)) continue;
      Sha256 hash;
      std::memcpy(hash.data(), name->data(), hash.size());
      hashes.push_back(hash);
    }
  }
  for (const Sha256& hash : hashes) visit(hash);
}

}  // namespace doors
