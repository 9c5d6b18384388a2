#include <algorithm>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "sync/pop/builder.h"
#include "tests/sync/pop/world.h"
#include "zones/base/file.h"
#include "zones/content/change_log.h"
#include "zones/content/delta.h"
#include "zones/content/digest.h"
#include "zones/image/image_file.h"
#include "zones/image/writer.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: changes instead of whole contents") {
  using Kind = BuildOutcome::Kind;

  /// A version that makes `after` of the head's content, which is `before`.
  Draft change_of(const Content& before, const Content& after, const StoredVersion& head) {
    const auto delta = Delta::of(*Content::parse({before.stream().begin(), before.stream().end()}),
                                 *Content::parse({after.stream().begin(), after.stream().end()}));
    REQUIRE(delta);
    Draft draft = draft_of(after, &head, VersionKind::change);
    draft.frames = *compress_frames(delta->stream());
    draft.version.frames = draft.frames.list;
    return draft;
  }

  struct Fixture {
    Fixture() : world("changes") { open(); }
    /// As after a restart.
    void open() {
      builder.reset();
      images = std::make_unique<ImageFiles>(world.directory / "images");
      REQUIRE(images->open());
      builder = std::make_unique<Builder>(
          *world.archive, *world.journal, *images, stopping, nullptr,
          BuildLimits{.most_names = 40, .merge_from_octets = 2048, .beside_from_records = 100});
      loaded.clear();
      REQUIRE(builder->load([&](BuildOutcome outcome) { loaded.push_back(std::move(outcome)); }));
    }
    /// Publishes the next change; the zone has one host more each time.
    void change() {
      const Content before = content_now();
      ++serial;
      world.must_publish({change_of(before, content_now(), world.head("example."))});
    }
    [[nodiscard]] Content content_now() const {
      return content_of("example.", serial, static_cast<int>(serial) + 2 + more);
    }
    BuildOutcome take_head() {
      auto outcomes = builder->take({world.head("example.")}, world.policy);
      REQUIRE(outcomes.size() == 1);
      REQUIRE(builder->sync());
      return outcomes.front();
    }
    /// Takes a change of so many other hosts, and gives the job that it leaves.
    WholeImageJob take_large(int hosts) {
      const Content before = content_now();
      more += hosts;
      ++serial;
      world.must_publish({change_of(before, content_now(), world.head("example."))});
      last = take_head();
      auto jobs = builder->take_jobs();
      REQUIRE(jobs.size() == 1);
      return std::move(jobs.front());
    }
    static bool is_overlay(const std::filesystem::path& path) {
      const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      REQUIRE(file);
      return ZoneImage::base_of(file.get()).has_value();
    }
    /// Whether the image there shows the zone as it is now.
    void check(const std::filesystem::path& path) const {
      const auto shown = open_image_file(path);
      REQUIRE(shown);
      const Content content = content_now();
      CHECK((*shown)->version().serial == serial);
      CHECK((*shown)->version().content_digest == content_digest(content));
      CHECK((*shown)->record_count() == content.record_count());
      const auto whole = ZoneImage::from_octets(*build_image(content, {}));
      REQUIRE(whole);
      REQUIRE((*shown)->node_count() == (*whole)->node_count());
      for (std::size_t i = 0; i < (*whole)->node_count(); ++i)
        CHECK((*shown)->node_in_order(i).name() == (*whole)->node_in_order(i).name());
    }
    [[nodiscard]] std::size_t image_count() const {
      const std::filesystem::directory_iterator files(world.directory / "images");
      return static_cast<std::size_t>(std::count_if(
          begin(files), end(files), [](const auto& file) { return file.path().extension() == ".img"; }));
    }

    World world;
    std::unique_ptr<ImageFiles> images;
    std::atomic<bool> stopping{false};
    std::unique_ptr<Builder> builder;
    std::vector<BuildOutcome> loaded;
    BuildOutcome last;
    std::uint32_t serial = 1;
    int more = 0;
  };

  /// So many names make an overlay that is merged, and so many are over what an overlay may have.
  constexpr int worth_merging = 25;
  constexpr int too_many = 60;

  TEST_CASE_FIXTURE(Fixture, "a change becomes an overlay, and its base stays as long as it is needed") {
    world.push("example.", 1);
    const auto first = take_head();
    CHECK(!is_overlay(first.image));
    for (int i = 0; i < 5; ++i) {
      change();
      const auto outcome = take_head();
      CHECK(outcome.kind == Kind::ready);
      CHECK(is_overlay(outcome.image));
      check(outcome.image);
      builder->tidy(outcome.zone);
      CHECK(image_count() <= 3);
    }
    CHECK(std::filesystem::exists(first.image));
    for (std::uint32_t whole = 10; whole < 12; ++whole) {
      world.push("example.", whole, 9);
      CHECK(take_head().kind == Kind::ready);
      builder->tidy(first.zone);
    }
    CHECK(!std::filesystem::exists(first.image));
    CHECK(image_count() == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "changes that were missed are taken from the store") {
    world.push("example.", 1);
    CHECK(take_head().kind == Kind::ready);
    for (int i = 0; i < 4; ++i) change();
    const auto outcome = take_head();
    CHECK(outcome.kind == Kind::ready);
    CHECK(is_overlay(outcome.image));
    check(outcome.image);
  }

  TEST_CASE_FIXTURE(Fixture, "without the image below a whole one is made of what the store has") {
    world.push("example.", 1);
    const auto first = take_head();
    change();
    change();
    SUBCASE("it was never taken") {
      world.journal.reset();
      std::filesystem::remove_all(world.directory / "journal");
      world.journal = *Journal::open(world.directory / "journal", 1ull << 30);
      open();
    }
    SUBCASE("the image below is lost") { std::filesystem::remove(first.image); }
    const auto outcome = take_head();
    CHECK(outcome.kind == Kind::ready);
    check(outcome.image);
    std::filesystem::remove(outcome.image);
    open();
    REQUIRE(loaded.size() == 1);
    check(loaded.front().image);
    CHECK(!is_overlay(loaded.front().image));
  }

  TEST_CASE_FIXTURE(Fixture, "a change lies on the image even where the store has lost what leads to it") {
    world.push("example.", 1);
    CHECK(take_head().kind == Kind::ready);
    for (int i = 0; i < 3; ++i) {
      change();
      CHECK(take_head().kind == Kind::ready);
    }
    // The newest version and the one before are all that a store made again from the journal has.
    const auto entry = world.journal->get(*Name::parse("example."));
    REQUIRE(entry);
    REQUIRE((*entry)->previous);
    const std::vector<StoredVersion> kept{*(*entry)->previous, (*entry)->current};
    world.lose_store();
    CHECK(world.archive->restore(kept).value_or(0) == 2);
    CHECK(!world.archive->whole_content(world.head("example.")));
    open();
    SUBCASE("and the next change") {
      change();
      const auto outcome = take_head();
      CHECK(outcome.kind == Kind::ready);
      check(outcome.image);
    }
    SUBCASE("and its image") {
      std::filesystem::remove(images->path(*Name::parse("example."), (*entry)->current.version.number));
      open();
      REQUIRE(loaded.size() == 1);
      CHECK(loaded.front().kind == Kind::ready);
      check(loaded.front().image);
      CHECK(!is_overlay(loaded.front().image));
    }
  }

  TEST_CASE_FIXTURE(Fixture, "an overlay that has grown is merged, and what came since is laid on that") {
    world.push("example.", 1, 100);
    more = 97;
    const auto whole = take_head();
    const WholeImageJob job = take_large(worth_merging);
    CHECK(job.taken);
    CHECK(is_overlay(last.image));
    check(last.image);
    const auto image = job.make(*world.archive);
    REQUIRE(image);
    SUBCASE("nothing came since") {
      const auto outcomes = builder->adopt(job, image);
      REQUIRE(outcomes.size() == 1);
      CHECK(outcomes.front().renewed);
      CHECK(outcomes.front().image == last.image);
      CHECK(!is_overlay(last.image));
      check(last.image);
    }
    SUBCASE("changes came since") {
      change();
      CHECK(take_head().kind == Kind::ready);
      CHECK(builder->take_jobs().empty());  // one at a time
      const auto outcomes = builder->adopt(job, image);
      REQUIRE(outcomes.size() == 1);
      CHECK(outcomes.front().renewed);
      CHECK(is_overlay(outcomes.front().image));
      check(outcomes.front().image);
      builder->tidy(outcomes.front().zone);
      CHECK(!std::filesystem::exists(whole.image));
      change();
      check(take_head().image);
    }
    SUBCASE("a whole version came since") {
      world.push("example.", 100, 300);
      CHECK(take_head().kind == Kind::ready);
      CHECK(builder->adopt(job, image).empty());
    }
    SUBCASE("it cannot be made") {
      CHECK(builder->adopt(job, failure("no")).empty());
      check(last.image);
      change();
      CHECK(take_head().kind == Kind::ready);
      CHECK(builder->take_jobs().size() == 1);  // tried again
    }
  }

  TEST_CASE_FIXTURE(Fixture, "what no overlay can show is made beside, and then taken") {
    world.push("example.", 1, 100);
    more = 97;
    const auto whole = take_head();
    const WholeImageJob job = take_large(too_many);
    CHECK(!job.taken);
    CHECK(last.kind == Kind::postponed);
    CHECK(!images->has(last.zone, last.number));
    CHECK((*world.journal->get(last.zone))->current.version.number == whole.number);
    const auto image = job.make(*world.archive);
    REQUIRE(image);
    SUBCASE("nothing came since") {
      const auto outcomes = builder->adopt(job, image);
      REQUIRE(outcomes.size() == 1);
      CHECK(outcomes.front().kind == Kind::ready);
      CHECK(!outcomes.front().renewed);
      check(outcomes.front().image);
      change();
      CHECK(is_overlay(take_head().image));
    }
    SUBCASE("changes came since: they wait for it") {
      for (int i = 0; i < 2; ++i) {
        change();
        CHECK(take_head().kind == Kind::postponed);
      }
      CHECK(builder->take_jobs().empty());
      const auto outcomes = builder->adopt(job, image);
      REQUIRE(outcomes.size() == 2);
      CHECK(outcomes.front().number == last.number);
      CHECK(outcomes.back().kind == Kind::ready);
      CHECK(is_overlay(outcomes.back().image));
      check(outcomes.back().image);
    }
    SUBCASE("a whole version came since") {
      world.push("example.", 100, 300);
      CHECK(take_head().kind == Kind::ready);
      CHECK(builder->adopt(job, image).empty());
    }
    SUBCASE("it cannot be made") {
      const auto outcomes = builder->adopt(job, failure("no content"));
      REQUIRE(outcomes.size() == 1);
      CHECK(outcomes.front().kind == Kind::refused);
      CHECK(outcomes.front().reason == "no content");
    }
    SUBCASE("the store has lost what leads to it") {
      world.lose_store();
      const auto from_image = job.make(*world.archive);
      REQUIRE(from_image);
      CHECK(*from_image == *image);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "the changes that led to an image lie beside it") {
    world.push("example.", 1);
    CHECK(!std::filesystem::exists(images->log_path(take_head().zone, {1, 1})));
    const auto since = [&](const BuildOutcome& outcome, std::uint32_t from) {
      const auto log = ChangeLog::parse(*read_file(images->log_path(outcome.zone, outcome.number), 1 << 20));
      REQUIRE(log);
      return log->since(Serial(from));
    };
    for (int i = 0; i < 3; ++i) {
      change();
      const auto outcome = take_head();
      CHECK(since(outcome, 1).size() == static_cast<std::size_t>(i) + 1);
    }
    open();  // it is read again after a restart
    change();
    change();
    const auto outcome = take_head();
    const auto deltas = since(outcome, 2);
    REQUIRE(deltas.size() == 4);
    const auto made = Delta::joined(deltas)->apply(content_of("example.", 2, 4));
    REQUIRE(made);
    CHECK(std::ranges::equal(made->stream(), content_now().stream()));
    CHECK(since(outcome, 9).empty());
    builder->tidy(outcome.zone);
    world.push("example.", 100, 20);
    const auto whole = take_head();
    builder->tidy(outcome.zone);
    CHECK(!std::filesystem::exists(images->log_path(whole.zone, whole.number)));
    world.push("example.", 101, 20);
    CHECK(take_head().kind == Kind::ready);
    builder->tidy(outcome.zone);
    CHECK(!std::filesystem::exists(images->log_path(outcome.zone, outcome.number)));
  }

  TEST_CASE_FIXTURE(Fixture, "a change that does not lead to what it says is refused") {
    world.push("example.", 1);
    const StoredVersion head = world.head("example.");
    const Content before = content_now();
    serial = 2;
    const Content after = content_now();
    Draft wrong = change_of(before, after, head);
    SUBCASE("another digest") { wrong.version.content_digest[5] ^= std::byte{1}; }
    SUBCASE("another number of records") { ++wrong.version.records; }
    SUBCASE("another serial") { wrong.version.serial = Serial(7); }
    SUBCASE("of another zone") {
      wrong = change_of(content_of("other.", 1), content_of("other.", 2), head);
      wrong.version.zone = head.version.zone;
    }
    CHECK(!world.publish({wrong}).revision);
    CHECK(world.publish({change_of(before, after, head)}).revision);
  }

  TEST_CASE_FIXTURE(Fixture, "what goes has to be there") {
    world.push("example.", 1);
    CHECK(take_head().kind == Kind::ready);
    // The digests are right and the records are not: nobody but who holds the zone can tell.
    const StoredVersion head = world.head("example.");
    const auto gone = content_of("example.", 1, 3, "ghost 60 IN A 192.0.2.9\n");
    const auto come = content_of("example.", 2, 3);
    const auto delta = *Delta::of(*Content::parse({gone.stream().begin(), gone.stream().end()}),
                                  *Content::parse({come.stream().begin(), come.stream().end()}));
    Draft draft = change_of(gone, come, head);
    draft.version.content_digest = delta.digest_after(head.version.content_digest);
    draft.version.records = delta.records_after(head.version.records);
    world.must_publish({draft});
    const auto outcome = take_head();
    CHECK(outcome.kind == Kind::refused);
    CHECK(outcome.reason.find("does not fit") != std::string::npos);
    check(images->path(outcome.zone, head.version.number));
  }

  TEST_CASE_FIXTURE(Fixture,
                    "the store keeps the whole version that changes lead back to, and then lets go") {
    world.push("example.", 1);
    for (std::uint32_t i = 0; i < 2 * history_in_tests; ++i) change();
    const auto content = world.archive->whole_content(world.head("example."));
    REQUIRE(content);
    CHECK(content_digest(*content) == content_digest(content_now()));
    CHECK(world.archive->version(*Name::parse("example."), 1)->has_value());
    const auto check_all = [&] {
      const auto history = world.archive->history(*Name::parse("example."));
      REQUIRE(history);
      for (const StoredVersion& kept : *history) CHECK(world.archive->whole_content(kept));
    };
    check_all();
    CHECK(world.head("example.").changed_octets > 0);
    for (std::uint32_t i = 0; i < 2 * history_in_tests; ++i) {
      world.push("example.", 100 + i, 25);
      check_all();  // never a change without what it leads back to
    }
    CHECK(world.archive->history(*Name::parse("example."))->size() <= history_in_tests);
  }
}

}  // namespace
}  // namespace doors
