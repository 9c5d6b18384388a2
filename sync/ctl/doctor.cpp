#include "sync/ctl/doctor.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/timex.h>

#include "sync/ctl/doctor_checks.h"
#include "sync/ctl/report.h"
#include "sync/ctl/session.h"
#include "zones/base/file.h"

namespace doors::ctl {
namespace {

using Health = Finding::Health;

constexpr std::size_t largest_file = std::size_t{64} << 20;  // a validator's CSV of all ROAs has 30 MiB
constexpr int most_includes = 16;
constexpr std::uint64_t wanted_buffer = std::uint64_t{4} << 20;  // octets, of an UDP socket of doord
constexpr std::uint64_t wanted_files = 16'384;

std::optional<std::string> text_of(const std::filesystem::path& path) {
  auto text = read_text_file(path, largest_file);
  return text ? std::optional(*std::move(text)) : std::nullopt;
}

/// A number that a file of /proc or /sys begins with.
std::optional<std::uint64_t> number_in(const std::string& path, int base = 10) {
  const auto text = text_of(path);
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  if (base == 16 && digits.starts_with("0x")) digits.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

constexpr std::string_view include_words = "include \"";

/// The next `include "` that begins a line.
std::size_t next_include(const std::string& text, std::size_t from) {
  std::size_t at = text.find(include_words, from);
  while (at != std::string::npos) {
    const std::size_t before = at == 0 ? std::string::npos : text.find_last_not_of(" \t", at - 1);
    if (before == std::string::npos || text[before] == '\n') return at;
    at = text.find(include_words, at + 1);
  }
  return at;
}

/// BIRD's config with its `include "FILE";` in place, where they can be read and hold no pattern.
std::string with_includes(const std::filesystem::path& path, std::string text) {
  std::size_t at = 0;
  for (int i = 0; i < most_includes; ++i) {
    at = next_include(text, at);
    if (at == std::string::npos) break;
    const std::size_t begin = at + include_words.size();
    const std::size_t end = text.find('"', begin);
    if (end == std::string::npos) break;
    const auto included = text_of(path.parent_path() / text.substr(begin, end - begin));
    if (included)
      text.replace(at, end + 1 - at, *included + "\n");
    else
      at = end;
  }
  return text;
}

class Doctor {
 public:
  Doctor(const Settings& settings, const DoctorOptions& options, DoorFacts facts)
      : settings_(settings), options_(options), facts_(std::move(facts)) {}

  std::vector<Finding> examine() {
    speakers();
    interfaces();
    addresses();
    kernel();
    add(check_prefixes(facts_));
    if (!options_.roas.empty()) from_file("roa", options_.roas, check_roas);
    if (!options_.origins.empty()) from_file("origins", options_.origins, check_origins);
    return std::move(findings_);
  }

 private:
  void add(std::vector<Finding> findings) { std::ranges::move(findings, std::back_inserter(findings_)); }
  void say(bool fine, Health otherwise, std::string check, std::string words, std::string remedy) {
    findings_.push_back(
        {fine ? Health::fine : otherwise, std::move(check), std::move(words), fine ? "" : std::move(remedy)});
  }

  template <class Check>
  void from_file(const char* name, const std::filesystem::path& path, Check check) {
    if (const auto text = text_of(path)) return add(check(*text, facts_, origin_as_));
    say(false, Health::fault, name, "cannot read " + path.string(), "name a file that is there");
  }

  void speakers() {
    if (facts_.lanes.empty())
      return say(false, Health::warning, "speaker", "[lease] up is empty: nothing is announced here",
                 "name the lease interfaces in doorkeeper.toml");
    if (facts_.has_exabgp && facts_.exabgp_as != 0) origin_as_ = facts_.exabgp_as;
    if (facts_.has_bird) {
      const auto text = text_of(options_.bird);
      say(text.has_value(), Health::fault, "bird",
          (text ? "config is " : "cannot read ") + options_.bird.string(),
          "name BIRD's config by --bird, and run as a user that may read it");
      if (text) {
        const std::string config = with_includes(options_.bird, *text);
        origin_as_ = bird_origin_as(config);
        std::vector<Finding> findings = check_bird(config, facts_);
        if (next_include(config, 0) != std::string::npos) {  // what is missed may stand there
          for (Finding& finding : findings) {
            if (finding.health == Health::fault) finding.health = Health::warning;
          }
          say(false, Health::warning, "bird", "not each `include` was followed",
              "look there yourself: patterns are not followed, nor what cannot be read");
        }
        add(std::move(findings));
      }
    }
    if (facts_.has_frr) {
      const auto text = text_of(options_.frr);
      say(text.has_value(), Health::fault, "frr",
          (text ? "config is " : "cannot read ") + options_.frr.string(),
          "name FRR's config by --frr, and run as a user that may read it");
      if (text) {
        origin_as_ = frr_origin_as(*text);
        add(check_frr(*text, facts_));
      }
    }
    if (facts_.has_exabgp)
      say(facts_.exabgp_as != 0, Health::warning, "exabgp",
          "[exabgp] origin_as is " + std::to_string(facts_.exabgp_as),
          "set it: without, `doorctl weight far` announces as usual");
    if (!facts_.has_bird && !facts_.has_frr && !facts_.has_exabgp && !facts_.has_command)
      say(false, Health::warning, "speaker", "no BGP speaker is named: the lease alone",
          "[bird] socket, [frr] socket, [exabgp] socket or [command] run in doorkeeper.toml");
  }

  void interfaces() {
    for (const std::string& lane : facts_.lanes) {
      const std::string check = "interface " + lane;
      const std::filesystem::path device = std::filesystem::path("/sys/class/net") / lane;
      std::error_code ignored;
      if (!std::filesystem::exists(device, ignored)) {
        say(facts_.makes_interfaces, Health::fault, check, "is not there",
            "ip link add " + lane + " type dummy && ip link set " + lane + " up; or [lease] create = true");
        continue;
      }
      const auto flags = number_in(device / "flags", 16);
      say(flags && (*flags & IFF_UP) != 0, Health::fault, check,
          flags && (*flags & IFF_UP) != 0 ? "is up" : "is down", "ip link set " + lane + " up");
      const bool carries = std::filesystem::exists(device / "device", ignored) ||
                           !std::filesystem::is_empty(device / "brif", ignored);
      say(!carries || !!ignored, Health::fault, check,
          carries && !ignored ? "is a real device: leases are for interfaces that carry no packets"
                              : "carries no packets",
          "a dummy device, an ifb, or a bridge without ports");
    }
  }

  void addresses() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
      return say(false, Health::fault, "addresses", "cannot be read", "see the kernel's log");
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(list, &::freeifaddrs);
    for (const DoorFacts::Service& service : facts_.services) {
      std::string where;
      for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || address_of(*each->ifa_addr) != service.address) continue;
        if (where != "lo") where = each->ifa_name;
      }
      const std::string address = service.address.to_string();
      // One that is only watched may sit where it likes.
      say(where == "lo" || (!service.prefix && !where.empty()),
          where.empty() ? Health::fault : Health::warning, "address " + address,
          where.empty() ? "is on no interface" : "is on " + where,
          "ip addr add " + address + (service.address.is_v6() ? "/128" : "/32") +
              " dev lo: a withdrawn PoP still answers what arrives late");
    }
  }

