#include "server/health/state_file.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

using doors::KeeperMemory;
using doors::read_memory;
using doors::write_memory;

namespace {

struct Directory {
  Directory()
      : path(std::filesystem::temp_directory_path() / ("state-file-test-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path);
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

const doors::WallTime at{std::chrono::milliseconds(1'795'264'000'123)};

}  // namespace

TEST_SUITE("health: what survives a restart") {
  TEST_CASE("orders and changes come back as they were") {
    KeeperMemory memory;
    memory.drain = doors::DrainOrder{"a \"new\" \\kernel", "ana", at};
    memory.changes.push_back({at, "prefix withdrawn", "192.0.2.0/24", "no answer"});
    memory.changes.push_back({at, "drain ordered", "", ""});
    const auto back = read_memory(write_memory(memory), "state.toml");
    REQUIRE(back);
    CHECK(back->drain == memory.drain);
    CHECK(back->changes == memory.changes);
    CHECK(!back->is_far);
    memory.is_far = true;
    CHECK(read_memory(write_memory(memory), "state.toml")->is_far);
    CHECK(!read_memory(write_memory({}), "state.toml")->drain);
  }

  TEST_CASE("octets of any kind in a reason leave the file readable") {
    KeeperMemory memory;
    std::string all;
    for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
    memory.drain = doors::DrainOrder{all, all, at};
    const auto back = read_memory(write_memory(memory), "state.toml");
    REQUIRE(back);
    CHECK(back->drain->reason.size() == 256);
  }

  TEST_CASE("no file is no memory; a damaged one is a drain that says so") {
    const Directory directory;
    CHECK(!doors::load_memory(directory.path, at).drain);
    CHECK(!doors::load_memory("", at).drain);
    std::filesystem::create_directories(directory.path);
    for (const char* text : {"[drain", "[drain]\nreason = 5\n", "[[change]]\nwat = 1\n", "\xff\xfe"}) {
      std::ofstream(directory.path / "state.toml", std::ios::binary) << text;
      const auto memory = doors::load_memory(directory.path, at);
      REQUIRE(memory.drain);
      CHECK(memory.drain->reason.find("cannot be read") != std::string::npos);
    }
  }

  TEST_CASE("the writer makes its directory, writes the newest, and tells when it is on disk or cannot be") {
    const Directory directory;
    std::atomic<int> done = 0;
    std::atomic<int> failed = 0;
    {
      doors::StateWriter writer(directory.path / "deep", [&](const std::string&) { ++failed; });
      for (int i = 0; i < 100; ++i) {
        KeeperMemory memory;
        memory.drain = doors::DrainOrder{std::to_string(i), "ana", at};
        writer.save(write_memory(memory), [&](const std::string& error) { done += error.empty() ? 1 : 0; });
      }
    }
    CHECK(done == 100);
    CHECK(failed == 0);
    CHECK(doors::load_memory(directory.path / "deep", at).drain->reason == "99");
    std::ofstream(directory.path / "file") << "in the way";
    std::atomic<bool> told = false;
    {
      doors::StateWriter writer(directory.path / "file", [&](const std::string&) { ++failed; });
      writer.save("x", [&](const std::string& error) { told = !error.empty(); });
    }
    CHECK(told);
    CHECK(failed == 1);
  }
}
