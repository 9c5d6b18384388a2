#include "sync/trust/policy.h"

#include <algorithm>

namespace doors {

Result<ZonePattern> ZonePattern::parse(std::string_view text) {
  if (text == "*") return ZonePattern(Kind::every, Name());
  const bool below = text.starts_with("*.");
  if (below && text.size() > 2) text.remove_prefix(2);
  auto name = Name::parse(text);
  if (!name) return failure("\"" + std::string(text) + "\" is no zone name: " + name.error().message);
  return ZonePattern(below ? Kind::below : Kind::exactly, *name);
}

bool ZonePattern::matches(NameView zone) const noexcept {
  switch (kind_) {
    case Kind::every:
      return true;
    case Kind::exactly:
      return name_ == zone;
    case Kind::below:
      return zone.is_at_or_below(name_) && zone.size() != name_.wire().size();
  }
  __builtin_unreachable();
}

std::string ZonePattern::to_string() const {
  switch (kind_) {
    case Kind::every:
      return "*";
    case Kind::exactly:
      return name_.to_string();
    case Kind::below:
      return "*." + name_.to_string();
  }
  __builtin_unreachable();
}

ConfigResult<Publisher> read_publisher(Section section) {
  std::string key_text;
  std::vector<std::string> zones{"*"};
  section.string("key", key_text).strings("zones", zones);
  const auto key = PublicKey::from_base64(key_text);
  section.check(key.has_value(), "key", key ? "" : key.error().message);
  std::vector<ZonePattern> patterns;
  for (const std::string& zone : zones) {
    auto pattern = ZonePattern::parse(zone);
    section.check(pattern.has_value(), "zones", pattern ? "" : pattern.error().message);
    if (pattern) patterns.push_back(*pattern);
  }
  if (const auto error = section.error()) return Unexpected(*error);
  return Publisher{*key, std::move(patterns)};
}

const PublicKey* Policy::key(const KeyId& id) const noexcept {
  const auto found =
      std::ranges::find_if(publishers_, [&](const Publisher& one) { return one.key.id() == id; });
  return found == publishers_.end() ? nullptr : &found->key;
}

bool Policy::may_sign(const KeyId& id, NameView zone) const noexcept {
  return std::ranges::any_of(publishers_, [&](const Publisher& one) {
    return one.key.id() == id &&
           std::ranges::any_of(one.zones, [&](const ZonePattern& pattern) { return pattern.matches(zone); });
  });
}

Result<Version> Verifier::verify(const SignedVersion& signed_version) {
  auto version = Version::decode(signed_version.record);
  if (!version) return Unexpected(std::move(version).error());
  const auto root = merkle_root_of(signed_version.hash(), signed_version.index, signed_version.push.count,
                                   signed_version.path);
  if (!root) return failure("the audit path does not fit the push");
  if (auto proved = verify(*version, signed_version.push, *root); !proved) {
    return Unexpected(std::move(proved).error());
  }
  return version;
}

Result<void> Verifier::verify(const Version& version, const PushSignature& push, const MerkleHash& root) {
  if (version.publisher != push.publisher)
    return failure("the record names another publisher than the signature");
  const PublicKey* key = policy_->key(push.publisher);
  if (key == nullptr) return failure("no publisher has the key " + to_string(push.publisher));
  if (!policy_->may_sign(push.publisher, version.zone)) {
    return failure("the key " + to_string(push.publisher) + " may not publish " + version.zone.to_string());
  }
  if (!proved_ || proved_->first != root || proved_->second != push) {
    if (!verify_root(root, push, *key)) return failure("bad signature");
    proved_.emplace(root, push);
  }
  return {};
}

}  // namespace doors
