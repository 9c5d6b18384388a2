#include "bench/tools/tally.h"

#include <bit>
#include <cstdio>

#include <sys/resource.h>

namespace doors::bench {

void Histogram::count(std::uint64_t ns) noexcept {
  const std::uint64_t value = ns < fine ? fine : ns;
  const auto power = static_cast<unsigned>(std::bit_width(value) - 5);  // so that value >> power is 16..31
  ++buckets_[power * fine + static_cast<unsigned>(value >> power) - fine];
  ++total_;
}

double Histogram::at(double share) const noexcept {
  std::uint64_t seen = 0;
  for (unsigned i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen != 0 && static_cast<double>(seen) >= share * static_cast<double>(total_)) {
      return (static_cast<double>(fine + i % fine) + 0.5) * static_cast<double>(std::uint64_t{1} << i / fine);
    }
  }
  return 0;
}

std::string Tally::to_json() const {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto microseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  std::array<char, 640> line{};
  std::snprintf(
      line.data(), line.size(),
      "{\"sent\": %llu, \"answered\": %llu, \"lost\": %llu, \"strange\": %llu, \"late\": %llu, \"broken\": "
      "%llu, \"seconds\": %.6f, \"rate\": %.1f, \"p50_us\": %.2f, \"p90_us\": %.2f, \"p99_us\": %.2f, "
      "\"p999_us\": %.2f, \"loader_cpu_us\": %.0f, \"rcodes\": [",
      static_cast<unsigned long long>(sent), static_cast<unsigned long long>(answered),
      static_cast<unsigned long long>(lost), static_cast<unsigned long long>(strange),
      static_cast<unsigned long long>(late), static_cast<unsigned long long>(broken), seconds,
      static_cast<double>(answered) / seconds, latency.at(0.5) / 1e3, latency.at(0.9) / 1e3,
      latency.at(0.99) / 1e3, latency.at(0.999) / 1e3,
      microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
  std::string json = line.data();
  for (std::size_t i = 0; i < rcodes.size(); ++i) json += (i == 0 ? "" : ", ") + std::to_string(rcodes[i]);
  return json + "]}";
}

}  // namespace doors::bench