  static std::optional<IpAddress> address_of(const sockaddr& address) {
    if (address.sa_family == AF_INET)
      return IpAddress(std::as_bytes(std::span(&reinterpret_cast<const sockaddr_in&>(address).sin_addr, 1)));
    if (address.sa_family == AF_INET6)
      return IpAddress(
          std::as_bytes(std::span(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 1)));
    return std::nullopt;
  }

  void kernel() {
    const auto promotes = number_in("/proc/sys/net/ipv4/conf/all/promote_secondaries");
    say(promotes == 1u, Health::warning, "promote_secondaries", promotes == 1u ? "is on" : "is off",
        "sysctl -w net.ipv4.conf.all.promote_secondaries=1: else the kernel drops the second lease of a "
        "subnet with the first");
    timex clock{};
    const bool synchronised = ::adjtimex(&clock) != TIME_ERROR;
    say(synchronised, Health::warning, "clock", synchronised ? "is synchronised" : "is not synchronised",
        "run chrony or another NTP client: signatures, cookies and expiry go by the clock");
    const auto buffer = number_in("/proc/sys/net/core/rmem_max");
    say(buffer && *buffer >= wanted_buffer, Health::warning, "receive buffers",
        "rmem_max is " + with_commas(buffer.value_or(0)) + " octets",
        "sysctl -w net.core.rmem_max=" + std::to_string(wanted_buffer) +
            ": bursts are lost where doord may not ask for more than that");
    files();
  }

