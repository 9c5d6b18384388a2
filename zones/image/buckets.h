#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "zones/image/layout.h"

/// Hash tables of layout::Bucket: over the names of an image, and over the zones of a pack.
namespace doors::layout {

/// Which slots hold the tag: bit n for slot n. A free slot may seem to hold tag 0.
inline unsigned slots_with(const Bucket& bucket, std::uint16_t tag) noexcept {
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi16(static_cast<short>(tag));
  const std::byte* tags = reinterpret_cast<const std::byte*>(bucket.tags.data());
  const auto equal = [wanted](const std::byte* eight) {
    const __m128i held = _mm_loadu_si128(reinterpret_cast<const __m128i*>(eight));
    const __m128i same = _mm_cmpeq_epi16(held, wanted);
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(same, _mm_setzero_si128())));
  };
  return equal(tags) | (equal(tags + 4) << 2);  // tags 0 to 7, and 2 to 9
#else
  unsigned found = 0;
  for (unsigned i = 0; i < Bucket::slots; ++i) found |= (bucket.tags[i] == tag ? 1u : 0u) << i;
  return found;
#endif
}

/// Puts a reference into the first bucket that has room for it; there are more slots than references.
inline void put_into_buckets(std::span<Bucket> buckets, std::uint64_t hash,
                             std::uint32_t reference) noexcept {
  std::size_t place = bucket_of(hash, buckets.size());
  for (;;) {
    Bucket& bucket = buckets[place];
    const auto free = std::find(bucket.nodes.begin(), bucket.nodes.end(), 0u);
    if (free != bucket.nodes.end()) {
      bucket.tags[static_cast<std::size_t>(free - bucket.nodes.begin())] = tag_of(hash);
      *free = reference;
      return;
    }
    bucket.spilled |= spill_bit(hash);
    place = place + 1 == buckets.size() ? 0 : place + 1;
  }
}

}  // namespace doors::layout
