// Compiled for CPUs that have the SHA instructions, so nothing else is in this file, and nothing inline is
// included.
#include "zones/base/sha1_instructions.h"

#if defined(__SHA__) && defined(__SSE4_1__)
#include <utility>

#include <cpuid.h>
#include <immintrin.h>
#endif

namespace doors {

#if defined(__SHA__) && defined(__SSE4_1__)

namespace {

/// Four rounds of the twenty groups; the schedule is a ring of four words of four.
template <int group>
inline void four_rounds(__m128i& abcd, __m128i& before, __m128i (&words)[4]) noexcept {
  __m128i& word = words[group % 4];
  if constexpr (group >= 4) {
    const __m128i mixed =
        _mm_xor_si128(_mm_sha1msg1_epu32(word, words[(group + 1) % 4]), words[(group + 2) % 4]);
    word = _mm_sha1msg2_epu32(mixed, words[(group + 3) % 4]);
  }
  // The first time, `before` has E itself in its place.
  const __m128i e = group == 0 ? _mm_add_epi32(before, word) : _mm_sha1nexte_epu32(before, word);
  before = abcd;
  abcd = _mm_sha1rnds4_epu32(abcd, e, group / 5);
}

template <int... groups>
inline void rounds(__m128i& abcd, __m128i& before, __m128i (&words)[4],
                   std::integer_sequence<int, groups...>) noexcept {
  (four_rounds<groups>(abcd, before, words), ...);
}

}  // namespace

bool has_sha1_instructions() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

void sha1_with_instructions(Sha1State& state, const std::byte* block) noexcept {
  // The instructions want A in the highest place, and the octets of the message from the highest down.
  const __m128i turned = _mm_set_epi64x(0x0001'0203'0405'0607, 0x0809'0a0b'0c0d'0e0f);
  const __m128i abcd_start =
      _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state.data())), 0x1b);
  const __m128i e_start = _mm_set_epi32(static_cast<int>(state[4]), 0, 0, 0);
  __m128i words[4];
  for (int i = 0; i < 4; ++i) {
    words[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i)), turned);
  }
  __m128i abcd = abcd_start;
  __m128i before = e_start;
  rounds(abcd, before, words, std::make_integer_sequence<int, 20>());
  const __m128i e = _mm_sha1nexte_epu32(before, e_start);
  abcd = _mm_shuffle_epi32(_mm_add_epi32(abcd, abcd_start), 0x1b);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data()), abcd);
  state[4] = static_cast<std::uint32_t>(_mm_extract_epi32(e, 3));
}

#else

bool has_sha1_instructions() noexcept { return false; }
void sha1_with_instructions(Sha1State&, const std::byte*) noexcept {}

#endif

}  // namespace doors
