#include "zones/load/dnssec_check.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>

#include "zones/base/text_encoding.h"
#include "zones/content/zonemd.h"
#include "zones/load/denial_check.h"
#include "zones/load/ds_check.h"
#include "zones/load/finding.h"
#include "zones/load/node_walk.h"
#include "zones/load/zone_keys.h"

namespace doors {

namespace {

constexpr std::size_t max_signatures_of_one_rrset =
    16;  // more are no accident but an attack (CVE-2023-50387)
constexpr std::int32_t soon_seconds = 2 * 86'400;

/// Looks at every RRset that has to be signed, and tells what it found.
class SignatureCheck {
 public:
  SignatureCheck(const Content& content, const RRsetView& dnskeys, WallTime now)
      : content_(content),
        keys_(dnskeys),
        now_(std::chrono::floor<std::chrono::seconds>(now)),
        now_serial_(static_cast<std::uint32_t>(now_.time_since_epoch().count())) {}

  void check(DnssecReport& report) {
    NodeWalk walk(content_);
    for (ContentNode node; walk.next(node);) {
      if (node.is_authoritative()) check_node(node);
    }
    missing_.tell(Gate::signatures, "RRsets", report.problems);
    bad_.tell(Gate::signatures, "RRsets", report.problems);
    unsupported_.tell(Gate::signatures, "RRsets", report.problems, false);
    expired_.tell(Gate::expired, "RRsets", report.problems);
    early_.tell(Gate::expired, "RRsets", report.problems);
    soon_.tell(Gate::expired, "RRsets", report.problems, false);
    const bool all = !missing_.found() && !bad_.found() && !expired_.found() && !early_.found();
    if (all && seconds_left_) report.signed_until = now_ + std::chrono::seconds(*seconds_left_);
  }

 private:
  void check_node(const ContentNode& node) {
    for (std::size_t i = node.begin; i < node.end; ++i) {
      const RRsetView rrset = content_.rrset(i);
      if (rrset.type == RRType::rrsig) continue;
      // RFC 4035 §2.2: at a cut NS and glue are the child's; DS and denial are ours.
      const bool of_parent =
          rrset.type == RRType::ds || rrset.type == RRType::nsec || rrset.type == RRType::nsec3;
      if (node.is_cut && !of_parent) continue;
      check_rrset(rrset, find_rrset(content_, node, RRType::rrsig, rrset.type));
    }
  }

  void check_rrset(const RRsetView& rrset, const std::optional<RRsetView>& signatures) {
    const auto about = [&rrset](const char* words) { return words + to_string(rrset.type); };
    if (!signatures) return missing_.note(rrset.owner, [&] { return about("no RRSIG over "); });
    std::optional<std::int32_t> over;  // of the first good one that is over
    bool early = false;
    bool only_unsupported = true;
    for (const Octets rrsig : latest_first(*signatures)) {
      const auto verdict = keys_.verify(rrset, rrsig, content_.origin());
      only_unsupported = only_unsupported && verdict == ZoneKeys::Verdict::unsupported;
      if (verdict != ZoneKeys::Verdict::good) continue;
      const RrsigFields fields = parse_rrsig(rrsig);
      if (seconds_until(fields.expiration) < 0) {
        if (!over) over = seconds_until(fields.expiration);
      } else if (seconds_until(fields.inception) > 0) {
        early = true;
      } else {
        return note_good(rrset, seconds_until(fields.expiration));
      }
    }
    if (over) {
      expired_.note(rrset.owner, [&] {
        return "the signature of " + to_string(rrset.type) + " expired on " + date(*over);
      });
    } else if (early) {
      early_.note(rrset.owner,
                  [&] { return "the signature of " + to_string(rrset.type) + " is not valid yet"; });
    } else if (only_unsupported) {
      unsupported_.note(rrset.owner, [&] { return about("only RRSIGs of unknown algorithms over "); });
    } else {
      bad_.note(rrset.owner, [&] { return about("no RRSIG verifies over "); });
    }
  }

