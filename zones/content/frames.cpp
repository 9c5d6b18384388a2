#include "zones/content/frames.h"

#include <algorithm>
#include <memory>

#include <zstd.h>

namespace doors {

namespace {

constexpr int compression_level = 3;

using Decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

Unexpected<Error> bad_frame(std::size_t number, std::string_view why) {
  return failure("content frame " + std::to_string(number) + ": " + std::string(why));
}

/// Unpacks one frame of exactly `size` octets behind `out`.
Result<void> unpack(ZSTD_DCtx* context, Octets frame, std::size_t size, std::size_t number,
                    std::vector<std::byte>& out) {
  const std::size_t start = out.size();
  out.resize(start + size);
  const std::size_t got = ZSTD_decompressDCtx(context, out.data() + start, size, frame.data(), frame.size());
  if (ZSTD_isError(got) != 0) return bad_frame(number, ZSTD_getErrorName(got));
  if (got != size) return bad_frame(number, "shorter than announced");
  return {};
}

}  // namespace

Result<Frames> compress_frames(Octets stream) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  if (!context) return failure("zstd: no memory");
  Frames frames;
  std::vector<std::byte> buffer(ZSTD_compressBound(std::min(stream.size(), frame_content_octets)));
  while (!stream.empty()) {
    const Octets piece = stream.first(std::min(stream.size(), frame_content_octets));
    const std::size_t size = ZSTD_compressCCtx(context.get(), buffer.data(), buffer.size(), piece.data(),
                                               piece.size(), compression_level);
    if (ZSTD_isError(size) != 0) return failure(std::string("zstd: ") + ZSTD_getErrorName(size));
    const Octets compressed = Octets(buffer).first(size);
    frames.octets.insert(frames.octets.end(), compressed.begin(), compressed.end());
    frames.list.push_back(
        {static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(piece.size()), sha256(compressed)});
    stream = stream.subspan(piece.size());
  }
  return frames;
}

Result<std::vector<std::byte>> decompress_frames(Octets octets, std::span<const Frame> list,
                                                 std::size_t max_octets) {
  std::size_t compressed = 0;
  std::size_t content = 0;
  for (const Frame& frame : list) {
    if (frame.content_octets == 0 || frame.content_octets > frame_content_octets) {
      return failure("content frames: a frame of " + std::to_string(frame.content_octets) + " octets");
    }
    compressed += frame.compressed_octets;
    content += frame.content_octets;
  }
  if (compressed != octets.size()) return failure("content frames: lengths do not add up");
  if (content > max_octets) return failure("content frames: over " + std::to_string(max_octets) + " octets");

  const Decompressor context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
  if (!context) return failure("zstd: no memory");
  std::vector<std::byte> stream;
  stream.reserve(content);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Octets frame = octets.first(list[i].compressed_octets);
    if (sha256(frame) != list[i].sha256) return bad_frame(i, "its hash differs");
    if (auto done = unpack(context.get(), frame, list[i].content_octets, i, stream); !done) {
      return Unexpected(done.error());
    }
    octets = octets.subspan(frame.size());
  }
  return stream;
}

Result<std::vector<std::byte>> decompress_frames(Octets octets, std::size_t max_octets) {
  const Decompressor context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
  if (!context) return failure("zstd: no memory");
  std::vector<std::byte> stream;
  for (std::size_t i = 0; !octets.empty(); ++i) {
    const std::size_t size = ZSTD_findFrameCompressedSize(octets.data(), octets.size());
    if (ZSTD_isError(size) != 0) return bad_frame(i, ZSTD_getErrorName(size));
    const unsigned long long content = ZSTD_getFrameContentSize(octets.data(), size);
    if (content == 0 || content > frame_content_octets) return bad_frame(i, "bad content length");
    if (content > max_octets - stream.size()) {
      return failure("content frames: over " + std::to_string(max_octets) + " octets");
    }
    if (auto done = unpack(context.get(), octets.first(size), content, i, stream); !done) {
      return Unexpected(done.error());
    }
    octets = octets.subspan(size);
  }
  return stream;
}

}  // namespace doors
