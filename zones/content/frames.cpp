#include "zones/content/frames.h"

#include <algorithm>
#include <memory>

#include <zstd.h>

namespace doors {

namespace {

constexpr int compression_level = 3;

/// The context of the thread: for small contents making one costs more than its use.
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                                  &ZSTD_freeDCtx);
  return context.get();
}
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                                  &ZSTD_freeCCtx);
  return context.get();
}

Unexpected<Error> bad_frame(std::size_t number, std::string_view why) {
  return failure("content frame " + std::to_string(number) + ": " + std::string(why));
}

/// Unpacks one frame, whose content fills `out`.
Result<void> unpack(ZSTD_DCtx* context, Octets frame, MutableOctets out, std::size_t number) {
  const std::size_t got = ZSTD_decompressDCtx(context, out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0) return bad_frame(number, ZSTD_getErrorName(got));
  if (got != out.size()) return bad_frame(number, "shorter than announced");
  return {};
}

/// The first error, if there is one.
Result<void> first_error(std::span<const Result<void>> results) {
  const auto wrong =
      std::find_if_not(results.begin(), results.end(), [](const auto& each) { return each.has_value(); });
  return wrong == results.end() ? Result<void>() : *wrong;
}

/// Makes one frame in `out`, which grows to its size.
Result<Frame> pack(Octets content, std::vector<std::byte>& out) {
  ZSTD_CCtx* const context = compressor();
  if (context == nullptr) return failure("zstd: no memory");
  out.resize(ZSTD_compressBound(content.size()));
  const std::size_t size =
      ZSTD_compressCCtx(context, out.data(), out.size(), content.data(), content.size(), compression_level);
  if (ZSTD_isError(size) != 0) return failure(std::string("zstd: ") + ZSTD_getErrorName(size));
  out.resize(size);
  return Frame{static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(content.size()), sha256(out)};
}

}  // namespace

Result<Frames> compress_frames(Octets stream, const RunPieces& run) {
  struct Piece {
    Result<Frame> frame = Frame{};
    std::vector<std::byte> octets;
  };
  std::vector<Piece> pieces((stream.size() + frame_content_octets - 1) / frame_content_octets);
  run(pieces.size(), [&](std::size_t i) {
    const Octets rest = stream.subspan(i * frame_content_octets);
    pieces[i].frame = pack(rest.first(std::min(rest.size(), frame_content_octets)), pieces[i].octets);
  });
  Frames frames;
  for (Piece& piece : pieces) {
    if (!piece.frame) return Unexpected(piece.frame.error());
    frames.list.push_back(*piece.frame);
    frames.octets.insert(frames.octets.end(), piece.octets.begin(), piece.octets.end());
    piece.octets = {};
  }
  return frames;
}

Result<std::vector<std::byte>> decompress_frames(Octets octets, std::span<const Frame> list,
                                                 std::size_t max_octets, const RunPieces& run) {
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

  std::vector<std::byte> stream(content);
  struct Piece {
    Octets frame;
    MutableOctets content;
  };
  std::vector<Piece> pieces;
  MutableOctets rest(stream);
  for (const Frame& frame : list) {
    pieces.push_back({octets.first(frame.compressed_octets), rest.first(frame.content_octets)});
    octets = octets.subspan(frame.compressed_octets);
    rest = rest.subspan(frame.content_octets);
  }
  std::vector<Result<void>> done(list.size());
  run(list.size(), [&](std::size_t i) {
    ZSTD_DCtx* const context = decompressor();
    if (context == nullptr) {
      done[i] = failure("zstd: no memory");
    } else if (sha256(pieces[i].frame) != list[i].sha256) {
      done[i] = bad_frame(i, "its hash differs");
    } else {
      done[i] = unpack(context, pieces[i].frame, pieces[i].content, i);
    }
  });
  if (auto all = first_error(done); !all) return Unexpected(std::move(all).error());
  return stream;
}

Result<std::vector<std::byte>> decompress_frames(Octets octets, std::size_t max_octets) {
  ZSTD_DCtx* const context = decompressor();
  if (context == nullptr) return failure("zstd: no memory");
  std::vector<std::byte> stream;
  for (std::size_t i = 0; !octets.empty(); ++i) {
    const std::size_t size = ZSTD_findFrameCompressedSize(octets.data(), octets.size());
    if (ZSTD_isError(size) != 0) return bad_frame(i, ZSTD_getErrorName(size));
    const unsigned long long content = ZSTD_getFrameContentSize(octets.data(), size);
    if (content == 0 || content > frame_content_octets) return bad_frame(i, "bad content length");
    if (content > max_octets - stream.size()) {
      return failure("content frames: over " + std::to_string(max_octets) + " octets");
    }
    const std::size_t start = stream.size();
    stream.resize(start + content);
    if (auto done = unpack(context, octets.first(size), MutableOctets(stream).subspan(start), i); !done) {
      return Unexpected(done.error());
    }
    octets = octets.subspan(size);
  }
  return stream;
}

}  // namespace doors
