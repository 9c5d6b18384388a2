#include "sync/ctl/doctor_checks.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fnmatch.h>

namespace doors::ctl {
namespace {

using Health = Finding::Health;

constexpr std::uint32_t longest_hold_time = 9;  // s

/// Words parted by single blanks, '{', '}' and ';' words of their own; comments left out.
std::string words_of(std::string_view config, char comment) {
  std::string words;
  bool in_comment = false;
  for (const char c : config) {
    if (c == '\n') in_comment = false;
    if (c == comment) in_comment = true;
    if (in_comment) continue;
    const bool alone = c == '{' || c == '}' || c == ';';
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if ((alone || blank) && !words.empty() && words.back() != ' ') words += ' ';
    if (alone) (words += c) += ' ';
    if (!alone && !blank) words += c;
  }
  return words + ' ';
}

bool has(const std::string& words, std::string_view phrase) {
  return words.find(std::string(phrase) + ' ') != std::string::npos;
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The word behind each `phrase`.
std::vector<std::string> behind(const std::string& words, std::string_view phrase) {
  std::vector<std::string> found;
  for (std::size_t at = words.find(phrase); at != std::string::npos; at = words.find(phrase, at + 1)) {
    const std::size_t begin = at + phrase.size();
    found.push_back(words.substr(begin, words.find(' ', begin) - begin));
  }
  return found;
}

std::optional<std::uint32_t> number_behind(const std::string& words, std::string_view phrase) {
  const auto found = behind(words, phrase);
  return found.empty() ? std::nullopt : number(found.front());
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// From `begin` to the '}' that closes the first block there; without one, to the end.
std::string_view block_at(std::string_view words, std::size_t begin) {
  int depth = 0;
  for (std::size_t at = begin; at < words.size(); ++at) {
    if (words[at] == '{') ++depth;
    if (words[at] == '}' && --depth <= 0) return words.substr(begin, at + 1 - begin);
  }
  return words.substr(begin);
}

/// Whether a pattern in quotes there names the interface; of BIRD's patterns, one behind '-' excludes.
bool names_interface(std::string_view block, const std::string& interface) {
  const auto parts = split(block, '"');
  for (std::size_t i = 1; i + 1 < parts.size(); i += 2) {
    if (::fnmatch(std::string(parts[i]).c_str(), interface.c_str(), 0) == 0)
      return !parts[i - 1].ends_with('-');
  }
  return false;
}

/// Gathers findings about one thing.
class Report {
 public:
  explicit Report(std::string check) : check_(std::move(check)) {}
  /// `good`, or else `bad` with its remedy.
  void expect(bool fine, Health otherwise, std::string good, std::string bad, std::string remedy) {
    if (fine)
      findings_.push_back({Health::fine, check_, std::move(good), ""});
    else
      findings_.push_back({otherwise, check_, std::move(bad), std::move(remedy)});
  }
  [[nodiscard]] std::vector<Finding> take() { return std::move(findings_); }

 private:
  std::string check_;
  std::vector<Finding> findings_;
};

void expect_hold_time(Report& report, std::optional<std::uint32_t> seconds, const std::string& remedy) {
  report.expect(seconds && *seconds <= longest_hold_time, Health::warning,
                "hold time " + std::to_string(seconds.value_or(0)) + " s",
                seconds ? "the hold time is " + std::to_string(*seconds) + " s" : "no hold time is set",
                remedy);
}

/// Each distinct prefix that is announced.
std::vector<IpPrefix> announced(const DoorFacts& facts) {
  std::vector<IpPrefix> prefixes;
  for (const DoorFacts::Service& service : facts.services) {
    if (service.prefix && std::ranges::find(prefixes, *service.prefix) == prefixes.end())
      prefixes.push_back(*service.prefix);
  }
  return prefixes;
}

}  // namespace

std::string_view to_string(Finding::Health health) noexcept {
  return health == Health::fine ? "fine" : health == Health::warning ? "warning" : "fault";
}

ConfigResult<DoorFacts> read_door_facts(Section root) {
  DoorFacts facts;
  root.table("node").string("pop", facts.pop);
  for (Section& section : root.tables("service")) {
    std::string address;
    std::string prefix;
    section.string("address", address).string("prefix", prefix);
    const auto where = ServiceAddress::parse(address);
    section.check(where.has_value(), "address", "is no ADDRESS:PORT");
    DoorFacts::Service service;
    if (where) service.address = where->address;
    if (!prefix.empty()) {
      const auto parsed = IpPrefix::parse(prefix);
      section.check(parsed.has_value(), "prefix", "is no prefix");
      if (parsed) service.prefix = *parsed;
    }
    facts.services.push_back(service);
    if (!where || (!prefix.empty() && !service.prefix)) return Unexpected(*section.error());
  }
  std::string up = "door-up";
  std::string far = "door-far";
  std::string drain = "door-drain";
  Section lease = root.table("lease");
  lease.string("up", up).string("far", far).string("drain", drain).boolean("create", facts.makes_interfaces);
  for (const std::string& lane : {up, far, drain}) {
    if (!up.empty() && !lane.empty()) facts.lanes.push_back(lane);
  }
  const auto names = [&root](const char* table) {
    std::string socket;
    root.table(table).string("socket", socket);
    return !socket.empty();
  };
  facts.has_bird = names("bird");
  facts.has_frr = names("frr");
  facts.has_exabgp = names("exabgp");
  facts.has_command = root.table("command").has("run");
  root.table("exabgp").number("origin_as", facts.exabgp_as, {0, 4'294'967'295});
  return facts;
}

std::optional<std::uint32_t> bird_origin_as(std::string_view config) {
  return number_behind(words_of(config, '#'), "define ORIGIN_AS = ");
}

std::optional<std::uint32_t> frr_origin_as(std::string_view config) {
  return number_behind(words_of(config, '!'), "router bgp ");
}

std::vector<Finding> check_bird(std::string_view config, const DoorFacts& facts) {
  const std::string words = words_of(config, '#');
  Report report("bird");
  std::vector<std::string_view> direct;
  for (std::size_t at = words.find("protocol direct "); at != std::string::npos;
       at = words.find("protocol direct ", at + 1)) {
    direct.push_back(block_at(words, at));
  }
  bool is_disabled = false;
  for (const std::string& lane : facts.lanes) {
    bool is_followed = false;
    for (const std::string_view block : direct) {
      if (!names_interface(block, lane)) continue;
      is_followed = true;
      is_disabled = is_disabled || has(std::string(block), " disabled");
    }
    report.expect(is_followed, Health::fault, "follows " + lane, "no `protocol direct` follows " + lane,
                  "include bird-door.conf, or name the interface there");
  }
  report.expect(
      !is_disabled, Health::fault, "protocol direct is enabled",
      "a `protocol direct` is disabled in the config",
      "take `disabled` out: doorkeeper says at run time what it wants, and `configure` forgets that");
  report.expect(
      has(words, "protocol bfd") && (has(words, "bfd on") || has(words, "bfd yes")), Health::warning,
      "BFD towards neighbours", "no BFD towards neighbours",
      "`bfd on` in the sessions and a `protocol bfd`: a frozen BIRD is noticed within 300 ms instead of 9 s");
  std::optional<std::uint32_t> hold;
  for (std::size_t at = words.find("hold time "); at != std::string::npos && !hold;
       at = words.find("hold time ", at + 1)) {
    if (!std::string_view(words).substr(0, at).ends_with("startup "))
      hold = number_behind(words.substr(at), "hold time ");
  }
  expect_hold_time(report, hold, "`hold time 9` in the sessions");
  report.expect(has(words, "graceful restart off"), Health::warning, "graceful restart is off",
                "graceful restart is not off",
                "`graceful restart off` in the sessions: it would keep a dead PoP's routes");
  report.expect(bird_origin_as(config).has_value(), Health::warning, "the origin AS is known",
                "no `define ORIGIN_AS = NUMBER;`", "include bird-door.conf and define what it needs");
  return report.take();
}

std::vector<Finding> check_frr(std::string_view config, const DoorFacts& facts) {
  const std::string words = words_of(config, '!');
  Report report("frr");
  report.expect(
      has(words, "redistribute connected route-map"), Health::fault, "takes leases up, by a route map",
      "no `redistribute connected route-map …`",
      "cat frr-door.conf frr-pop.conf >/etc/frr/frr.conf; without a route map every interface is announced");
  for (const std::string& lane : facts.lanes) {
    report.expect(has(words, "match interface " + lane), Health::fault, "follows " + lane,
                  "no route map matches interface " + lane,
                  "take frr-door.conf as it is, or name the interface there");
  }
  const bool bfd = std::ranges::any_of(split(config, '\n'), [](std::string_view line) {
    const std::string own = words_of(line, '!');
    return own.starts_with("neighbor ") && own.find(" bfd ") != std::string::npos;
  });
  report.expect(bfd, Health::warning, "BFD towards neighbours", "no BFD towards neighbours",
                "`neighbor … bfd profile door`");
  std::optional<std::uint32_t> hold;
  for (const std::string& keepalive : behind(words, " timers ")) {
    if (number(keepalive)) hold = number_behind(words, " timers " + keepalive + ' ');
  }
  expect_hold_time(report, hold, "`neighbor … timers 3 9`");
  report.expect(has(words, "bgp graceful-restart-disable"), Health::warning, "graceful restart is off",
                "graceful restart is not off",
                "`bgp graceful-restart-disable`: it would keep a dead PoP's routes");
  return report.take();
}

std::vector<Finding> check_prefixes(const DoorFacts& facts) {
  std::vector<Finding> findings;
  for (const IpPrefix& prefix : announced(facts)) {
    const unsigned longest = prefix.address.is_v6() ? 48 : 24;
    Report report("prefix " + prefix.to_string());
    report.expect(prefix.length <= longest, Health::warning, "short enough for the world",
                  "longer than /" + std::to_string(longest) + ", which most networks do not take",
                  "announce a /" + std::to_string(longest) + "; inside one network of your own it may stay");
    std::ranges::move(report.take(), std::back_inserter(findings));
  }
  return findings;
}

std::vector<Finding> check_roas(std::string_view csv, const DoorFacts& facts,
                                std::optional<std::uint32_t> origin_as) {
  std::vector<Finding> findings;
  for (const IpPrefix& prefix : announced(facts)) {
    bool covered = false;
    bool valid = false;
    bool loose = false;
    for (const std::string_view line : split(csv, '\n')) {
      const auto fields = split(line, ',');
      if (fields.size() < 3) continue;
      const std::string_view as = fields[0].starts_with("AS") ? fields[0].substr(2) : fields[0];
      const auto roa = IpPrefix::parse(fields[1]);
      std::string_view last = fields[2];
      if (last.ends_with('\r')) last.remove_suffix(1);
      const auto most = number(last);
      const auto from = number(as);
      if (!roa || !most || !from || roa->length > prefix.length || !roa->contains(prefix.address)) continue;
      covered = true;
      if (origin_as && *from != *origin_as) continue;
      valid = valid || prefix.length <= *most;
      loose = loose || *most > prefix.length;
    }
    const std::string as = origin_as ? "AS " + std::to_string(*origin_as) : "any AS";
    Report report("roa " + prefix.to_string());
    report.expect(valid, covered ? Health::fault : Health::warning, "valid for " + as,
                  covered ? "invalid for " + as + ": many networks drop it" : "no ROA covers it",
                  "a ROA for " + as + " with maxLength " + std::to_string(prefix.length));
    if (loose) {
      report.expect(false, Health::warning, "", "maxLength allows more than is announced",
                    "maxLength " + std::to_string(prefix.length) +
                        ": else anybody who forges the AS wins by a longer one");
    }
    std::ranges::move(report.take(), std::back_inserter(findings));
  }
  return findings;
}

std::vector<Finding> check_origins(std::string_view list, const DoorFacts& facts,
                                   std::optional<std::uint32_t> origin_as) {
  std::map<std::uint32_t, std::string> pops;
  std::optional<std::uint32_t> listed;
  Report report("origins");
  for (const std::string_view line : split(list, '\n')) {
    const std::string words = words_of(line, '#');
    const auto parts = split(words, ' ');
    const auto as = parts.size() >= 2 ? number(parts[1]) : std::nullopt;
    if (!as) continue;
    if (parts[0] == facts.pop) listed = as;
    const auto [other, is_new] = pops.emplace(*as, parts[0]);
    if (!is_new && other->second != parts[0]) {
      report.expect(
          false, Health::fault, "",
          other->second + " and " + std::string(parts[0]) + " share AS " + std::to_string(*as),
          "one origin AS per PoP (RFC 6382): with one for all, BGP's loop check hides the other PoPs");
    }
  }
  report.expect(listed && (!origin_as || *origin_as == *listed), Health::fault,
                "this PoP's AS is its own: " + std::to_string(listed.value_or(0)),
                listed ? "the list says AS " + std::to_string(*listed) + ", the BGP speaker AS " +
                             std::to_string(origin_as.value_or(0))
                       : "PoP " + facts.pop + " is not in the list",
                "a line \"" + facts.pop + " AS\" with the AS that the BGP speaker announces from");
  return report.take();
}

}  // namespace doors::ctl
