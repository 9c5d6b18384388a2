#include "zones/tsig/key_config.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "zones/base/secret_file.h"
#include "zones/base/text_encoding.h"

namespace doors {

namespace {

/// The secret as base64, from where the config says; "" with an error noted if it says nothing of use.
std::string secret_text(Section& section) {
  std::string secret;
  std::filesystem::path file;
  section.string("secret", secret).path("secret_file", file);
  section.check(section.has("secret") != section.has("secret_file"), "secret",
                "either secret or secret_file is wanted");
  if (file.empty()) return secret;
  auto secrets = read_secret_file(file);
  section.check(secrets.has_value(), "secret_file", secrets ? "" : secrets.error().message);
  if (!secrets) return {};
  section.check(secrets->size() == 1, "secret_file", "must hold one secret");
  return secrets->empty() ? std::string() : secrets->front();
}

TsigKey read_key(Section& section) {
  TsigKey key;
  std::string name;
  std::string algorithm = "hmac-sha256";
  bool md5 = false;
  section.string("name", name).string("algorithm", algorithm).boolean("md5", md5);
  const auto parsed = Name::parse(name);
  section.check(parsed.has_value(), "name", parsed ? "" : parsed.error().message);
  if (parsed) key.name = *parsed;

  const auto known = parse_tsig_algorithm(algorithm);
  key.algorithm = known.value_or(key.algorithm);
  section
      .check(known.has_value(), "algorithm",
             "must be hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384 or hmac-sha512")
      .check(key.algorithm != TsigAlgorithm::hmac_md5 || md5, "algorithm",
             "hmac-md5 must not be used any more (RFC 8945 §6), unless md5 = true says that it has to be")
      .number("least_mac", key.least_mac, {0, static_cast<std::int64_t>(mac_octets(key.algorithm))});

  auto secret = from_base64(secret_text(section));
  section.check(secret && !secret->empty(), section.has("secret") ? "secret" : "secret_file",
                "is not base64");
  if (secret) key.secret = *std::move(secret);
  return key;
}

}  // namespace

std::vector<TsigKey> read_tsig_keys(Section& file) {
  std::vector<TsigKey> keys;
  for (Section& section : file.tables("key")) {
    TsigKey key = read_key(section);
    const bool twice =
        std::any_of(keys.begin(), keys.end(), [&](const TsigKey& other) { return other.name == key.name; });
    section.check(!twice, "name", "is another key's already");
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace doors
