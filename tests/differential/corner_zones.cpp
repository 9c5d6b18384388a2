#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "tests/differential/zone_source.h"
#include "zones/base/file.h"

namespace doors::test {

namespace {

/// RRsets around 512 and 1232 octets, beyond what a compression pointer reaches, and of tens of kilobytes.
ZoneSource zone_of_large_rrsets() {
  std::ostringstream text;
  text << "$ORIGIN big.corner.\n$TTL 600\n@ SOA ns0 hostmaster 1 7200 3600 1209600 300\n";
  for (int i = 0; i < 12; ++i) {
    text << "@ NS ns" << i << "\nns" << i << " A 198.51.100." << i << "\nns" << i << " AAAA 2001:db8::" << i
         << "\n";
  }
  for (const int count : {27, 28, 29, 70, 71, 72, 73, 74, 75, 1200}) {
    for (int i = 0; i < count; ++i) text << "a" << count << " A 203.0." << i / 256 << "." << i % 256 << "\n";
  }
  for (int i = 0; i < 500; ++i)
    text << "huge TXT \"" << i << " of so many that no datagram holds them, whatever size it may have\"\n";
  for (int i = 0; i < 20; ++i)
    text << "mx MX " << i << " a" << i << ".host\na" << i << ".host A 203.0.113." << i << "\n";
  for (int i = 0; i < 14; ++i) text << "cut NS a" << i << ".ns.elsewhere-" << i << ".test.\n";
  for (int i = 0; i < 40; ++i) text << "cut2 NS name-server-number-" << i << ".elsewhere-" << i << ".test.\n";
  for (int i = 0; i < 30; ++i)
    text << "cut3 NS ns" << i << ".cut3\nns" << i << ".cut3 AAAA 2001:db8:3::" << i << "\n";
  for (const int octets :
       {300, 400, 410, 420, 430, 440, 450, 460, 1100, 1140, 1150, 1160, 1170, 1180, 1190}) {
    text << "t" << octets << " TXT";
    for (int left = octets; left > 0; left -= 240) text << " " << std::string(std::min(left, 240), 'x');
    text << "\n";
  }
  text << "toa28 CNAME a28\ntohuge CNAME huge\n*.wild CNAME a28\ndn DNAME host\n";
  return {"large RRsets", text.str()};
}

std::vector<ZoneSource> zones_in(const char* directory) {
  std::vector<ZoneSource> zones;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".zone") continue;
    auto text = read_text_file(entry.path(), 1 << 20);
    if (!text) throw std::runtime_error(text.error().message);
    zones.push_back({entry.path().filename(), std::move(*text)});
  }
  std::sort(zones.begin(), zones.end(),
            [](const ZoneSource& a, const ZoneSource& b) { return a.file < b.file; });
  return zones;
}

}  // namespace

std::vector<ZoneSource> corner_zones() {
  std::vector<ZoneSource> zones = zones_in(DOORS_TEST_SOURCE_DIR "/differential/zones");
  zones.push_back(zone_of_large_rrsets());
  return zones;
}

std::vector<ZoneSource> tree_zones() { return zones_in(DOORS_TEST_SOURCE_DIR "/differential/zones/tree"); }

}  // namespace doors::test
