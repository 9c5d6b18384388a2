#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace doors::bench {

/// The zones that are made, each from nothing but its shape and a count.
enum class Shape : std::uint8_t {
  names,        ///< `example.`: so many names with an A and an AAAA record
  delegations,  ///< `tld.`: so many delegations of two servers, half of them with servers of their own and
                ///< glue
  zones,        ///< so many zones of 7 records
};

struct ZonePlan {
  Shape shape = Shape::names;
  std::uint64_t count = 0;
};

/// The zone's text (of `zones`, not for this).
void write_zone(const ZonePlan& plan, std::uint32_t serial, std::FILE* out);
/// Every zone of `zones` as `directory`/NNN/ORIGINzone, a thousand to a folder. False: errno.
bool write_zones(std::uint64_t count, const std::string& directory);
/// Origin of the i-th of `zones`, with its last dot.
std::string small_origin(std::uint64_t i);

/// What is asked: so many lines `NAME TYPE`, as dnsperf takes them. False: this shape has no such mix.
bool write_questions(const ZonePlan& plan, const std::string& mix, std::uint64_t count, std::FILE* out);

}  // namespace doors::bench
