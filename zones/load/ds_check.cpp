#include "zones/load/ds_check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <openssl/evp.h>

#include "zones/dns/rdata.h"
#include "zones/load/finding.h"
#include "zones/load/zone_keys.h"

namespace doors {

namespace {

const EVP_MD* digest_of(std::byte type) noexcept {
  switch (std::to_integer<unsigned>(type)) {
    case 1:
      return EVP_sha1();
    case 2:
      return EVP_sha256();
    case 4:
      return EVP_sha384();
    default:
      return nullptr;
  }
}

/// RFC 4034 §5.1: algorithm, and a digest of the owner name and the key; of the same key tag they are.
bool stands_for(Octets ds, NameView owner, Octets dnskey) {
  const EVP_MD* const digest = digest_of(ds[3]);
  if (digest == nullptr || ds[2] != dnskey[3]) return false;
  std::vector<std::byte> signed_octets(owner.wire().begin(), owner.wire().end());  // lower case in a content
  signed_octets.insert(signed_octets.end(), dnskey.begin(), dnskey.end());
  std::array<unsigned char, EVP_MAX_MD_SIZE> made;
  unsigned size = 0;
  if (EVP_Digest(signed_octets.data(), signed_octets.size(), made.data(), &size, digest, nullptr) != 1)
    return false;
  return std::ranges::equal(std::as_bytes(std::span(made).first(size)), ds.subspan(4));
}

bool is_deletion(RRType type, Octets rdata) noexcept {  // RFC 8078 §4: algorithm 0
  return rdata[type == RRType::cds ? 2 : 3] == std::byte{0};
}

/// The keys of an apex, found by tag or by their octets in a few steps.
class KeySet {
 public:
  explicit KeySet(const RRsetView& dnskeys) : owner_(dnskeys.owner) {
    for (const Octets dnskey : dnskeys.rdatas) {
      ascending_.push_back(dnskey);
      by_tag_.emplace_back(key_tag(dnskey), dnskey);
    }
    std::stable_sort(by_tag_.begin(), by_tag_.end(),
                     [](const Tagged& a, const Tagged& b) { return a.first < b.first; });
  }
  /// Whether DS, CDS or CDNSKEY RDATA stands for one of them.
  [[nodiscard]] bool has(RRType type, Octets rdata) const {
    if (type == RRType::cdnskey)
      return std::binary_search(ascending_.begin(), ascending_.end(), rdata, before);
    auto key = std::lower_bound(by_tag_.begin(), by_tag_.end(), load_u16(rdata.data()),
                                [](const Tagged& each, std::uint16_t tag) { return each.first < tag; });
    for (int tries = 0;
         tries < most_of_one_tag && key != by_tag_.end() && key->first == load_u16(rdata.data());
         ++tries, ++key) {
      if (stands_for(rdata, owner_, key->second)) return true;
    }
    return false;
  }

 private:
  using Tagged = std::pair<std::uint16_t, Octets>;
  static constexpr int most_of_one_tag = 16;  // more are no accident but an attack (CVE-2023-50387)
  static bool before(Octets a, Octets b) noexcept { return compare_rdata(a, b) < 0; }

  NameView owner_;
  std::vector<Octets> ascending_;
  std::vector<Tagged> by_tag_;
};

void check_wish(const RRsetView& wish, const std::optional<KeySet>& keys, std::vector<Problem>& problems) {
  const std::string type = to_string(wish.type);
  Finding stray;
  std::size_t deletions = 0;
  for (const Octets rdata : wish.rdatas) {
    if (is_deletion(wish.type, rdata)) {
      ++deletions;
    } else if (wish.type == RRType::cds && digest_of(rdata[3]) == nullptr) {
      continue;  // of a digest that cannot be made here nobody here can tell
    } else if (!keys || !keys->has(wish.type, rdata)) {
      stray.note(wish.owner, [&] { return type + " stands for no DNSKEY of the zone"; });
    }
  }
  if (deletions > 0 && wish.rdatas.size() > 1) {
    Finding both;
    both.note(wish.owner, [&] { return type + " asks for deletion and for keys"; });
    both.tell(Gate::signatures, "", problems);
  }
  const bool all = stray.count() + deletions == wish.rdatas.size();
  stray.tell(Gate::signatures, "records", problems, keys && all);
}

}  // namespace

std::vector<Problem> check_child_keys(const Content& content) {
  std::vector<Problem> problems;
  const auto dnskeys = content.find(content.origin(), RRType::dnskey);
  const auto keys = dnskeys ? std::optional<KeySet>(*dnskeys) : std::nullopt;
  for (const RRType type : {RRType::cds, RRType::cdnskey}) {
    if (const auto wish = content.find(content.origin(), type)) check_wish(*wish, keys, problems);
  }
  return problems;
}

std::vector<Problem> check_delegation_signer(const Content& parent, const Content& child) {
  const auto ds_set = parent.find(child.origin(), RRType::ds);
  if (!ds_set) return {};
  const auto dnskeys = child.find(child.origin(), RRType::dnskey);
  const auto keys = dnskeys ? std::optional<KeySet>(*dnskeys) : std::nullopt;
  bool any_known = false;
  for (const Octets ds : ds_set->rdatas) {
    any_known = any_known || digest_of(ds[3]) != nullptr;
    if (keys && keys->has(RRType::ds, ds)) return {};
  }
  if (!any_known) return {};
  std::vector<Problem> problems;
  Finding broken;
  broken.note(child.origin(), [&] {
    return dnskeys ? "no DS here stands for a DNSKEY of the zone" : "DS here, but the zone has no DNSKEY";
  });
  broken.tell(Gate::signatures, "", problems);
  return problems;
}

}  // namespace doors
