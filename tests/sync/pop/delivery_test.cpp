#include "sync/pop/delivery.h"

#include <algorithm>
#include <chrono>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/sync/pop/fake_doord.h"
#include "tests/sync/pop/world.h"
#include "zones/base/file.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: delivery to doord") {
  using Log = std::vector<std::string>;

  struct Fixture {
    Fixture() { REQUIRE(write_file_durably(directory / "image", octets_of("an image"))); }
    /// Runs the loop until the condition holds; a minute at most.
    template <class Condition>
    bool until(Condition condition) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
      while (!condition() && std::chrono::steady_clock::now() < deadline) {
        io.restart();
        io.run_one_for(std::chrono::milliseconds(100));
      }
      return condition();
    }
    [[nodiscard]] BuildOutcome outcome(const std::string& zone, std::uint64_t seq,
                                       BuildOutcome::Kind kind = BuildOutcome::Kind::ready) const {
      BuildOutcome made;
      made.kind = kind;
      made.zone = *Name::parse(zone);
      made.number = {1, seq};
      made.serial = Serial(static_cast<std::uint32_t>(seq));
      if (kind == BuildOutcome::Kind::ready) made.image = directory / "image";
      if (kind == BuildOutcome::Kind::removed) made.version_kind = VersionKind::tombstone;
      if (kind == BuildOutcome::Kind::refused) made.reason = "bad signature";
      return made;
    }
    bool in_state(const std::string& zone, std::uint64_t seq, ServiceState state) {
      const StatusRow* row = delivery.board().find(*Name::parse(zone));
      return row != nullptr && row->number.seq == seq && row->state == state;
    }
    bool served(const std::string& zone, std::uint64_t seq) {
      return in_state(zone, seq, ServiceState::served);
    }

    const std::filesystem::path directory = fresh_directory("delivery");
    boost::asio::io_context io;
    ManualClock clock;
    FakeDoord doord{io, directory / "doord.sock"};
    std::vector<std::string> rebuilds;
    std::size_t tidied = 0;
    // No service addresses: a swap counts as proof. Asking is shown by the scenarios.
    Delivery delivery{io,
                      clock,
                      directory / "doord.sock",
                      {},
                      {[this](const Name& zone) { rebuilds.push_back(zone.to_string()); },
                       [this](const std::vector<Name>& zones) { tidied += zones.size(); }}};
  };

  TEST_CASE_FIXTURE(Fixture, "a push of many zones is one batch and one swap") {
    std::vector<BuildOutcome> outcomes;
    for (int i = 0; i < 1000; ++i) outcomes.push_back(outcome("z" + std::to_string(i) + ".", 1));
    REQUIRE(until([&] { return delivery.lost_reason().empty(); }));
    delivery.deliver(outcomes);
    CHECK(until([&] { return served("z999.", 1) && served("z0.", 1) && tidied == 1000; }));
    CHECK(doord.serving.size() == 1000);
    CHECK(std::ranges::count(doord.log, "swap") == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "doord restarted is handed what it lacks, and no more") {
    delivery.deliver({outcome("a.", 1), outcome("b.", 1)});
    REQUIRE(until([&] { return served("a.", 1) && served("b.", 1); }));
    doord.stop(false);
    REQUIRE(until([&] { return in_state("a.", 1, ServiceState::pending); }));
    doord.serving.erase("b.");
    doord.log.clear();
    doord.start();
    CHECK(until([&] { return served("a.", 1) && served("b.", 1); }));
    CHECK(doord.log == Log{"offer b. 1/1", "swap"});
  }

  TEST_CASE_FIXTURE(Fixture, "versions that come while doord is away are handed over when it is back") {
    doord.stop(true);
    delivery.deliver({outcome("a.", 1)});
    REQUIRE(until([&] { return !delivery.lost_reason().empty(); }));
    delivery.deliver({outcome("a.", 2)});
    doord.start();
    CHECK(until([&] { return served("a.", 2); }));
    CHECK(doord.log == Log{"offer a. 1/2", "swap"});
  }

  TEST_CASE_FIXTURE(Fixture, "a version that comes during a hand-over goes with the next one") {
    doord.hanging = true;
    delivery.deliver({outcome("a.", 1)});
    REQUIRE(until([&] { return std::ranges::count(doord.log, "swap") == 1; }));
    delivery.deliver({outcome("a.", 2)});
    doord.stop(true);  // the hanging one is killed; what was staged is lost with it
    doord.hanging = false;
    doord.start();
    CHECK(until([&] { return served("a.", 2); }));
    CHECK(doord.serving["a."] == "1/2");
  }

  TEST_CASE_FIXTURE(Fixture, "a refused image is made again once, and the other zones are swapped in") {
    doord.refusing.insert("a.");
    delivery.deliver({outcome("a.", 1), outcome("b.", 1)});
    REQUIRE(until([&] { return rebuilds == Log{"a."} && served("b.", 1); }));
    delivery.deliver({outcome("a.", 1)});  // made again, and refused again
    CHECK(until([&] { return in_state("a.", 1, ServiceState::failed); }));
    CHECK(rebuilds.size() == 1);
    doord.refusing.clear();
    delivery.deliver({outcome("a.", 2)});
    CHECK(until([&] { return served("a.", 2); }));
  }

  TEST_CASE_FIXTURE(Fixture, "a missing image file is made again") {
    BuildOutcome gone = outcome("a.", 1);
    gone.image = directory / "no-such-image";
    delivery.deliver({gone, outcome("b.", 1)});
    REQUIRE(until([&] { return rebuilds == Log{"a."} && served("b.", 1); }));
    delivery.deliver({outcome("a.", 1)});
    CHECK(until([&] { return served("a.", 1); }));
  }

  TEST_CASE_FIXTURE(Fixture, "a deleted zone is taken out") {
    doord.serving["a."] = "1/1";
    delivery.deliver(
        {outcome("a.", 2, BuildOutcome::Kind::removed), outcome("b.", 5, BuildOutcome::Kind::removed)});
    CHECK(until([&] { return served("a.", 2) && served("b.", 5); }));
    CHECK(doord.log == Log{"remove a.", "swap"});
    CHECK(doord.serving.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "an expired zone is withheld, whatever version comes, and back once it is not") {
    delivery.deliver({outcome("a.", 1), outcome("b.", 1)});
    REQUIRE(until([&] { return served("a.", 1) && served("b.", 1); }));
    doord.log.clear();
    delivery.withhold({{*Name::parse("a."), "expired"}, {*Name::parse("unknown."), "expired"}});
    CHECK(until([&] { return in_state("a.", 1, ServiceState::failed); }));
    CHECK(delivery.board().find(*Name::parse("a."))->reason == "expired");
    delivery.deliver({outcome("a.", 2)});
    CHECK(until([&] { return in_state("a.", 2, ServiceState::failed); }));
    CHECK(doord.log == Log{"withhold a.", "swap"});
    CHECK(served("b.", 1));

    doord.stop(false);
    REQUIRE(until([&] { return in_state("a.", 2, ServiceState::pending); }));
    doord.serving["a."] = "1/1";  // it has started from the directory
    doord.log.clear();
    doord.start();
    CHECK(until([&] { return in_state("a.", 2, ServiceState::failed); }));
    CHECK(doord.log == Log{"withhold a.", "swap"});

    delivery.withhold({});
    CHECK(until([&] { return served("a.", 2); }));
    CHECK(doord.serving["a."] == "1/2");
    CHECK(rebuilds.empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a zone from a pack is back with an image of its own") {
    BuildOutcome packed = outcome("a.", 1);
    packed.image = directory / "1.pack";
    REQUIRE(write_file_durably(packed.image, octets_of("a pack")));
    doord.serving["a."] = "1/1";
    delivery.deliver({packed});
    REQUIRE(until([&] { return served("a.", 1); }));
    delivery.withhold({{packed.zone, "expired"}});
    REQUIRE(until([&] { return in_state("a.", 1, ServiceState::failed); }));
    delivery.withhold({});
    CHECK(rebuilds == Log{"a."});
    delivery.deliver({outcome("a.", 1)});
    CHECK(until([&] { return served("a.", 1); }));
  }

  TEST_CASE_FIXTURE(
      Fixture, "so is one that is let go before doord has said that it is silent, or while doord is away") {
    BuildOutcome packed = outcome("a.", 1);
    packed.image = directory / "1.pack";
    REQUIRE(write_file_durably(packed.image, octets_of("a pack")));
    doord.serving["a."] = "1/1";
    delivery.deliver({packed});
    REQUIRE(until([&] { return served("a.", 1); }));
    delivery.withhold({{packed.zone, "expired"}});
    delivery.withhold({});
    CHECK(until([&] { return rebuilds == Log{"a."}; }));
    delivery.deliver({outcome("a.", 1)});
    REQUIRE(until([&] { return served("a.", 1); }));

    delivery.deliver({packed});
    delivery.withhold({{packed.zone, "expired"}});
    REQUIRE(until([&] { return in_state("a.", 1, ServiceState::failed); }));
    doord.stop(false);
    REQUIRE(until([&] { return in_state("a.", 1, ServiceState::pending); }));
    delivery.withhold({});
    doord.start();
    CHECK(until([&] { return rebuilds == Log{"a.", "a."}; }));
    delivery.deliver({outcome("a.", 1)});
    CHECK(until([&] { return served("a.", 1); }));
  }

  TEST_CASE_FIXTURE(Fixture, "an expired zone that is deleted is taken out") {
    delivery.deliver({outcome("a.", 1)});
    REQUIRE(until([&] { return served("a.", 1); }));
    delivery.withhold({{*Name::parse("a."), "expired"}});
    REQUIRE(until([&] { return in_state("a.", 1, ServiceState::failed); }));
    doord.log.clear();
    delivery.deliver({outcome("a.", 2, BuildOutcome::Kind::removed)});
    CHECK(until([&] { return served("a.", 2); }));
    CHECK(doord.log == Log{"remove a.", "swap"});
  }

  TEST_CASE_FIXTURE(Fixture, "what is withheld already is not withheld once more") {
    delivery.deliver({outcome("a.", 1), outcome("b.", 1)});
    REQUIRE(until([&] { return served("a.", 1) && served("b.", 1); }));
    delivery.withhold({{*Name::parse("a."), "expired"}});
    REQUIRE(until([&] { return in_state("a.", 1, ServiceState::failed); }));
    doord.log.clear();
    delivery.withhold({{*Name::parse("a."), "expired"}, {*Name::parse("b."), "expired"}});
    CHECK(until([&] { return in_state("b.", 1, ServiceState::failed); }));
    CHECK(doord.log == Log{"withhold b.", "swap"});
    CHECK(in_state("a.", 1, ServiceState::failed));
  }

  TEST_CASE_FIXTURE(Fixture, "a refused version leaves the one before in place, and says so") {
    delivery.deliver({outcome("a.", 1)});
    REQUIRE(until([&] { return served("a.", 1); }));
    delivery.deliver({outcome("a.", 2, BuildOutcome::Kind::refused)});
    CHECK(in_state("a.", 2, ServiceState::failed));
    CHECK(delivery.board().find(*Name::parse("a."))->reason == "bad signature; serial 1 stays");
    CHECK(doord.serving["a."] == "1/1");
  }

  /// How many lines with that text the standard error gets while `work` runs.
  template <class Work>
  std::size_t lines_logged(const std::filesystem::path& directory, std::string_view text, Work work) {
    const std::filesystem::path path = directory / "log";
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const UniqueFd before(::dup(STDERR_FILENO));
    REQUIRE(::dup2(file.get(), STDERR_FILENO) >= 0);
    work();
    REQUIRE(::dup2(before.get(), STDERR_FILENO) >= 0);
    std::ifstream lines(path);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.find(text) != std::string::npos) ++count;
    }
    return count;
  }

  TEST_CASE_FIXTURE(Fixture, "a version that a full disk refuses again and again is logged once") {
    BuildOutcome full = outcome("a.", 1, BuildOutcome::Kind::refused);
    full.reason = "No space left on device";
    const auto logged = [&](auto work) { return lines_logged(directory, "version refused", work); };
    CHECK(logged([&] {
            for (int i = 0; i < 5; ++i) delivery.deliver({full});
          }) == 1);
    CHECK(logged([&] { delivery.deliver({outcome("a.", 1), full}); }) == 1);
    full.reason = "another";
    CHECK(logged([&] { delivery.deliver({full, full}); }) == 1);
  }
}

}  // namespace
}  // namespace doors
