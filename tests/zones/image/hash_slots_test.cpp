#include "zones/image/hash_slots.h"

#include <doctest/doctest.h>

using namespace doors;

namespace {

constexpr auto any = [](int) noexcept { return true; };

}  // namespace

TEST_SUITE("image: hash slots") {
  TEST_CASE("few and many values are found again, and no others") {
    for (const int count : {0, 1, 2, 1024, 1025, 5000}) {
      CAPTURE(count);
      const auto hash_of = [](int value) {
        return static_cast<std::uint64_t>(value) * 0x9e37'79b9'7f4a'7c15u;
      };
      HashSlots<int> slots(static_cast<std::size_t>(count));
      for (int value = 1; value <= count; ++value) slots.add(hash_of(value), value);
      for (int value = 1; value <= count; ++value) CHECK(slots.find(hash_of(value), any) == value);
      CHECK(slots.find(hash_of(count + 1), any) == 0);
    }
  }

  TEST_CASE("values of one hash are told apart by what they match, and lie round the end") {
    HashSlots<int> slots(4);
    constexpr std::uint64_t last = ~std::uint64_t{0};
    for (int value = 1; value <= 4; ++value) slots.add(last, value);
    for (int value = 1; value <= 4; ++value) {
      CHECK(slots.find(last, [value](int each) { return each == value; }) == value);
    }
    CHECK(slots.find(last, [](int) { return false; }) == 0);
    CHECK(slots.find(last - 1, any) == 0);  // the same home
    CHECK(slots.find(0, any) == 0);         // the slot that the second one went on to
  }
}
