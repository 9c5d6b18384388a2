#include "tests/differential/signing.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "zones/base/text_encoding.h"
#include "zones/dns/nsec3_hash.h"
#include "zones/dns/rdata.h"
#include "zones/load/presentation.h"

namespace doors::test {

namespace {

using Rdata = std::vector<std::byte>;

void put_u8(Rdata& rdata, unsigned value) { rdata.push_back(static_cast<std::byte>(value)); }
void put_u16(Rdata& rdata, unsigned value) {
  put_u8(rdata, value >> 8);
  put_u8(rdata, value & 0xff);
}
void put_u32(Rdata& rdata, std::uint32_t value) {
  put_u16(rdata, value >> 16);
  put_u16(rdata, value & 0xffff);
}
void put(Rdata& rdata, Octets octets) { rdata.insert(rdata.end(), octets.begin(), octets.end()); }

/// RFC 4034 §4.1.2.
void put_bitmap(Rdata& rdata, const std::set<RRType>& types) {
  std::map<unsigned, std::array<std::byte, 32>> windows;
  for (const RRType type : types) {
    windows[raw(type) >> 8u][(raw(type) & 0xffu) / 8u] |= std::byte(0x80u >> (raw(type) & 7u));
  }
  for (const auto& [number, bits] : windows) {
    std::size_t octets = bits.size();
    while (bits[octets - 1] == std::byte{0}) --octets;
    put_u8(rdata, number);
    put_u8(rdata, static_cast<unsigned>(octets));
    put(rdata, Octets(bits).first(octets));
  }
}

constexpr unsigned algorithm = 13;
constexpr unsigned sham_octets = 64;  // of a key and of a signature of that algorithm

/// What is authoritative at one name: what its NSEC or NSEC3 tells.
struct Authority {
  std::set<RRType> types;
  bool insecure_delegation = false;
};

class Signer {
 public:
  Signer(const Content& zone, const Signing& signing)
      : zone_(zone), signing_(signing), origin_(zone.origin()), builder_(zone.origin()) {
    const auto soa = parse_soa(zone.soa().rdatas.front());
    denial_ttl_ = std::min(zone.soa().ttl, Ttl(soa->minimum));  // RFC 9077 §3
  }

  Content run() {
    for (std::size_t i = 0; i < zone_.rrset_count(); ++i) copy(zone_.rrset(i));
    add_key();
    switch (signing_.denial) {
      case Signing::Denial::none:
        break;
      case Signing::Denial::nsec:
        add_nsec_chain();
        break;
      case Signing::Denial::both:
        add_nsec_chain();
        add_nsec3_chain();
        break;
      case Signing::Denial::nsec3:
      case Signing::Denial::opt_out:
        add_nsec3_chain();
        break;
    }
    auto content = builder_.finish();
    if (!content) throw std::runtime_error(content.error().message);
    return std::move(*content);
  }

 private:
  void add(NameView owner, RRType type, Ttl ttl, Octets rdata) {
    if (const auto added = builder_.add(owner, type, ttl, rdata); !added)
      throw std::runtime_error(added.error().message);
  }

  /// Copies an RRset and signs it if it is authoritative. They come in canonical order: what covers a name
  /// comes before it.
  void copy(const RRsetView& rrset) {
    for (const Octets rdata : rrset.rdatas) add(rrset.owner, rrset.type, rrset.ttl, rdata);
    const NameView owner = rrset.owner;
    if (covered_ && owner != *covered_ && owner.is_at_or_below(*covered_)) return;  // occluded
    const bool delegated = owner != origin_.view() && zone_.find(owner, RRType::ns).has_value();
    if (delegated || zone_.find(owner, RRType::dname)) covered_ = Name(owner);
    Authority& here = names_[Name(owner)];
    if (!delegated || rrset.type == RRType::ds) {
      here.types.insert(rrset.type);
      sign_rrset(owner, rrset.type, rrset.ttl, here);
    } else if (rrset.type == RRType::ns) {
      here.types.insert(RRType::ns);
      here.insecure_delegation = !zone_.find(owner, RRType::ds).has_value();
    }
  }

