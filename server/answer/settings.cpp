#include "server/answer/settings.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "zones/base/secret_file.h"
#include "zones/base/text_encoding.h"

namespace doors {

namespace {

constexpr std::size_t max_identity_octets = 255;  ///< one character-string (RFC 1035 §3.3)

}  // namespace

ConfigResult<Identity> read_identity(Section section, const std::string& name) {
  Identity identity;
  identity.nsid = name;
  identity.id_server = name;
  const auto row = [&section](std::string_view key, std::string& value) {
    section.string(key, value).check(value.size() <= max_identity_octets, key, "must be at most 255 octets");
  };
  row("nsid", identity.nsid);
  row("id_server", identity.id_server);
  row("hostname_bind", identity.hostname_bind);
  row("version", identity.version);
  return section.finish(std::move(identity));
}

std::optional<CookieSecret> parse_cookie_secret(std::string_view text) {
  const auto octets = from_hex(text);
  CookieSecret secret;
  if (!octets || octets->size() != secret.size()) return std::nullopt;
  std::copy(octets->begin(), octets->end(), secret.begin());
  return secret;
}

ConfigResult<CookieSettings> read_cookies(Section section) {
  CookieSettings settings;
  std::vector<std::string> secrets;
  std::filesystem::path file;
  std::string demand = "never";
  section.boolean("enabled", settings.enabled)
      .strings("secrets", secrets)
      .path("secret_file", file)
      .one_of("demand", demand, {"never", "load", "always"})
      .check(secrets.empty() || file.empty(), "secret_file", "cannot be set beside secrets");
  std::string_view key = "secrets";
  if (!file.empty()) {
    key = "secret_file";
    auto read = read_secret_file(file);
    section.check(read.has_value(), key, read ? "" : read.error().message);
    if (read) secrets = *std::move(read);
    section.check(!secrets.empty(), key, "has no secret in it");
  }
  section.check(secrets.size() <= Cookies::max_secrets, key, "must be one or two secrets");
  for (const std::string& text : secrets) {
    const auto secret = parse_cookie_secret(text);
    section.check(secret.has_value(), key, "each must be 32 hexadecimal digits");
    if (secret && settings.cookies.count < Cookies::max_secrets) {
      settings.cookies.secrets[settings.cookies.count++] = *secret;
    }
  }
  settings.cookies.demand = demand == "always" ? Cookies::Demand::always
                            : demand == "load" ? Cookies::Demand::under_load
                                               : Cookies::Demand::never;
  return section.finish(settings);
}

ConfigResult<Name> read_report(Section section) {
  std::string text;
  section.string("agent", text);
  Name agent;
  if (!text.empty()) {
    auto parsed = Name::parse(text);
    section.check(parsed.has_value(), "agent", parsed ? "" : parsed.error().message);
    if (parsed) agent = *parsed;
  }
  agent.make_canonical();
  return section.finish(agent);
}

}  // namespace doors
