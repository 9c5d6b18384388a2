#include "server/answer/settings.h"

#include <filesystem>

#include <doctest/doctest.h>
#include <unistd.h>

#include "zones/base/file.h"

using namespace doors;

namespace {

template <class T>
std::string error_of(const ConfigResult<T>& result) {
  return result ? "" : result.error().to_string();
}
ConfigResult<CookieSettings> cookies_in(std::string_view text) {
  return read_cookies(*parse_config(text, "doord.toml"));
}

/// A secret file that is gone with the test.
struct SecretFile {
  explicit SecretFile(std::string_view text)
      : path(std::filesystem::temp_directory_path() / ("doors-secrets-" + std::to_string(::getpid()))) {
    REQUIRE(write_file_durably(path, octets_of(text)));
  }
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;
  ~SecretFile() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

constexpr auto one = "00112233445566778899aabbccddeeff";
constexpr auto two = "FFEEDDCCBBAA99887766554433221100";

}  // namespace

TEST_SUITE("answer: settings") {
  TEST_CASE("[identity]: NSID and id.server. are the node's name unless set") {
    const auto by_default = read_identity(*parse_config("", "doord.toml"), "n1.ams1");
    REQUIRE(by_default);
    CHECK(by_default->nsid == "n1.ams1");
    CHECK(by_default->id_server == "n1.ams1");
    CHECK(by_default->hostname_bind.empty());
    const auto set = read_identity(
        *parse_config("nsid = \"\"\nid_server = \"i\"\nhostname_bind = \"h\"\nversion = \"v\"", "doord.toml"),
        "n1");
    REQUIRE(set);
    CHECK(set->nsid.empty());
    CHECK(set->version == "v");
    const std::string long_text = "version = \"" + std::string(256, 'v') + "\"";
    CHECK(error_of(read_identity(*parse_config("\n" + long_text, "doord.toml"), ""))
              .rfind("doord.toml:2: ", 0) == 0);
    CHECK_FALSE(read_identity(*parse_config("name = \"x\"", "doord.toml"), ""));
  }
  TEST_CASE("[cookies]: on, without a secret, demanding nothing") {
    const auto settings = cookies_in("");
    REQUIRE(settings);
    CHECK(settings->enabled);
    CHECK(settings->cookies.count == 0);
    CHECK(settings->cookies.demand == Cookies::Demand::never);
    CHECK_FALSE(cookies_in("enabled = false")->enabled);
    CHECK(cookies_in("demand = \"load\"")->cookies.demand == Cookies::Demand::under_load);
    CHECK(cookies_in("demand = \"always\"")->cookies.demand == Cookies::Demand::always);
  }
  TEST_CASE("[cookies]: one or two secrets, in the config or in a file") {
    const SecretFile file(std::string("# roll-over\n\n  ") + one + " # new\n" + two + "\n");
    for (const std::string& text : {std::string("secrets = [\"") + one + "\", \"" + two + "\"]",
                                    "secret_file = \"" + file.path.string() + "\""}) {
      CAPTURE(text);
      const auto settings = cookies_in(text);
      REQUIRE(settings);
      REQUIRE(settings->cookies.view().size() == 2);
      CHECK(settings->cookies.secrets[0][1] == std::byte{0x11});
      CHECK(settings->cookies.secrets[1][1] == std::byte{0xee});
    }
  }
  TEST_CASE("[cookies]: what is wrong is said with its line") {
    const SecretFile empty("# none yet\n");
    const std::string quoted = std::string("\"") + one + "\"";
    for (const std::string& text :
         {std::string("\nsecrets = [\"00\"]"),
          std::string("\nsecrets = [\"zz112233445566778899aabbccddeeff\"]"),
          "\nsecrets = [" + quoted + ", " + quoted + ", " + quoted + "]",
          std::string("\nsecret_file = \"/no/such/file\""), "\nsecret_file = \"" + empty.path.string() + "\"",
          std::string("\ndemand = \"often\"")}) {
      CAPTURE(text);
      CHECK(error_of(cookies_in(text)).rfind("doord.toml:2: ", 0) == 0);
    }
    CHECK_FALSE(cookies_in("secrets = [" + quoted + "]\nsecret_file = \"/x\""));
    CHECK_FALSE(cookies_in("secret = \"x\""));
  }
  TEST_CASE("[report]: a domain name, in lower case; none by default") {
    CHECK(read_report(*parse_config("", "doord.toml"))->view().is_root());
    CHECK(read_report(*parse_config("agent = \"Agent.Example\"", "doord.toml"))->to_string() ==
          "agent.example.");
    CHECK(
        error_of(read_report(*parse_config("\nagent = \"a..b\"", "doord.toml"))).rfind("doord.toml:2: ", 0) ==
        0);
  }
}
