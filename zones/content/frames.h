#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/base/parallel.h"
#include "zones/base/sha256.h"

namespace doors {

/// Content octets in one frame; only the last one of a stream has fewer.
inline constexpr std::size_t frame_content_octets = std::size_t{4} << 20;

/// One zstd frame (RFC 8878): each can be fetched, checked and unpacked by itself.
struct Frame {
  std::uint32_t compressed_octets = 0;
  std::uint32_t content_octets = 0;  ///< 1..frame_content_octets
  Sha256 sha256{};                   ///< of the compressed frame: checked before anything reads it
  friend bool operator==(const Frame&, const Frame&) noexcept = default;
};

/// A content stream as it is stored and sent: the frames one after the other.
struct Frames {
  std::vector<std::byte> octets;
  std::vector<Frame> list;
};

/// Compresses. The same stream gives the same octets with the same zstd, however `run` gets the frames done.
/// Error: zstd has no memory. Any thread.
[[nodiscard]] Result<Frames> compress_frames(Octets stream, const RunPieces& run = run_in_turn);

/// Unpacks frames of any origin. `list` is trusted only as far as it is signed: each length and hash is
/// checked against `octets` before zstd sees them, nothing grows beyond `max_octets`, no frame beyond what it
/// announced. Error: what does not fit, and in which frame. `run` gets the frames done. Any thread.
[[nodiscard]] Result<std::vector<std::byte>> decompress_frames(Octets octets, std::span<const Frame> list,
                                                               std::size_t max_octets,
                                                               const RunPieces& run = run_in_turn);

/// The same for frames whose list is not at hand (a file named by its hash): the frames say their own
/// lengths, and the caller has checked the SHA-256 of the whole. Bounded in the same way.
[[nodiscard]] Result<std::vector<std::byte>> decompress_frames(Octets octets, std::size_t max_octets);

}  // namespace doors
