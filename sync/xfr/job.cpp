#include "sync/xfr/job.h"

#include <algorithm>
#include <array>
#include <limits>

#include "zones/base/text_encoding.h"

namespace doors::xfr {

namespace {

constexpr std::array<std::string_view, 3> tasks{"ask_serial", "take_zone", "take_news"};
constexpr std::array<std::string_view, 5> kinds{"serial", "zone", "change", "up_to_date", "failed"};
constexpr std::array<std::string_view, 3> modes{"off", "warn", "refuse"};

template <class Enum, std::size_t n>
bool parse_word(std::string_view text, const std::array<std::string_view, n>& words, Enum& value) {
  for (std::size_t i = 0; i < n; ++i) {
    if (words[i] == text) return value = static_cast<Enum>(i), true;
  }
  return false;
}

/// The gates by their names in a job.
auto rows_of(auto& gates) {
  return std::array{std::pair("syntax", &gates.syntax), std::pair("zonemd", &gates.zonemd),
                    std::pair("signatures", &gates.signatures), std::pair("expired", &gates.expired)};
}

void put_tls(const TlsProfile& tls, ControlMessage& message) {
  message.with("tls", tls.name)
      .with("tls_ca", tls.ca.string())
      .with("tls_host", tls.host)
      .with("tls_certificate", tls.certificate.string())
      .with("tls_private_key", tls.private_key.string());
  for (const Sha256& pin : tls.pins) message.with("tls_pin", to_base64(pin));
}

Result<TlsProfile> read_tls(const ControlMessage& message) {
  const auto text = [&](std::string_view key) { return std::string(message.text(key)); };
  TlsProfile tls{text("tls"), text("tls_ca"),          text("tls_host"),
                 {},          text("tls_certificate"), text("tls_private_key")};
  for (const auto& [key, value] : message.fields()) {
    if (key != "tls_pin") continue;
    const auto pin = from_base64(value);
    if (!pin || pin->size() != sizeof(Sha256)) return doors::failure("a pin that is none");
    std::copy(pin->begin(), pin->end(), tls.pins.emplace_back().begin());
  }
  return tls;
}

std::uint64_t in_ms(std::chrono::milliseconds time) { return static_cast<std::uint64_t>(time.count()); }

std::chrono::milliseconds ms(const ControlMessage& message, std::string_view key) {
  return std::chrono::milliseconds(message.number(key).value_or(0));
}

}  // namespace

ControlMessage Job::to_message() const {
  ControlMessage message("transfer");
  message.with("zone", zone.to_string())
      .with("primary", primary.address.to_string())
      .with("task", std::string(tasks[static_cast<std::size_t>(task)]))
      .with("records", bounds.limits.records)
      .with("octets", bounds.limits.octets)
      .with("memory_octets", bounds.memory_octets)
      .with("cpu_s", static_cast<std::uint64_t>(bounds.cpu.count()))
      .with("connect_ms", in_ms(bounds.connect))
      .with("message_ms", in_ms(bounds.message))
      .with("whole_ms", in_ms(bounds.whole));
  if (primary.key) {
    message.with("key", primary.key->name.to_string())
        .with("algorithm", std::string(to_string(primary.key->algorithm)))
        .with("secret", to_base64(primary.key->secret))
        .with("least_mac", std::uint64_t{primary.key->least_mac});
  }
  if (primary.tls) put_tls(*primary.tls, message);
  for (const auto& [name, mode] : rows_of(gates))
    message.with(name, std::string(modes[static_cast<std::size_t>(*mode)]));
  return message;
}

Result<Job> Job::read(const ControlMessage& message) {
  Job job;
  const auto zone = Name::parse(message.text("zone"));
  if (!zone) return Unexpected(zone.error());
  job.zone = *zone;
  const auto address = ServiceAddress::parse(message.text("primary"));
  if (!address) return Unexpected(address.error());
  job.primary.address = *address;
  if (!parse_word(message.text("task"), tasks, job.task)) return doors::failure("unknown task");
  job.bounds.limits = {message.number("records").value_or(0), message.number("octets").value_or(0)};
  job.bounds.memory_octets = message.number("memory_octets").value_or(0);
  job.bounds.cpu = std::chrono::seconds(message.number("cpu_s").value_or(0));
  job.bounds.connect = ms(message, "connect_ms");
  job.bounds.message = ms(message, "message_ms");
  job.bounds.whole = ms(message, "whole_ms");
  for (const auto& [name, mode] : rows_of(job.gates)) {
    if (!parse_word(message.text(name), modes, *mode)) return doors::failure("unknown mode of a gate");
  }
  if (message.get("tls")) {
    auto tls = read_tls(message);
    if (!tls) return Unexpected(tls.error());
    job.primary.tls = *std::move(tls);
  }
  if (message.get("key")) {
    TsigKey key;
    const auto name = Name::parse(message.text("key"));
    const auto algorithm = parse_tsig_algorithm(message.text("algorithm"));
    auto secret = from_base64(message.text("secret"));
    if (!name || !algorithm || !secret) return doors::failure("a key that is none");
    job.primary.key = TsigKey{*name, *algorithm, *std::move(secret), message.number("least_mac").value_or(0)};
  }
  return job;
}

ControlMessage Outcome::to_message() const {
  ControlMessage message{std::string(kinds[static_cast<std::size_t>(kind)])};
  message.with("serial", soa.serial)
      .with("refresh", soa.refresh)
      .with("retry", soa.retry)
      .with("expire", soa.expire)
      .with("records", records)
      .with("octets", octets)
      .with("zone_octets", zone_octets);
  // The text is the primary's in part, and a packet has its limits.
  constexpr std::size_t most_reason_octets = 1024;
  if (!reason.empty()) message.with("reason", reason.substr(0, most_reason_octets));
  for (const std::string& warning : warnings) message.with("warning", warning.substr(0, most_reason_octets));
  if (wants_axfr) message.with("wants_axfr", "yes");
  return message;
}

Result<Outcome> Outcome::read(const ControlMessage& message) {
  Outcome outcome;
  if (!parse_word(message.verb(), kinds, outcome.kind))
    return doors::failure("the worker says nothing of use");
  for (const auto& [key, value] : {std::pair("serial", &outcome.soa.serial),
                                   {"refresh", &outcome.soa.refresh},
                                   {"retry", &outcome.soa.retry},
                                   {"expire", &outcome.soa.expire}}) {
    const auto number = message.number(key);
    if (!number || *number > std::numeric_limits<std::uint32_t>::max())
      return doors::failure("the worker tells no SOA");
    *value = static_cast<std::uint32_t>(*number);
  }
  outcome.records = message.number("records").value_or(0);
  outcome.octets = message.number("octets").value_or(0);
  outcome.zone_octets = message.number("zone_octets").value_or(0);
  for (const auto& [key, value] : message.fields()) {
    if (key == "warning") outcome.warnings.emplace_back(value);
  }
  outcome.reason = message.text("reason");
  outcome.wants_axfr = message.text("wants_axfr") == "yes";
  return outcome;
}

}  // namespace doors::xfr
