// One version of a large zone made of the one before: as an overlay on its image, and what the image costs
// that is built anew otherwise (Google Benchmark; its flags work):
//
//     bench_overlay
//
// Arguments: names of the zone, names that change. `next` makes a version with one more change, of an image
// that has so many already.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/tools/random.h"
#include "zones/content/content.h"
#include "zones/content/diff.h"
#include "zones/image/image.h"
#include "zones/image/overlay_writer.h"
#include "zones/image/writer.h"

namespace {

using namespace doors;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

Name parse(const std::string& text) {
  const auto name = Name::parse(text);
  if (!name) give_up(name.error().message);
  return *name;
}

/// example. with so many names; the first `changed` of them have another address in the second version.
Content version_of(std::int64_t names, std::int64_t changed, std::uint8_t serial) {
  ContentBuilder builder(parse("example."));
  const auto add = [&builder](const Name& owner, RRType type, Octets rdata) {
    if (auto added = builder.add(owner, type, Ttl(3600), rdata); !added) give_up(added.error().message);
  };
  std::vector<std::byte> soa(22);
  soa[5] = std::byte{serial};
  add(parse("example."), RRType::soa, soa);
  add(parse("example."), RRType::ns, parse("ns.hosting.test.").wire());
  for (std::int64_t i = 0; i < names; ++i) {
    const auto host = static_cast<std::uint32_t>(bench::mixed(static_cast<std::uint64_t>(i)));
    const std::array<std::byte, 4> address{std::byte{10}, static_cast<std::byte>(host),
                                           static_cast<std::byte>(host >> 8),
                                           std::byte{i < changed ? serial : std::uint8_t{0}}};
    add(parse(bench::label(static_cast<std::uint64_t>(i)) + ".example."), RRType::a, address);
  }
  auto content = builder.finish();
  if (!content) give_up(content.error().message);
  return *std::move(content);
}

/// Two versions, the image of the first, and what changed.
struct Versions {
  explicit Versions(const benchmark::State& state)
      : before(version_of(state.range(0), state.range(1), 1)),
        after(version_of(state.range(0), state.range(1), 2)) {
    const auto octets = build_image(before, {});
    if (!octets) give_up(octets.error().message);
    const auto opened = ZoneImage::from_octets(*octets);
    if (!opened) give_up(opened.error().message);
    base = *opened;
    changes = diff(before, after);
    for (const RRsetChange& change : changes.changes) {
      edits.push_back({change.before ? &*change.before : nullptr, change.after ? &*change.after : nullptr});
    }
  }

  [[nodiscard]] std::vector<std::byte> overlay() const {
    auto octets = build_overlay(base, edits, {});
    if (!octets) give_up(octets.error().reason);
    return *std::move(octets);
  }

  Content before, after;
  std::shared_ptr<const ZoneImage> base;
  Diff changes;
  std::vector<RRsetEdit> edits;
};

void build_one(benchmark::State& state) {
  const Versions versions(state);
  std::size_t octets = 0;
  for ([[maybe_unused]] auto _ : state) octets = versions.overlay().size();
  state.counters["octets"] = static_cast<double>(octets);
}

void next(benchmark::State& state) {
  const Versions versions(state);
  const auto now = ZoneImage::overlay_from_octets(versions.overlay(), versions.base);
  if (!now) give_up(now.error().message);
  // The one that changed first changes back.
  std::vector<RRsetEdit> edits;
  for (const RRsetEdit& edit : versions.edits) {
    if (edit.any().type == RRType::soa || edits.size() < 2) edits.push_back({edit.after, edit.before});
  }
  for ([[maybe_unused]] auto _ : state) {
    auto octets = build_overlay(*now, edits, {});
    if (!octets) give_up(octets.error().reason);
    benchmark::DoNotOptimize(octets);
  }
}

void open_one(benchmark::State& state) {
  const Versions versions(state);
  const std::vector<std::byte> octets = versions.overlay();
  for ([[maybe_unused]] auto _ : state) {
    auto image = ZoneImage::overlay_from_octets(octets, versions.base);
    if (!image) give_up(image.error().message);
    benchmark::DoNotOptimize(image);
  }
}

void build_whole_image(benchmark::State& state) {
  const Versions versions(state);
  for ([[maybe_unused]] auto _ : state) {
    auto image = build_image(versions.after, {});
    if (!image) give_up(image.error().message);
    benchmark::DoNotOptimize(image);
  }
}

}  // namespace

BENCHMARK(build_one)->ArgsProduct({{500'000}, {1, 100, 1'000, 4'000}})->Unit(benchmark::kMicrosecond);
BENCHMARK(next)->ArgsProduct({{500'000}, {100, 1'000, 4'000}})->Unit(benchmark::kMicrosecond);
BENCHMARK(open_one)->ArgsProduct({{500'000}, {1, 100, 1'000, 4'000}})->Unit(benchmark::kMicrosecond);
BENCHMARK(build_whole_image)->Args({500'000, 1})->Unit(benchmark::kMicrosecond);
BENCHMARK_MAIN();