  /// Those that last longest come first, so the first good one says how long the RRset is signed.
  [[nodiscard]] std::vector<Octets> latest_first(const RRsetView& signatures) const {
    std::vector<Octets> sorted;
    for (const Octets rrsig : signatures.rdatas) {
      if (sorted.size() == max_signatures_of_one_rrset) break;
      sorted.push_back(rrsig);
    }
    std::stable_sort(sorted.begin(), sorted.end(), [this](Octets a, Octets b) {
      return seconds_until(parse_rrsig(a).expiration) > seconds_until(parse_rrsig(b).expiration);
    });
    return sorted;
  }
  void note_good(const RRsetView& rrset, std::int32_t seconds_left) {
    seconds_left_ = std::min(seconds_left_.value_or(seconds_left), seconds_left);
    if (seconds_left >= soon_seconds) return;
    soon_.note(rrset.owner, [&] {
      return "the signature of " + to_string(rrset.type) + " expires soon, on " + date(seconds_left);
    });
  }
  /// To the moment nearest to now that has these 32 bits (RFC 4034 §3.1.5: serial number arithmetic).
  [[nodiscard]] std::int32_t seconds_until(std::uint32_t moment) const noexcept {
    return static_cast<std::int32_t>(moment - now_serial_);
  }
  /// The day that is so many seconds from now: "2021-06-16".
  [[nodiscard]] std::string date(std::int32_t seconds) const {
    const auto day = std::chrono::floor<std::chrono::days>(now_ + std::chrono::seconds(seconds));
    const std::chrono::year_month_day calendar(day);
    const auto two = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return std::to_string(static_cast<int>(calendar.year())) + "-" +
           two(static_cast<unsigned>(calendar.month())) + "-" + two(static_cast<unsigned>(calendar.day()));
  }

  const Content& content_;
  ZoneKeys keys_;
  std::chrono::sys_seconds now_;
  std::uint32_t now_serial_;
  std::optional<std::int32_t> seconds_left_;  // of the good signature that ends first
  Finding missing_;
  Finding bad_;
  Finding unsupported_;
  Finding expired_;
  Finding early_;
  Finding soon_;
};

bool has_rrsig(const Content& content) noexcept {
  for (std::size_t i = 0; i < content.rrset_count(); ++i) {
    if (content.rrset(i).type == RRType::rrsig) return true;
  }
  return false;
}

bool is_signed(const Content& content, RRType type_at_apex) noexcept {
  for (std::size_t i = content.lower_bound(content.origin()); i < content.rrset_count(); ++i) {
    const RRsetView rrset = content.rrset(i);
    if (rrset.owner != content.origin()) break;
    if (rrset.type == RRType::rrsig && rrset.covered == type_at_apex) return true;
  }
  return false;
}

}  // namespace

void check_zonemd(const Content& content, std::vector<Problem>& problems) {
  const auto zonemd = content.find(content.origin(), RRType::zonemd);
  if (!zonemd) return;
  Finding wrong;
  Finding unsupported;
  bool verified = false;
  std::map<std::pair<std::byte, std::byte>, std::size_t> kinds;
  for (const Octets rdata : zonemd->rdatas) ++kinds[{rdata[4], rdata[5]}];
  for (const Octets rdata : zonemd->rdatas) {
    const auto scheme = std::to_integer<unsigned>(rdata[4]);
    const auto algorithm = std::to_integer<unsigned>(rdata[5]);
    const Octets digest = rdata.subspan(6);
    if (kinds[{rdata[4], rdata[5]}] > 1) {
      wrong.note(content.origin(), [] { return "two ZONEMD of the same scheme and algorithm"; });
    } else if (load_u32(rdata.data()) != content.serial().raw()) {
      wrong.note(content.origin(), [&] {
        return "ZONEMD is of serial " + std::to_string(load_u32(rdata.data())) + ", the SOA has " +
               std::to_string(content.serial().raw());
      });
    } else if (scheme != 1 || (algorithm != 1 && algorithm != 2)) {
      unsupported.note(content.origin(), [] { return "ZONEMD of a scheme or algorithm that is not known"; });
    } else {
      const auto computed = zonemd_digest(content, ZonemdAlgorithm{static_cast<std::uint8_t>(algorithm)});
      if (std::ranges::equal(computed, digest)) {
        verified = true;
      } else {
        wrong.note(content.origin(), [&] {
          return "ZONEMD does not match: the zone's digest is " + to_hex(computed) + ", the record says " +
                 to_hex(digest);
        });
      }
    }
  }
  if (verified) return;  // one that matches is enough
  wrong.tell(Gate::zonemd, "records", problems);
  if (!wrong.found()) unsupported.tell(Gate::zonemd, "records", problems, false);
}

DnssecReport check_dnssec(const Content& content, WallTime now) {
  DnssecReport report;
  check_zonemd(content, report.problems);
  const auto add = [&report](std::vector<Problem> problems) {
    std::move(problems.begin(), problems.end(), std::back_inserter(report.problems));
  };
  add(check_child_keys(content));
  const auto dnskeys = content.find(content.origin(), RRType::dnskey);
  const bool signatures = has_rrsig(content);
  if (dnskeys && signatures) {
    SignatureCheck(content, *dnskeys, now).check(report);
    add(check_denial(content));
  } else if (dnskeys || signatures) {
    Finding half;
    half.note(content.origin(), [&] {
      return dnskeys ? "the zone has a DNSKEY, but no RRSIG"
                     : "the zone has RRSIG records, but no DNSKEY at its apex";
    });
    half.tell(Gate::signatures, "", report.problems, is_signed(content, RRType::soa));
  }
  return report;
}

}  // namespace doors
