#include "sync/xfr/tls_profile.h"

#include <algorithm>
#include <utility>

#include "zones/base/text_encoding.h"

namespace doors::xfr {

std::vector<TlsProfile> read_tls_profiles(Section& file) {
  std::vector<TlsProfile> profiles;
  for (Section& section : file.tables("tls")) {
    TlsProfile profile;
    std::vector<std::string> pins;
    section.string("name", profile.name)
        .path("ca", profile.ca)
        .string("host", profile.host)
        .strings("pins", pins)
        .path("certificate", profile.certificate)
        .path("private_key", profile.private_key);
    section.check(!profile.name.empty() && profile.name.find(' ') == std::string::npos, "name",
                  "must be a word");
    section.check(
        std::ranges::none_of(profiles, [&](const auto& other) { return other.name == profile.name; }), "name",
        "is there twice");
    section.check(!profile.ca.empty() || !pins.empty(), "name",
                  "needs ca or pins: somebody has to vouch for the primary");
    section.check(profile.ca.empty() == profile.host.empty(), "host", "ca and host go together");
    section.check(profile.certificate.empty() == profile.private_key.empty(), "certificate",
                  "certificate and private_key go together");
    for (const std::string& text : pins) {
      const auto octets = from_base64(text);
      const bool fine = octets && octets->size() == sizeof(Sha256);
      section.check(fine, "pins", "a pin is the base64 of 32 octets");
      if (fine) std::ranges::copy(*octets, profile.pins.emplace_back().begin());
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace doors::xfr
