#include "zones/base/secret_file.h"

#include <doctest/doctest.h>

#include "tests/zones/base/temporary_directory.h"
#include "zones/base/file.h"

using namespace doors;

TEST_SUITE("base: files of secrets") {
  TEST_CASE("each line has one; empty lines, comments and what stands behind the first word do not count") {
    const test::TemporaryDirectory directory;
    const auto path = directory.path() / "secrets";
    REQUIRE(write_file_durably(path, octets_of("# old and new\n\n  one \t\r\ntwo since spring\n#three\n")));
    const auto secrets = read_secret_file(path);
    REQUIRE(secrets);
    CHECK(*secrets == std::vector<std::string>{"one", "two"});
  }
  TEST_CASE("a file that is not there or too large is an error that names it") {
    const test::TemporaryDirectory directory;
    const auto path = directory.path() / "secrets";
    const auto missing = read_secret_file(path);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.find("secrets") != std::string::npos);
    REQUIRE(write_file_durably(path, octets_of(std::string(5000, 'x'))));
    CHECK_FALSE(read_secret_file(path));
  }
}
