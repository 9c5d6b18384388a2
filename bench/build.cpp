// From a zone's text to an image that can be asked, step by step (Google Benchmark; its flags work):
//
//     bench_build
//
// The zones are those of bench_zone; the argument is the number of delegations or names. Times are per zone,
// rates per record.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "bench/tools/zone.h"
#include "zones/base/file.h"
#include "zones/image/image.h"
#include "zones/image/writer.h"
#include "zones/load/zone_file.h"

namespace {

using namespace doors;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

std::string text_of(bench::Shape shape, std::int64_t count) {
  char* octets = nullptr;
  std::size_t size = 0;
  std::FILE* out = ::open_memstream(&octets, &size);
  if (out == nullptr) give_up("no memory");
  bench::write_zone({shape, static_cast<std::uint64_t>(count)}, 1, out);
  std::fclose(out);
  std::string text(octets, size);
  std::free(octets);
  return text;
}

Content content_of(const std::string& text) {
  auto loaded = load_zone_text(text, "bench", {});
  if (!loaded) give_up(loaded.error().front().to_string());
  return std::move(loaded->content);
}

std::vector<std::byte> image_of(const Content& content) {
  auto image = build_image(content, {});
  if (!image) give_up(image.error().message);
  return *std::move(image);
}

void tell_rate(benchmark::State& state, std::size_t records) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records));
}

void read_text(benchmark::State& state, bench::Shape shape) {
  const std::string text = text_of(shape, state.range(0));
  std::size_t records = 0;
  for ([[maybe_unused]] auto _ : state) records = content_of(text).record_count();
  tell_rate(state, records);
}

void build(benchmark::State& state, bench::Shape shape) {
  const Content content = content_of(text_of(shape, state.range(0)));
  std::size_t octets = 0;
  for ([[maybe_unused]] auto _ : state) octets = image_of(content).size();
  tell_rate(state, content.record_count());
  state.counters["octets/record"] = static_cast<double>(octets) / static_cast<double>(content.record_count());
}

void open_image(benchmark::State& state, bench::Shape shape) {
  const Content content = content_of(text_of(shape, state.range(0)));
  const auto fd = sealed_memory_file("bench", image_of(content));
  if (!fd) give_up(fd.error().message);
  for ([[maybe_unused]] auto _ : state) {
    auto image = ZoneImage::open(fd->get());
    if (!image) give_up(image.error().message);
    benchmark::DoNotOptimize(image);
  }
  tell_rate(state, content.record_count());
}

}  // namespace

BENCHMARK_CAPTURE(read_text, delegations, bench::Shape::delegations)
    ->Arg(1000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_text, names, bench::Shape::names)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build, delegations, bench::Shape::delegations)
    ->Arg(1000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build, names, bench::Shape::names)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(open_image, delegations, bench::Shape::delegations)
    ->Arg(1000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