  void sign_rrset(NameView owner, RRType type, Ttl ttl, Authority& here) {
    const bool is_data = type != RRType::soa && type != RRType::nsec && type != RRType::nsec3;
    if (signing_.leaves_gaps && is_data && ++signed_ % 5 == 0) return;
    here.types.insert(RRType::rrsig);
    Rdata rdata;
    put_u16(rdata, raw(type));
    put_u8(rdata, algorithm);
    put_u8(rdata, static_cast<unsigned>(owner.label_count() - (owner.is_wildcard() ? 1 : 0)));
    put_u32(rdata, ttl.raw());
    put_u32(rdata, 2'000'000'000);  // expires in 2033
    put_u32(rdata, 1'700'000'000);
    put_u16(rdata, 4711);
    put(rdata, origin_.wire());
    rdata.insert(rdata.end(), sham_octets, std::byte{0x51});
    add(owner, RRType::rrsig, ttl, rdata);
  }
  void add_signed(NameView owner, RRType type, Ttl ttl, const Rdata& rdata, Authority& here) {
    add(owner, type, ttl, rdata);
    here.types.insert(type);
    sign_rrset(owner, type, ttl, here);
  }

  void add_key() {
    Rdata rdata;
    put_u16(rdata, 257);
    put_u8(rdata, 3);
    put_u8(rdata, algorithm);
    rdata.insert(rdata.end(), sham_octets, std::byte{0x4b});
    add_signed(origin_, RRType::dnskey, Ttl(3600), rdata, names_[origin_]);
  }

  void add_nsec_chain() {
    for (auto here = names_.begin(); here != names_.end(); ++here) {
      const auto next = std::next(here) == names_.end() ? names_.begin() : std::next(here);
      here->second.types.insert({RRType::nsec, RRType::rrsig});
      Rdata rdata;
      put(rdata, next->first.wire());
      put_bitmap(rdata, here->second.types);
      add_signed(here->first, RRType::nsec, denial_ttl_, rdata, here->second);
    }
  }

  /// What stands at the start of NSEC3 and NSEC3PARAM alike.
  void put_parameters(Rdata& rdata, unsigned flags) const {
    put_u8(rdata, 1);
    put_u8(rdata, flags);
    put_u16(rdata, signing_.iterations);
    put_u8(rdata, static_cast<unsigned>(signing_.salt.size()));
    put(rdata, octets_of(signing_.salt));
  }

  void add_nsec3_chain() {
    const bool opt_out = signing_.denial == Signing::Denial::opt_out;
    Rdata parameters;
    put_parameters(parameters, 0);
    add_signed(origin_, RRType::nsec3param, Ttl(0), parameters, names_[origin_]);

    std::map<Name, std::set<RRType>> covered;  // with the empty non-terminals above them
    for (const auto& [name, here] : names_) {
      if (opt_out && here.insecure_delegation) continue;
      covered[name] = here.types;
      for (NameView above = name.view(); above.size() > origin_.view().size(); above = above.parent()) {
        covered.try_emplace(Name(above));
      }
    }
    std::map<Nsec3Hash, std::set<RRType>> chain;
    for (const auto& [name, types] : covered) {
      chain[nsec3_hash(name, signing_.iterations, octets_of(signing_.salt))] = types;
    }
    for (auto here = chain.begin(); here != chain.end(); ++here) {
      const auto next = std::next(here) == chain.end() ? chain.begin() : std::next(here);
      Rdata rdata;
      put_parameters(rdata, opt_out ? 1 : 0);
      put_u8(rdata, nsec3_hash_octets);
      put(rdata, next->first);
      put_bitmap(rdata, here->second);
      const std::string label = to_base32hex(here->first);
      const Name owner = *Name::join(octets_of(static_cast<char>(label.size()) + label), origin_);
      Authority itself;
      add_signed(owner, RRType::nsec3, denial_ttl_, rdata, itself);
    }
  }

  const Content& zone_;
  const Signing& signing_;
  Name origin_;
  ContentBuilder builder_;
  Ttl denial_ttl_;
  std::optional<Name> covered_;  // the topmost zone cut or DNAME owner last met
  std::map<Name, Authority> names_;
  unsigned signed_ = 0;
};

/// A name as every peer reads it: Knot wants more escaped than others, and NSD no backslash behind another.
std::string plain_name(NameView name) {
  std::string text;
  for (; !name.is_root(); name = name.parent()) {
    for (const std::byte octet : name.first_label()) {
      const auto value = std::to_integer<unsigned>(octet);
      const char digits[] = {'\\', static_cast<char>('0' + value / 100),
                             static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
      const auto letter = static_cast<char>(value);
      const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                         std::string_view("-_*/").find(letter) != std::string_view::npos;
      text += plain ? std::string(1, letter) : std::string(digits, sizeof digits);
    }
    text += '.';
  }
  return text.empty() ? "." : text;
}

}  // namespace

Content sign(const Content& zone, const Signing& signing) { return Signer(zone, signing).run(); }

std::string zone_text(const Content& zone) {
  std::string text;
  const auto write = [&text](const RRsetView& rrset) {
    const std::string head = plain_name(rrset.owner) + " " + std::to_string(rrset.ttl.raw()) + " IN " +
                             to_string(rrset.type) + " ";
    for (const Octets rdata : rrset.rdatas) {
      text += head;
      text += rrset.type == RRType::nsec ? "\\# " + std::to_string(rdata.size()) + " " + to_hex(rdata)
                                         : rdata_to_presentation(rrset.type, rdata);
      text += "\n";
    }
  };
  write(zone.soa());
  for (std::size_t i = 0; i < zone.rrset_count(); ++i) {
    if (const RRsetView rrset = zone.rrset(i); rrset.type != RRType::soa) write(rrset);
  }
  return text;
}

}  // namespace doors::test
