#include "zones/base/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/zones/base/temporary_directory.h"

namespace doors {

using test::TemporaryDirectory;

namespace {

std::size_t files_in(const std::filesystem::path& directory) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++count;
  return count;
}

}  // namespace

TEST_SUITE("base: files") {
  TEST_CASE("a descriptor is closed once, by its last owner") {
    UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(first);
    const int number = first.get();
    UniqueFd second(std::move(first));
    CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): that it is empty is the point
    CHECK(second.get() == number);
    UniqueFd& self = second;
    second = std::move(self);
    CHECK(second.get() == number);
    second.reset();
    CHECK(::fcntl(number, F_GETFD) == -1);
    const int released = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).release();
    CHECK(::fcntl(released, F_GETFD) != -1);
    ::close(released);
  }

  TEST_CASE("a file is read whole, or not at all") {
    const TemporaryDirectory directory;
    const auto path = directory / "f";
    for (const std::size_t size : {0, 1, 4095, 4096, 4097, 100'000}) {
      CAPTURE(size);
      const std::string text(size, 'x');
      REQUIRE(write_file_durably(path, octets_of(text)));
      CHECK(*read_text_file(path, size) == text);
      CHECK(*read_text_file(path, size + 1) == text);
      if (size > 0) CHECK_FALSE(read_text_file(path, size - 1));
    }
    CHECK(read_text_file(directory / "none", 1).error().message ==
          "cannot open " + (directory / "none").string() + ": No such file or directory");
    CHECK(read_text_file(directory.path(), 1).error().message ==
          directory.path().string() + " is a directory");
    CHECK(read_text_file("/proc/self/status", 1 << 16));  // it says its size is 0
    CHECK_FALSE(read_text_file("/proc/self/status", 10));
  }

  TEST_CASE("a pipe is read to its end by path, and refused as a descriptor") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd out(ends[0]);
    UniqueFd in(ends[1]);
    REQUIRE(write_all(in.get(), octets_of("through a pipe")));
    in.reset();
    CHECK(read_descriptor(out.get(), 100).error().message == "is no regular file");
    CHECK(*read_text_file("/proc/self/fd/" + std::to_string(out.get()), 100) == "through a pipe");
  }

  TEST_CASE("a descriptor is read from its start, wherever it stands, and stays there") {
    const auto file = sealed_memory_file("x", octets_of("memory"));
    REQUIRE(file);
    REQUIRE(::lseek(file->get(), 3, SEEK_SET) == 3);
    CHECK(text_of(*read_descriptor(file->get(), 6)) == "memory");
    CHECK(::lseek(file->get(), 0, SEEK_CUR) == 3);
    CHECK_FALSE(read_descriptor(file->get(), 5));
    CHECK_FALSE(read_descriptor(-1, 5));
  }

  TEST_CASE("a sealed memory file cannot be changed") {
    const auto file = sealed_memory_file(std::string(1000, 'n'), octets_of("fixed"));
    REQUIRE(file);
    CHECK(::write(file->get(), "x", 1) == -1);
    CHECK(::ftruncate(file->get(), 1) == -1);
    CHECK(::ftruncate(file->get(), 100) == -1);
    CHECK(text_of(*read_descriptor(file->get(), 100)) == "fixed");
    const auto empty = sealed_memory_file("empty", {});
    REQUIRE(empty);
    CHECK(read_descriptor(empty->get(), 0)->empty());
  }

  TEST_CASE("a file is replaced whole, with its mode, and no scratch file stays") {
    const TemporaryDirectory directory;
    const auto path = directory / "f";
    REQUIRE(write_file_durably(path, octets_of("old"), 0600));
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    REQUIRE(write_file_durably(path, octets_of("new"), 0644));
    CHECK(*read_text_file(path, 10) == "new");
    CHECK(files_in(directory.path()) == 1);
    REQUIRE(write_file_durably(directory / std::string(255, 'n'), octets_of("long name")));
    CHECK_FALSE(write_file_durably(directory / "no" / "where", octets_of("x")));
    // Onto a directory: refused, and the scratch file is gone.
    std::filesystem::create_directories(directory / "d" / "e");
    CHECK_FALSE(write_file_durably(directory / "d", octets_of("x")));
    CHECK(files_in(directory.path()) == 3);
  }
}

}  // namespace doors
