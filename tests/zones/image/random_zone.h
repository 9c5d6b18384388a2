#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/zones/image/zone.h"
#include "zones/content/diff.h"
#include "zones/image/overlay_writer.h"

/// Random zones that change: records over a small set of names, so that names meet, signed (for the form:
/// with made-up signatures) in each way, and changed at random from version to version.
namespace doors::test {

enum class Signing { none, nsec, nsec3, opt_out };

class RandomZone {
 public:
  RandomZone(std::uint32_t seed, Signing signing, std::size_t records) : engine_(seed), signing_(signing) {
    while (records_.size() < records) records_.insert(random_record());
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
  }
  /// Relative to the origin; "@" sometimes.
  std::string random_owner() {
    static constexpr std::array<const char*, 12> labels{"a",  "b",  "c", "*",  "!", "#z",
                                                        "ns", "mx", "-", "x1", "y", "*"};
    std::string owner;
    for (std::size_t i = below(8) == 0 ? below(6) : below(4); i > 0; --i) {
      owner += (owner.empty() ? "" : ".") + std::string(labels[below(labels.size())]);
    }
    return owner.empty() ? "@" : owner;
  }
  void change(std::size_t times) {
    ++serial_;
    for (; times > 0; --times) {
      if (!records_.empty() && below(2) == 0) {
        records_.erase(std::next(records_.begin(), static_cast<std::ptrdiff_t>(below(records_.size()))));
      } else {
        records_.insert(random_record());
      }
      if (below(12) == 0) {  // all of a name
        const std::string owner = random_owner() + " ";
        std::erase_if(records_, [&](const std::string& line) { return line.starts_with(owner); });
      }
    }
    if (below(6) == 0) damage_ = static_cast<std::uint32_t>(below(1000));  // another denier is missing
  }

  [[nodiscard]] Content content() const {
    std::string text = "@ 900 SOA " + std::to_string(serial_) + " 60\n@ NS ns\n@ NS ns.elsewhere.\n";
    for (const std::string& line : records_) text += line + "\n";
    ContentBuilder builder{name(origin)};
    add(builder, text);
    if (signing_ == Signing::none) return builder.finish().value();
    return signed_content(text);
  }
  static constexpr std::string_view origin = "zone.example.";

 private:
  static void add(ContentBuilder& builder, const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) add_line(builder, line);
  }

  std::string random_record() {
    const std::string owner = random_owner();
    const std::string ttl = std::to_string(100 + 100 * below(2)) + " ";
    const std::string number = std::to_string(below(4));
    switch (below(owner == "@" ? 5 : 14)) {
      case 0:
        return owner + " " + ttl + "A " + number;
      case 1:
        return owner + " " + ttl + "AAAA " + number;
      case 2:
        return owner + " " + ttl + "TXT t" + number;
      case 3:
        return owner + " " + ttl + "MX 1 " + random_owner();
      case 4:
        return owner + " " + ttl + "SRV 1 " + random_owner();
      case 5:
        return owner + " " + ttl + "CNAME " + random_owner();
      case 6:
        return owner + " " + ttl + "SVCB 1 " + random_owner();
      case 7:
        return owner + " " + ttl + "DNAME " + random_owner();
      case 8:
      case 9:
        return owner + " " + ttl + "NS " + random_owner();
      case 10:
        return owner + " " + ttl + "NS ns." + owner;
      case 11:
        return owner + " " + ttl + "DS digest" + number;
      default:
        return owner + " " + ttl + "A " + number;
    }
  }

  /// Each RRset that is the zone's own gets a signature, and each name its NSEC or NSEC3, but for a few that
  /// are missing.
  [[nodiscard]] Content signed_content(std::string text) const {
    ContentBuilder plain_builder{name(origin)};
    add(plain_builder, text);
    const Content plain = plain_builder.finish().value();
    std::map<Name, std::set<std::string>> types;  // of names that are not occluded
    std::set<Name> empty;
    for (std::size_t i = 0; i < plain.rrset_count(); ++i) {
      const RRsetView rrset = plain.rrset(i);
      if (is_occluded(plain, rrset.owner)) continue;
      types[Name(rrset.owner)].insert(to_string(rrset.type));
      for (NameView above = rrset.owner.parent(); above.label_count() >= 2; above = above.parent())
        empty.insert(Name(above));
    }
    std::mt19937 missing(damage_);
    const auto is_missing = [&] { return damage_ != 0 && missing() % 8 == 0; };
    std::map<std::string, std::string> chain;  // hash: owner, of NSEC3
    for (const auto& [owner, its_types] : types) {
      const bool cut = its_types.contains("NS") && !(owner == name(origin));
      const std::string text_name = owner.to_string();
      for (const std::string& type : its_types) {
        if (!cut || type == "DS") text += text_name + " RRSIG " + type + "\n";
      }
      if (signing_ == Signing::nsec) {
        if (!(owner == name(origin)) && is_missing()) continue;
        text += text_name + " NSEC " + text_name + "\n" + text_name + " RRSIG NSEC\n";
      } else if (!(signing_ == Signing::opt_out && cut && !its_types.contains("DS"))) {
        chain[hash_label(owner, 1)] = text_name;
        for (NameView above = owner.view().parent(); above.label_count() >= 2; above = above.parent())
          chain[hash_label(above, 1)] = above.to_string();
      }
    }
    if (signing_ == Signing::nsec3 || signing_ == Signing::opt_out) {
      if (signing_ == Signing::nsec3) {
        for (const Name& each : empty) chain[hash_label(each, 1)] = each.to_string();
      }
      text += "@ NSEC3PARAM 1 - 0\n";
      for (const auto& [hash, owner] : chain) {
        if (owner != origin && is_missing()) continue;
        text += hash + " NSEC3 1 - " + hash + "\n" + hash + " RRSIG NSEC3\n";
      }
    }
    ContentBuilder builder{name(origin)};
    add(builder, text);
    return builder.finish().value();
  }

  static bool is_occluded(const Content& content, NameView owner) {
    for (NameView above = owner.parent(); above.label_count() >= 2; above = above.parent()) {
      const bool apex = above.label_count() == 2;
      if ((!apex && content.find(above, RRType::ns)) || content.find(above, RRType::dname)) return true;
    }
    return false;
  }

  std::mt19937 engine_;
  Signing signing_;
  std::set<std::string> records_;
  std::uint32_t serial_ = 1;
  std::uint32_t damage_ = 0;
};

/// What leads from one content to the other, as build_overlay() wants it; borrows from `changes`.
inline std::vector<RRsetEdit> edits_of(const Diff& changes) {
  std::vector<RRsetEdit> edits;
  for (const RRsetChange& change : changes.changes) {
    edits.push_back({change.before ? &*change.before : nullptr, change.after ? &*change.after : nullptr});
  }
  return edits;
}

}  // namespace doors::test
