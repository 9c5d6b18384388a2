#include <memory>

#include <doctest/doctest.h>

#include "zones/base/error.h"

namespace doors {

TEST_SUITE("base: expected") {
  TEST_CASE("it holds a value or why there is none") {
    const Result<int> seven = 7;
    CHECK(seven);
    CHECK(*seven == 7);
    CHECK(seven.value_or(1) == 7);
    const Result<int> none = failure("because");
    CHECK_FALSE(none);
    CHECK(none.error().message == "because");
    CHECK(none.value_or(1) == 1);
  }

  TEST_CASE("value and error may be of one type") {
    const Expected<std::string, std::string> value = std::string("v");
    const Expected<std::string, std::string> error = Unexpected(std::string("e"));
    CHECK(*value == "v");
    CHECK(error.error() == "e");
  }

  TEST_CASE("what only moves can be moved out") {
    Result<std::unique_ptr<int>> held = std::make_unique<int>(7);
    const std::unique_ptr<int> taken = *std::move(held);
    CHECK(*taken == 7);
  }

  TEST_CASE("nothing may be the value") {
    const Result<void> done{};
    CHECK(done);
    const Result<void> failed = system_failure("cannot open x", ENOENT);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "cannot open x: No such file or directory");
  }
}

}  // namespace doors
