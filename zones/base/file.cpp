#include "zones/base/file.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace doors {

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

namespace {

/// Reads to the end: by offset where there are offsets, so that nobody's position moves.
Result<std::vector<std::byte>> read_to_end(int fd, const struct stat& info, std::size_t max_octets) {
  const auto too_large = [&] { return failure("larger than " + std::to_string(max_octets) + " octets"); };
  const bool regular = S_ISREG(info.st_mode);
  const auto announced = static_cast<std::size_t>(regular && info.st_size > 0 ? info.st_size : 0);
  if (announced > max_octets) return too_large();
  // One octet more than announced shows the end without another round. A file in /proc announces nothing.
  std::vector<std::byte> content(announced > 0 ? announced + 1 : 4096);
  std::size_t filled = 0;
  while (true) {
    if (filled > max_octets) return too_large();
    if (filled == content.size()) content.resize(content.size() * 2);
    std::byte* const to = content.data() + filled;
    const std::size_t room = content.size() - filled;
    const ssize_t got = regular ? ::pread(fd, to, room, static_cast<off_t>(filled)) : ::read(fd, to, room);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("cannot read", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

}  // namespace

Result<std::vector<std::byte>> read_descriptor(int fd, std::size_t max_octets) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return system_failure("cannot stat", errno);
  if (!S_ISREG(info.st_mode)) return failure("is no regular file");
  return read_to_end(fd, info, max_octets);
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path, std::size_t max_octets) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_failure("cannot open " + path.string(), errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_failure("cannot stat " + path.string(), errno);
  if (S_ISDIR(info.st_mode)) return failure(path.string() + " is a directory");
  auto content = read_to_end(fd.get(), info, max_octets);
  if (!content) return failure(path.string() + ": " + content.error().message);
  return content;
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t max_octets) {
  auto content = read_file(path, max_octets);
  if (!content) return Unexpected(content.error());
  return std::string(text_of(*content));
}

Result<void> write_all(int fd, Octets octets) {
  while (!octets.empty()) {
    const ssize_t put = ::write(fd, octets.data(), octets.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_failure("cannot write", errno);
    octets = octets.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return system_failure("cannot sync " + directory.string(), errno);
  return {};
}

Result<void> write_file_durably(const std::filesystem::path& path, Octets octets, unsigned mode) {
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  std::string temporary = (directory / ("." + path.filename().string().substr(0, 200) + ".XXXXXX")).string();
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return system_failure("cannot create " + temporary, errno);
  const auto give_up = [&](Unexpected<Error> why) {
    ::unlink(temporary.c_str());
    return why;
  };
  if (auto written = write_all(fd.get(), octets); !written) {
    return give_up(failure(path.string() + ": " + written.error().message));
  }
  if (::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0 || ::fsync(fd.get()) != 0 ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    return give_up(system_failure("cannot write " + path.string(), errno));
  }
  return sync_directory(directory);
}

Result<UniqueFd> sealed_memory_file(const std::string& name, Octets octets) {
  UniqueFd fd(::memfd_create(name.substr(0, 200).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return system_failure("cannot create memory file", errno);
  if (auto written = write_all(fd.get(), octets); !written) return Unexpected(written.error());
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0 ||
      ::lseek(fd.get(), 0, SEEK_SET) != 0) {
    return system_failure("cannot seal memory file", errno);
  }
  return fd;
}

}  // namespace doors
