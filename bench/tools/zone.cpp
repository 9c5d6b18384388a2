#include "bench/tools/zone.h"

#include <cerrno>

#include <sys/stat.h>

#include "bench/tools/random.h"

namespace doors::bench {
namespace {

constexpr std::uint64_t hosters = 20'000;  // pairs of servers that many delegations share

void write_head(const char* origin, std::uint32_t serial, std::FILE* out) {
  std::fprintf(out,
               "$ORIGIN %s\n$TTL 3600\n@ SOA ns1 hostmaster %u 7200 3600 1209600 300\n@ NS ns1\n@ NS ns2\n"
               "ns1 A 192.0.2.1\nns2 A 192.0.2.2\n",
               origin, serial);
}

void write_name(std::uint64_t i, std::FILE* out) {
  const auto host = static_cast<unsigned>(mixed(i));
  std::fprintf(out, "%s A 10.%u.%u.%u\n AAAA 2001:db8::%x:%x\n", label(i).c_str(), host >> 8 & 255,
               host >> 16 & 255, host >> 24, host & 0xffff, host >> 16);
}

void write_delegation(std::uint64_t i, std::FILE* out) {
  const std::string owner = label(i);
  if (i % 2 == 0) {
    const auto pair = static_cast<unsigned>(mixed(i) % hosters);
    std::fprintf(out, "%s NS a.host%u.net.\n NS b.host%u.net.\n", owner.c_str(), pair, pair);
    return;
  }
  const auto host = static_cast<unsigned>(mixed(i));
  std::fprintf(out, "%s NS ns1.%s\n NS ns2.%s\nns1.%s A 10.%u.%u.1\nns2.%s A 10.%u.%u.2\n", owner.c_str(),
               owner.c_str(), owner.c_str(), owner.c_str(), host & 255, host >> 8 & 255, owner.c_str(),
               host & 255, host >> 8 & 255);
}

bool write_small(std::uint64_t i, const std::string& path) {
  std::FILE* out = std::fopen(path.c_str(), "w");
  if (out == nullptr) return false;
  const auto host = static_cast<unsigned>(mixed(i));
  std::fprintf(
      out,
      "$ORIGIN %s\n$TTL 3600\n@ SOA ns1.hoster.test. hostmaster.hoster.test. 1 7200 3600 1209600 300\n"
      "@ NS ns1.hoster.test.\n@ NS ns2.hoster.test.\n@ A 10.%u.%u.1\n@ MX 10 mail\n"
      "www A 10.%u.%u.1\nmail A 10.%u.%u.2\n",
      small_origin(i).c_str(), host & 255, host >> 8 & 255, host & 255, host >> 8 & 255, host & 255,
      host >> 8 & 255);
  return std::fclose(out) == 0;
}

}  // namespace

std::string small_origin(std::uint64_t i) {
  constexpr const char* tops[] = {"com.", "net.", "org.", "info."};
  return label(i) + '.' + tops[mixed(i) % 4];
}

void write_zone(const ZonePlan& plan, std::uint32_t serial, std::FILE* out) {
  const bool delegations = plan.shape == Shape::delegations;
  write_head(delegations ? "tld." : "example.", serial, out);
  for (std::uint64_t i = 0; i < plan.count; ++i) {
    if (delegations) {
      write_delegation(i, out);
    } else {
      write_name(i, out);
    }
  }
}

bool write_zones(std::uint64_t count, const std::string& directory) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string folder = directory + '/' + std::to_string(i / 1000);
    if (i % 1000 == 0 && ::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return false;
    if (!write_small(i, folder + '/' + small_origin(i) + "zone")) return false;
  }
  return true;
}

}  // namespace doors::bench
