#include "bench/tools/questions_file.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace doors::bench {
namespace {

std::uint16_t type_of(const std::string& text) {
  constexpr std::array<std::pair<const char*, std::uint16_t>, 14> types{{{"A", 1},
                                                                         {"NS", 2},
                                                                         {"CNAME", 5},
                                                                         {"SOA", 6},
                                                                         {"PTR", 12},
                                                                         {"MX", 15},
                                                                         {"TXT", 16},
                                                                         {"AAAA", 28},
                                                                         {"SRV", 33},
                                                                         {"DS", 43},
                                                                         {"DNSKEY", 48},
                                                                         {"NSEC3PARAM", 51},
                                                                         {"TLSA", 52},
                                                                         {"HTTPS", 65}}};
  for (const auto& [name, number] : types) {
    if (text == name) return number;
  }
  throw std::runtime_error("unknown type " + text);
}

}  // namespace

void Questions::add(const std::string& name, const std::string& type, bool dnssec) {
  const std::array<std::uint8_t, 12> header{0, 0, 0, 0, 0, 1,
                                            0, 0, 0, 0, 0, static_cast<std::uint8_t>(dnssec)};
  octets_.insert(octets_.end(), header.begin(), header.end());
  for (std::size_t at = 0; at < name.size() && name != ".";) {
    std::size_t end = name.find('.', at);
    if (end == std::string::npos) end = name.size();
    if (end == at || end - at > 63 || name.size() > 254) throw std::runtime_error("bad name " + name);
    octets_.push_back(static_cast<std::uint8_t>(end - at));
    octets_.insert(octets_.end(), name.begin() + static_cast<std::ptrdiff_t>(at),
                   name.begin() + static_cast<std::ptrdiff_t>(end));
    at = end + 1;
  }
  const std::uint16_t number = type_of(type);
  const std::array<std::uint8_t, 5> tail{0, static_cast<std::uint8_t>(number >> 8),
                                         static_cast<std::uint8_t>(number & 255), 0, 1};
  octets_.insert(octets_.end(), tail.begin(), tail.end());
  if (dnssec) {
    constexpr std::array<std::uint8_t, 11> opt{0, 0, 41, 1232 >> 8, 1232 & 255, 0, 0, 0x80, 0, 0, 0};
    octets_.insert(octets_.end(), opt.begin(), opt.end());
  }
  starts_.push_back(octets_.size());
}

Questions Questions::read(const std::string& path, bool dnssec) {
  Questions questions;
  std::ifstream file(path);
  std::string name, type;
  try {
    while (file >> name >> type) questions.add(name, type, dnssec);
    if (questions.size() == 0) throw std::runtime_error("no questions");
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "bench_load: %s: %s\n", path.c_str(), error.what());
    std::exit(1);
  }
  return questions;
}

}  // namespace doors::bench
