#include "sync/xfr/settings.h"

#include <doctest/doctest.h>

namespace doors::xfr {
namespace {

TEST_SUITE("xfr: settings") {
  ConfigResult<Settings> read(const std::string& text) {
    auto root = parse_config(text, "doorsync.toml");
    if (!root) return Unexpected(root.error());
    Settings settings = read_settings(*root);
    return root->finish(std::move(settings));
  }

  TEST_CASE("a zone names its primaries and their keys") {
    const auto settings = read(
        "[[key]]\nname = \"k.\"\nsecret = \"c2VjcmV0\"\n[[secondary]]\nzone = \"Example\"\nshrink = "
        "\"accept\"\n"
        "primaries = [\"192.0.2.1:53 key K.\", \"[2001:db8::1]:5353\"]\n[transfers]\nrecords = 7\nmemory_mib "
        "= 64\n");
    REQUIRE(settings);
    REQUIRE(settings->zones.size() == 1);
    const SecondaryZone& zone = settings->zones[0];
    CHECK(zone.zone.to_string() == "example.");
    CHECK(zone.may_shrink);
    REQUIRE(zone.primaries.size() == 2);
    CHECK(zone.primaries[0].key->name.to_string() == "k.");
    CHECK(zone.primaries[1].address.to_string() == "[2001:db8::1]:5353");
    CHECK_FALSE(zone.primaries[1].key);
    CHECK(zone.on_expire == OnExpire::servfail);
    CHECK(settings->bounds.limits.records == 7);
    CHECK(settings->bounds.memory_octets == 64u << 20);
  }

  TEST_CASE("what happens at expiry is said for all, or for one") {
    const auto settings = read(
        "[transfers]\non_expire = \"keep\"\nmost_refresh = \"2h\"\n[[secondary]]\nzone = \"a.\"\nprimaries = "
        "[\"192.0.2.1:53\"]\n[[secondary]]\nzone = \"b.\"\nprimaries = [\"192.0.2.1:53\"]\non_expire = "
        "\"servfail\"\n");
    REQUIRE(settings);
    CHECK(settings->zones[0].on_expire == OnExpire::keep);
    CHECK(settings->zones[1].on_expire == OnExpire::servfail);
    CHECK(settings->refresh.most_refresh == std::chrono::hours(2));
  }

  TEST_CASE("a primary may need TLS, and a zone may pass other gates than the rest") {
    const auto settings = read(
        "[transfers]\nsignatures = \"warn\"\n[[key]]\nname = \"k.\"\nsecret = \"c2VjcmV0\"\n[[tls]]\nname = "
        "\"t\"\nca = \"/ca.pem\"\nhost = \"ns.example\"\n[[secondary]]\nzone = \"a.\"\nprimaries = "
        "[\"192.0.2.1:853 tls t key k.\"]\nzonemd = \"off\"\n");
    REQUIRE(settings);
    const SecondaryZone& zone = settings->zones[0];
    CHECK(zone.primaries[0].tls->host == "ns.example");
    CHECK(zone.primaries[0].key);
    CHECK(zone.gates == Gates{GateMode::warn, GateMode::off, GateMode::warn, GateMode::off});
  }

  TEST_CASE("a catalog says how its zones are followed, by group") {
    const auto settings = read(
        "[[catalog]]\nzone = \"cat.\"\nprimaries = [\"192.0.2.1:53\"]\nmember_primaries = "
        "[\"192.0.2.2:53\"]\nzones = [\"*.example.\"]\nmost_removed_percent = 5\nmost_zones = "
        "7\n[[catalog.group]]\nname = "
        "\"kept\"\non_expire = \"keep\"\nprimaries = [\"192.0.2.3:53\"]\n");
    REQUIRE(settings);
    REQUIRE(settings->catalogs.size() == 1);
    const CatalogZone& catalog = settings->catalogs[0];
    CHECK(catalog.catalog.primaries[0].address.to_string() == "192.0.2.1:53");
    CHECK(catalog.most_removed_percent == 5);
    CHECK(catalog.most_zones == 7);
    const SecondaryZone plain = catalog.follow(*Name::parse("a.example."), {"unknown"});
    CHECK(plain.zone == *Name::parse("a.example."));
    CHECK(plain.from_catalog);
    CHECK(plain.primaries[0].address.to_string() == "192.0.2.2:53");
    CHECK(plain.on_expire == OnExpire::servfail);
    const SecondaryZone grouped = catalog.follow(*Name::parse("a.example."), {"unknown", "kept"});
    CHECK(grouped.primaries[0].address.to_string() == "192.0.2.3:53");
    CHECK(grouped.on_expire == OnExpire::keep);
    CHECK_FALSE(read("[[catalog]]\nzone = \"cat.\"\n"));
    CHECK_FALSE(read("[[catalog]]\nzone = \"cat.\"\nprimaries = [\"192.0.2.1:53\"]\n[[catalog.group]]\n"));
  }

  TEST_CASE("a notify names zones and who is told of them") {
    const auto settings = read(
        "[[key]]\nname = \"k.\"\nsecret = \"c2VjcmV0\"\n[[notify]]\nzones = [\"Example\", \"*\"]\n"
        "to = [\"192.0.2.1:53 key k.\", \"[2001:db8::1]:5353\"]\n");
    REQUIRE(settings);
    REQUIRE(settings->notifies.size() == 1);
    const NotifyRule& rule = settings->notifies[0];
    CHECK(rule.every_zone);
    REQUIRE(rule.zones.size() == 1);
    CHECK(rule.zones[0].to_string() == "example.");
    REQUIRE(rule.to.size() == 2);
    CHECK(rule.to[0].key);
    CHECK(rule.to[1].address.to_string() == "[2001:db8::1]:5353");
  }

  TEST_CASE("what is wrong is named with its line") {
    const std::string zone = "[[secondary]]\nzone = \"e.\"\nprimaries = [\"192.0.2.1:53\"]\n";
    struct Row {
      std::string text;
      std::uint32_t line;
    };
    for (const Row& row :
         {Row{"[[secondary]]\nprimaries = [\"192.0.2.1:53\"]\n", 1},
          Row{"[[secondary]]\nzone = \"e.\"\n", 1},
          Row{"[[secondary]]\nzone = \"e.\"\nprimaries = [\"192.0.2.1\"]\n", 3},
          Row{"[[secondary]]\nzone = \"e.\"\nprimaries = [\"192.0.2.1:53 key k.\"]\n", 3},
          Row{zone + "shrink = \"maybe\"\n", 4},
          Row{zone + zone, 5},
          Row{"[transfers]\nrecord = 1\n", 2},
          Row{"[[notify]]\nto = [\"192.0.2.1:53\"]\n", 1},
          Row{"[[notify]]\nzones = [\"e.\"]\n", 1},
          Row{"[[notify]]\nzones = [\"e..\"]\nto = [\"192.0.2.1:53\"]\n", 2},
          Row{"[[notify]]\nzones = [\"e.\"]\nto = [\"192.0.2.1:53 key k.\"]\n", 3},
          Row{"[[tls]]\nname = \"t\"\nca = \"/ca.pem\"\nhost = \"ns.example\"\n[[notify]]\nzones = [\"*\"]\n"
              "to = [\"192.0.2.1:53 tls t\"]\n",
              7},
          Row{"[transfers]\n\nat_once = 0\n", 3},
          Row{zone + "on_expire = \"never\"\n", 4},
          Row{"[transfers]\nleast_retry = \"2h\"\nmost_retry = \"1h\"\n", 3},
          Row{zone + "primary = \"x\"\n", 4},
          Row{zone + "zonemd = \"yes\"\n", 4},
          Row{"[[secondary]]\nzone = \"e.\"\nprimaries = [\"192.0.2.1:53 tls t\"]\n", 3},
          Row{"[[secondary]]\nzone = \"e.\"\nprimaries = [\"192.0.2.1:53 tls\"]\n", 3},
          Row{"[[tls]]\nname = \"t\"\n", 2},
          Row{"[[tls]]\nname = \"t\"\nca = \"/c\"\n", 1},
          Row{"[[tls]]\nname = \"t\"\npins = [\"eA==\"]\n", 3},
          Row{zone + "[[catalog]]\nzone = \"e.\"\nprimaries = [\"192.0.2.1:53\"]\n", 5}}) {
      CAPTURE(row.text);
      const auto settings = read(row.text);
      REQUIRE_FALSE(settings);
      CHECK(settings.error().line == row.line);
    }
  }

  TEST_CASE("a job survives its way to the worker, as does what the worker says") {
    Job job{*Name::parse("e."),
            {*ServiceAddress::parse("[2001:db8::1]:53"),
             TsigKey{*Name::parse("k."), TsigAlgorithm::hmac_sha512, {std::byte{1}, std::byte{0}}, 32},
             TlsProfile{"t", "/ca.pem", "host", {Sha256{std::byte{7}}, Sha256{}}, "/c.pem", "/k.pem"}},
            Task::take_news,
            {},
            {GateMode::off, GateMode::warn, GateMode::refuse, GateMode::off}};
    const auto read_job = Job::read(job.to_message());
    REQUIRE(read_job);
    CHECK(read_job->to_message() == job.to_message());
    CHECK(read_job->gates == job.gates);
    CHECK(read_job->primary.tls->pins == job.primary.tls->pins);
    Outcome outcome = Outcome::failure("why", true);
    outcome.warnings = {"one", "two"};
    outcome.soa.expire = 5;
    const auto read_outcome = Outcome::read(outcome.to_message());
    REQUIRE(read_outcome);
    CHECK(read_outcome->to_message() == outcome.to_message());
    CHECK_FALSE(Outcome::read(ControlMessage("sing")));
    CHECK_FALSE(Outcome::read(ControlMessage("serial").with("serial", "4294967296")));
  }
}

}  // namespace
}  // namespace doors::xfr
