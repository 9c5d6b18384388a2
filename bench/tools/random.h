#pragma once

#include <cstdint>
#include <string>

namespace doors::bench {

/// Mixes the bits of a number (splitmix64): the same on every machine, so that zones and questions are too.
constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// A row of random numbers.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) noexcept : state_(mixed(seed)) {}
  std::uint64_t next() noexcept { return mixed(state_++); }
  std::uint64_t below(std::uint64_t limit) noexcept { return next() % limit; }

 private:
  std::uint64_t state_;
};

/// A label one might read aloud, of `syllables` syllables.
inline std::string word(std::uint64_t seed, int syllables) {
  constexpr char consonants[] = "bcdfghjklmnprstvwz";
  constexpr char vowels[] = "aeiou";
  std::string text;
  for (std::uint64_t bits = mixed(seed); syllables > 0; --syllables, bits /= 90) {
    text += consonants[bits % 18];
    text += vowels[bits / 18 % 5];
  }
  return text;
}

/// The label of the i-th name of a zone: 6 to 14 letters and digits, no two the same, in no order.
inline std::string label(std::uint64_t i) {
  constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  const std::uint64_t seed = mixed(i ^ 0x646f6f72u);
  std::string text = word(seed, 2 + static_cast<int>(seed >> 60) % 4);
  text += '-';  // so that no word and number read like another pair
  do {
    text += digits[i % 36];
    i /= 36;
  } while (i != 0);
  return text;
}

}  // namespace doors::bench
