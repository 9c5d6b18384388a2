#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/trust/keys.h"
#include "sync/trust/signature.h"
#include "zones/base/config.h"
#include "zones/dns/name.h"

namespace doors {

/// Which zones a publisher may sign: "*" every zone, "example." that zone alone, "*.example." every zone
/// below it but not itself.
class ZonePattern {
 public:
  [[nodiscard]] static Result<ZonePattern> parse(std::string_view text);
  [[nodiscard]] bool matches(NameView zone) const noexcept;
  /// As it is written.
  [[nodiscard]] std::string to_string() const;

 private:
  enum class Kind : std::uint8_t { every, exactly, below };
  ZonePattern(Kind kind, const Name& name) noexcept : kind_(kind), name_(name) {}
  Kind kind_;
  Name name_;
};

/// One `[[publisher]]`: a key and its zones.
struct Publisher {
  PublicKey key;
  std::vector<ZonePattern> zones;
};
/// Reads `key` (base64, must be there) and `zones` (default ["*"]).
[[nodiscard]] ConfigResult<Publisher> read_publisher(Section section);

/// Who may sign what. Immutable; any thread.
class Policy {
 public:
  Policy() = default;
  explicit Policy(std::vector<Publisher> publishers) : publishers_(std::move(publishers)) {}
  /// The key of that id; null if no publisher has it.
  [[nodiscard]] const PublicKey* key(const KeyId& id) const noexcept;
  [[nodiscard]] bool may_sign(const KeyId& id, NameView zone) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return publishers_.empty(); }
  [[nodiscard]] const std::vector<Publisher>& publishers() const noexcept { return publishers_; }

 private:
  std::vector<Publisher> publishers_;
};

/// Checks signed versions against a policy. It remembers the last root it has proved, so that the 100,000
/// zones of one push cost one Ed25519 verification. Borrows the policy. One thread.
class Verifier {
 public:
  explicit Verifier(const Policy& policy) noexcept : policy_(&policy) {}
  /// The version, once its record, path, signature and publisher's right to that zone are proved. The error
  /// says which of them failed.
  [[nodiscard]] Result<Version> verify(const SignedVersion& signed_version);
  /// The same for a version already decoded from the record whose leaf and root are known.
  [[nodiscard]] Result<void> verify(const Version& version, const PushSignature& push,
                                    const MerkleHash& root);

 private:
  const Policy* policy_;
  std::optional<std::pair<MerkleHash, PushSignature>> proved_;
};

}  // namespace doors
