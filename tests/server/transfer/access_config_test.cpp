#include "server/transfer/access_config.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/zones/base/temporary_directory.h"
#include "zones/base/file.h"

using namespace doors;

namespace {

/// The access, or what is wrong with the text.
ConfigResult<Access> read(const std::string& text) {
  auto file = parse_config(text, "doord.toml");
  if (!file) return Unexpected(file.error());
  Access access = read_access(*file);
  return file->finish(std::move(access));
}

std::string problem_of(const std::string& text) {
  const auto access = read(text);
  return access ? "" : access.error().to_string();
}

const std::string a_key = "[[key]]\nname = \"k.\"\nsecret = \"c2VjcmV0\"\n";

}  // namespace

TEST_SUITE("transfer: [[key]], [[transfer]], [[notify]]") {
  TEST_CASE("keys and rules are read") {
    const auto access =
        read(a_key +
             "[[key]]\nname = \"Other\"\nalgorithm = \"hmac-sha512\"\nsecret = \"AQ==\"\nleast_mac = 32\n"
             "[[transfer]]\nzones = [\"example.\", \"test\"]\nto = [\"192.0.2.0/24\", \"::1\"]\n"
             "keys = [\"K\"]\n"
             "[[transfer]]\nzones = [\"*\"]\nkeys = [\"other.\"]\n"
             "[[notify]]\nzones = [\"*\"]\nfrom = [\"192.0.2.1\"]\n");
    REQUIRE(access);
    const TsigKey* key = access->keys.find(*Name::parse("k."));
    REQUIRE(key != nullptr);
    CHECK(key->algorithm == TsigAlgorithm::hmac_sha256);
    CHECK(text_of(key->secret) == "secret");
    const TsigKey* other = access->keys.find(*Name::parse("other."));
    REQUIRE(other != nullptr);
    CHECK(other->algorithm == TsigAlgorithm::hmac_sha512);
    CHECK(other->least_mac == 32);
    const auto may = [&](const char* zone, const char* source, const TsigKey* by) {
      return access->may_transfer(*Name::parse(zone), *IpAddress::parse(source), by);
    };
    CHECK(may("example.", "192.0.2.9", key));
    CHECK(may("test.", "::1", key));
    CHECK_FALSE(may("test.", "::1", nullptr));
    CHECK_FALSE(may("test.", "::2", key));
    CHECK(may("any.", "203.0.113.1", other));
    CHECK(access->may_notify(*Name::parse("any."), *IpAddress::parse("192.0.2.1"), nullptr));
    CHECK_FALSE(access->may_notify(*Name::parse("any."), *IpAddress::parse("192.0.2.2"), nullptr));
  }
  TEST_CASE("a secret may lie in a file, with a line's end behind it") {
    const test::TemporaryDirectory directory;
    const auto path = directory.path() / "secret";
    REQUIRE(write_file_durably(path, octets_of("c2VjcmV0\n")));
    const auto access = read("[[key]]\nname = \"k\"\nsecret_file = \"" + path.string() + "\"\n");
    REQUIRE(access);
    CHECK(text_of(access->keys.find(*Name::parse("k."))->secret) == "secret");
  }
  TEST_CASE("what is wrong is named with its line, and no secret with it") {
    struct Row {
      std::string text;
      const char* word;
    };
    for (const Row& row :
         {Row{"[[key]]\nsecret = \"c2VjcmV0\"\n", "key.name"},
          Row{"[[key]]\nname = \"a..b\"\nsecret = \"c2VjcmV0\"\n", "doord.toml:2: key.name"},
          Row{"[[key]]\nname = \"k\"\n", "key.secret"},
          Row{"[[key]]\nname = \"k\"\nsecret = \"c2VjcmV0\"\nsecret_file = \"/nowhere\"\n", "key.secret"},
          Row{"[[key]]\nname = \"k\"\nsecret_file = \"/nowhere/at/all\"\n", "doord.toml:3: key.secret_file"},
          Row{"[[key]]\nname = \"k\"\nsecret = \"\"\n", "doord.toml:3: key.secret"},
          Row{"[[key]]\nname = \"k\"\nsecret = \"hidden!\"\n", "doord.toml:3: key.secret"},
          Row{"[[key]]\nname = \"k\"\nsecret = \"c2VjcmV0\"\nalgorithm = \"md4\"\n",
              "doord.toml:4: key.algorithm"},
          Row{"[[key]]\nname = \"k\"\nsecret = \"c2VjcmV0\"\nalgorithm = \"hmac-md5\"\n", "RFC 8945"},
          Row{"[[key]]\nname = \"k\"\nsecret = \"c2VjcmV0\"\nleast_mac = 33\n",
              "doord.toml:4: key.least_mac"},
          Row{"[[key]]\nname = \"k\"\nsecret = \"c2VjcmV0\"\ncolour = 1\n",
              "doord.toml:4: unknown key key.colour"},
          Row{a_key + a_key, "doord.toml:5: key.name"},
          Row{"[[transfer]]\nto = [\"::1\"]\n", "transfer.zones"},
          Row{"[[transfer]]\nzones = [\"*\"]\n", "transfer.to"},
          Row{"[[transfer]]\nzones = [\"*\"]\nto = [\"localhost\"]\n", "doord.toml:3: transfer.to"},
          Row{"[[transfer]]\nzones = [\"*\"]\nto = [\"192.0.2.0/33\"]\n", "doord.toml:3: transfer.to"},
          Row{"[[transfer]]\nzones = [\"a..b\"]\nto = [\"::1\"]\n", "doord.toml:2: transfer.zones"},
          Row{"[[transfer]]\nzones = [\"*\"]\nkeys = [\"k\"]\n", "doord.toml:3: transfer.keys"},
          Row{"[[notify]]\nzones = [\"*\"]\nto = [\"::1\"]\n", "notify.from"}}) {
      CAPTURE(row.text);
      const std::string problem = problem_of(row.text);
      CAPTURE(problem);
      CHECK(problem.find(row.word) != std::string::npos);
      CHECK(problem.find("hidden") == std::string::npos);
      CHECK(problem.find("c2VjcmV0") == std::string::npos);
    }
  }
  TEST_CASE("hmac-md5 is taken from who insists") {
    CHECK(problem_of(
              "[[key]]\nname = \"k\"\nsecret = \"c2VjcmV0\"\nalgorithm = \"hmac-md5\"\nmd5 = true\n") == "");
  }
}
