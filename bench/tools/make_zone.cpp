// Makes the zones and questions of the benchmarks; see zone.h. The same arguments give the same octets.
//
//     bench_zone names|delegations COUNT [SERIAL]           the zone's text, to standard output
//     bench_zone zones COUNT DIRECTORY                      a file for each zone
//     bench_zone names|delegations|zones COUNT MIX NUMBER   so many questions: positive, referral, nxdomain,
//     random bench_zone origins COUNT                              origin and file of each of `zones`
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "bench/tools/zone.h"

namespace {

using namespace doors::bench;

int usage() {
  std::fprintf(stderr,
               "bench_zone names|delegations COUNT [SERIAL]\n"
               "bench_zone zones COUNT DIRECTORY\n"
               "bench_zone names|delegations|zones COUNT positive|referral|nxdomain|random NUMBER\n"
               "bench_zone origins COUNT\n");
  return 2;
}

int finish(bool well) {
  if (well && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
  std::perror("bench_zone");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 5) return usage();
  const std::string what = argv[1];
  ZonePlan plan;
  plan.count = std::strtoull(argv[2], nullptr, 10);
  if (plan.count == 0) return usage();
  if (what == "origins") {
    for (std::uint64_t i = 0; i < plan.count; ++i) {
      const std::string origin = small_origin(i);
      std::printf("%s %llu/%szone\n", origin.c_str(), static_cast<unsigned long long>(i / 1000),
                  origin.c_str());
    }
    return finish(true);
  }
  constexpr std::array<const char*, 3> shapes{"names", "delegations", "zones"};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (what == shapes[i]) {
      plan.shape = static_cast<Shape>(i);
      if (argc == 5) {
        if (!write_questions(plan, argv[3], std::strtoull(argv[4], nullptr, 10), stdout)) return usage();
        return finish(true);
      }
      if (plan.shape == Shape::zones) return argc == 4 ? finish(write_zones(plan.count, argv[3])) : usage();
      write_zone(plan, argc == 4 ? static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10)) : 1,
                 stdout);
      return finish(true);
    }
  }
  return usage();
}
