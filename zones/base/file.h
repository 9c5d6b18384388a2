#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"

namespace doors {

/// Owns one file descriptor; -1 is "none". Movable. One thread at a time.
class UniqueFd {
 public:
  UniqueFd() noexcept = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  /// Gives the descriptor up without closing it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Closes what it owns, then owns `fd`.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

/// Reads a whole file (or what a pipe gives to its end) of at most `max_octets`; more is an error, not a part
/// of it.
[[nodiscard]] Result<std::vector<std::byte>> read_file(const std::filesystem::path& path,
                                                       std::size_t max_octets);
/// The same as text.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t max_octets);

/// Writes all octets at the descriptor's position, through short writes and EINTR.
[[nodiscard]] Result<void> write_all(int fd, Octets octets);

/// Puts `octets` at `path` so that after any crash the path holds the old content or the new, whole:
/// temporary file beside it, fsync, rename, fsync of the directory. `mode` is the new file's permission bits.
[[nodiscard]] Result<void> write_file_durably(const std::filesystem::path& path, Octets octets,
                                              unsigned mode = 0644);

/// fsync of a directory, so that a rename or unlink inside it survives a power cut.
[[nodiscard]] Result<void> sync_directory(const std::filesystem::path& directory);

/// An anonymous file that holds `octets`, sealed against any change, positioned at its start: what travels
/// over a local socket when a message is too small for it. `name` shows in /proc only.
[[nodiscard]] Result<UniqueFd> sealed_memory_file(const std::string& name, Octets octets);

/// Reads a regular or memory file through its descriptor from offset 0, at most `max_octets`; wherever the
/// descriptor stands. Error: anything else, as a pipe, which could be made to last for ever.
[[nodiscard]] Result<std::vector<std::byte>> read_descriptor(int fd, std::size_t max_octets);

}  // namespace doors