  void files() {
    auto doord = Session::open(settings_.doord_socket, "doord");
    const auto status = doord ? doord->ask(ControlMessage("status"), usual_silence)
                              : Outcome<Packet>(Unexpected(doord.error()));
    const auto pid = status ? status->message.number("pid") : std::nullopt;
    if (!pid)
      return say(false, Health::warning, "doord", "cannot be asked",
                 "systemctl start doord; systemctl status doord");
    const auto limits = text_of("/proc/" + std::to_string(*pid) + "/limits");
    const std::size_t at = limits ? limits->find("Max open files") : std::string::npos;
    std::uint64_t files = 0;
    if (at != std::string::npos) {
      const std::size_t digits = limits->find_first_of("0123456789", at);
      if (digits != std::string::npos)
        (void)std::from_chars(limits->data() + digits, limits->data() + limits->size(), files);
    }
    say(files >= wanted_files, Health::warning, "file limit",
        "doord may open " + with_commas(files) + " files",
        "LimitNOFILE=65536 in doord.service: each TCP client takes one");
  }

  const Settings& settings_;
  const DoctorOptions& options_;
  DoorFacts facts_;
  std::optional<std::uint32_t> origin_as_;
  std::vector<Finding> findings_;
};

}  // namespace

ExitCode run_doctor(Terminal& terminal, const Settings& settings, const DoctorOptions& options) {
  const auto config = read_config(options.doorkeeper);
  if (!config) return terminal.fail({ExitCode::refused, config.error().to_string()});
  auto facts = read_door_facts(*config);
  if (!facts) return terminal.fail({ExitCode::refused, facts.error().to_string()});
  const std::vector<Finding> findings = Doctor(settings, options, *std::move(facts)).examine();
  const auto count = [&](Health health) {
    return static_cast<std::uint64_t>(std::ranges::count(findings, health, &Finding::health));
  };
  const std::uint64_t faults = count(Health::fault);
  if (options.json) {
    Value::List list;
    for (const Finding& finding : findings) {
      list.push_back(Value::Object{{"check", finding.check},
                                   {"health", to_string(finding.health)},
                                   {"words", finding.words},
                                   {"remedy", finding.remedy}});
    }
    terminal.print_json(Value::Object{{"result", faults == 0 ? "done" : "refused"},
                                      {"faults", faults},
                                      {"warnings", count(Health::warning)},
                                      {"findings", std::move(list)}});
  } else {
    for (const Finding& finding : findings) {
      const Paint paint = finding.health == Health::fine      ? Paint::good
                          : finding.health == Health::warning ? Paint::doubtful
                                                              : Paint::bad;
      std::string mark(to_string(finding.health));
      mark.resize(8, ' ');
      terminal.print(terminal.paint(paint, mark) + printable(finding.check + ": " + finding.words));
      if (!finding.remedy.empty()) terminal.print("        -> " + printable(finding.remedy));
    }
    terminal.print(counted(faults, "fault") + ", " + counted(count(Health::warning), "warning"));
  }
  return faults == 0 ? ExitCode::done : ExitCode::refused;
}

}  // namespace doors::ctl
