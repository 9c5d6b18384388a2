#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/zones/load/loading.h"

namespace doors {

namespace {

/// A directory of files, gone with it.
class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "doors-include-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, std::string_view text) const {
    const auto path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

using Strings = std::vector<std::string>;

Strings errors_of(const std::string& path, const ZoneFileOptions& options = {}) {
  const auto zone = load_zone_file(path, options);
  return zone ? Strings{"it loads"} : test::to_strings(zone.error());
}

}  // namespace

TEST_SUITE("load: $INCLUDE (RFC 1035 §5.1)") {
  TEST_CASE("a file is found beside the one that includes it, and origin and owner come back behind it") {
    const Directory directory;
    directory.write(
        "parts/inner.txt",
        "  60 TXT inherits\n$ORIGIN changed.example.\nx 60 A 192.0.2.1\n$INCLUDE more.txt more.example.\n");
    directory.write("parts/more.txt", "@ 60 A 192.0.2.2\n");
    const auto path = directory.write(
        "example.zone",
        std::string(test::apex) +
            "w 60 A 192.0.2.3\n$INCLUDE \"parts/inner.txt\"\n  60 TXT back\ny 60 A 192.0.2.4\n");
    const auto zone = load_zone_file(path, {});
    REQUIRE(zone);
    CHECK(test::records(zone->content) ==
          Strings{"example. 300 IN NS ns.elsewhere.test.",
                  "example. 300 IN SOA ns.example. host.example. 1 2 3 4 5",
                  "x.changed.example. 60 IN A 192.0.2.1", "more.example. 60 IN A 192.0.2.2",
                  "w.example. 60 IN A 192.0.2.3", "w.example. 60 IN TXT \"back\"",
                  "w.example. 60 IN TXT \"inherits\"", "y.example. 60 IN A 192.0.2.4"});
  }

  TEST_CASE("problems name the file they are in") {
    const Directory directory;
    const auto inner = directory.write("inner", "w 60 A x\n");
    const auto path = directory.write("example.zone",
                                      std::string(test::apex) + "$INCLUDE inner\n$INCLUDE none\nv 60 A y\n");
    CHECK(errors_of(path) ==
          Strings{inner + ":1: w.example.: A: \"x\" is no IPv4 address",
                  path + ":5: cannot open " + directory.path("none") + ": No such file or directory",
                  path + ":6: v.example.: A: \"y\" is no IPv4 address"});
    directory.write("inner", "w 60 CNAME v\n");
    const auto beside =
        directory.write("beside.zone", std::string(test::apex) + "w 60 A 192.0.2.1\n\n$INCLUDE inner\n");
    CHECK(errors_of(beside) == Strings{inner + ":1: w.example.: CNAME beside other data (A)"});
  }

  TEST_CASE("a file that includes itself comes to an end") {
    const Directory directory;
    const auto path = directory.write("example.zone", std::string(test::apex) + "$INCLUDE example.zone\n");
    CHECK(errors_of(path) == Strings{path + ":4: $INCLUDE is nested too deeply"});
  }

  TEST_CASE("all files together are bounded") {
    const Directory directory;
    const std::string comment(100'000, ';');
    directory.write("inner", comment);
    const auto path = directory.write("example.zone", std::string(test::apex) + "$INCLUDE inner\n");
    ZoneFileOptions options;
    options.max_octets = 50'000;
    CHECK(errors_of(path, options) == Strings{directory.path("inner") + ": the text is larger than allowed"});
  }

  TEST_CASE("only a regular file is included: a pipe might never say a word") {
    const Directory directory;
    const std::string pipe = directory.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const auto path =
        directory.write("example.zone", std::string(test::apex) + "$INCLUDE pipe\n$INCLUDE .\n");
    CHECK(errors_of(path) ==
          Strings{path + ":4: cannot open " + pipe + ": it is no regular file",
                  path + ":5: cannot open " + directory.path(".") + ": it is no regular file"});
  }

  TEST_CASE("text of strangers may not include") {
    ZoneFileOptions options;
    options.allow_include = false;
    CHECK(test::errors(std::string(test::apex) + "$INCLUDE /etc/hosts\n", options) ==
          Strings{"z:4: $INCLUDE is not allowed here"});
  }
}

}  // namespace doors
