#include "tests/support/asker/report.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>

#include <nlohmann/json.hpp>

namespace doors::asker {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_changes = 1000;

double seconds(std::int64_t ns) noexcept { return static_cast<double>(ns) / 1e9; }

std::string printable(const std::string& octets) {
  std::string text;
  for (const char c : octets) {
    if (c > ' ' && c <= '~' && c != '\\') {
      text += c;
    } else {
      std::array<char, 5> escaped{};
      (void)std::snprintf(escaped.data(), escaped.size(), "\\x%02x",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += escaped.data();
    }
  }
  return text;
}

/// How often something was seen, and when first and last (by the time of sending).
struct Seen {
  std::uint64_t answered = 0;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  void count(std::int64_t at_ns) noexcept {
    if (answered++ == 0) first_ns = at_ns;
    last_ns = at_ns;
  }
  [[nodiscard]] Json json() const {
    return {{"answered", answered}, {"first_s", seconds(first_ns)}, {"last_s", seconds(last_ns)}};
  }
};

template <class Key, class Name>
Json json_of(const std::map<Key, Seen>& all, Name name) {
  Json json = Json::object();
  for (const auto& [key, seen] : all) json[name(key)] = seen.json();
  return json;
}

/// The longest stretch without an answered query: from the sending of the last one answered before it (or the
/// start) to that of the first one after it (or the end).
struct Gap {
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  std::uint64_t lost = 0;
};
Gap longest_gap(const std::vector<Record>& records) noexcept {
  Gap longest;
  Gap current;
  for (const Record& record : records) {
    if (current.from_ns == 0) current.from_ns = record.sent_ns;
    current.to_ns = record.sent_ns;
    if (record.answered_ns == 0) ++current.lost;
    const bool longer = current.to_ns - current.from_ns > longest.to_ns - longest.from_ns;
    if (current.lost > 0 && (longest.lost == 0 || longer)) longest = current;
    if (record.answered_ns != 0) current = Gap{.from_ns = record.sent_ns, .to_ns = record.sent_ns};
  }
  return longest;
}

}  // namespace

std::string summary(const Plan& plan, const Outcome& outcome) {
  std::map<std::uint16_t, Seen> by_rcode;
  std::map<std::uint16_t, Seen> by_nsid;
  std::map<std::uint32_t, Seen> by_serial;
  std::vector<std::int64_t> latencies;
  Json changes = Json::array();
  Seen answered;
  Seen lost;
  Seen truncated;
  std::uint16_t nsid_before = 0;
  for (const Record& record : outcome.records) {
    if (record.answered_ns == 0) {
      lost.count(record.sent_ns);
      continue;
    }
    if (answered.answered > 0 && record.nsid != nsid_before && changes.size() < most_changes) {
      changes.push_back({{"at_s", seconds(record.sent_ns)},
                         {"from", printable(outcome.nsids[nsid_before])},
                         {"to", printable(outcome.nsids[record.nsid])}});
    }
    nsid_before = record.nsid;
    answered.count(record.sent_ns);
    by_rcode[record.rcode].count(record.sent_ns);
    by_nsid[record.nsid].count(record.sent_ns);
    if (record.serial != 0) by_serial[record.serial].count(record.sent_ns);
    if (record.truncated) truncated.count(record.sent_ns);
    latencies.push_back(record.answered_ns - record.sent_ns);
  }
  std::sort(latencies.begin(), latencies.end());
  const auto percentile_us = [&](double share) {
    if (latencies.empty()) return 0.0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1));
    return static_cast<double>(latencies[at]) / 1e3;
  };
  const auto& records = outcome.records;
  const std::int64_t first = records.empty() ? 0 : records.front().sent_ns;
  const std::int64_t last = records.empty() ? 0 : records.back().sent_ns;
  Json json = {
      {"transport", plan.tcp ? "tcp" : "udp"},
      {"rate", plan.rate},
      {"started_s", seconds(first)},
      {"ended_s", seconds(last)},
      {"achieved_rate", last > first ? static_cast<double>(records.size() - 1) / seconds(last - first) : 0.0},
      {"sent", records.size()},
      {"answered", answered.answered},
      {"lost", lost.answered},
      {"late", outcome.late},
      {"duplicates", outcome.duplicates},
      {"malformed", outcome.malformed},
      {"send_errors", outcome.send_errors},
      {"reconnects", outcome.reconnects},
      {"truncated", truncated.answered},
      {"p50_us", percentile_us(0.50)},
      {"p99_us", percentile_us(0.99)},
      {"max_us", percentile_us(1.0)}};
  if (lost.answered > 0) {
    const Gap gap = longest_gap(records);
    json["first_lost_s"] = seconds(lost.first_ns);
    json["last_lost_s"] = seconds(lost.last_ns);
    json["longest_gap_s"] = seconds(gap.to_ns - gap.from_ns);
    json["longest_gap_lost"] = gap.lost;
  } else {
    json["longest_gap_s"] = 0.0;
    json["longest_gap_lost"] = 0;
  }
  json["rcodes"] = json_of(by_rcode, [](std::uint16_t code) { return to_string(Rcode(code)); });
  json["nsids"] = json_of(by_nsid, [&](std::uint16_t index) { return printable(outcome.nsids[index]); });
  json["serials"] = json_of(by_serial, [](std::uint32_t serial) { return std::to_string(serial); });
  json["changes"] = std::move(changes);
  return json.dump(2);
}

Result<void> write_log(const std::filesystem::path& path, const Plan& plan, const Outcome& outcome) {
  struct Close {
    void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "we"));
  if (!file) return system_failure("cannot write " + path.string(), errno);
  for (std::size_t index = 0; index < outcome.records.size(); ++index) {
    const Record& record = outcome.records[index];
    const Question& asked = plan.questions[index % plan.questions.size()];
    const std::string question = asked.name.to_string() + ' ' + to_string(asked.type);
    if (record.answered_ns == 0) {
      (void)std::fprintf(file.get(), "%.6f - - - - - - - %s\n", seconds(record.sent_ns), question.c_str());
      continue;
    }
    const std::string nsid = printable(outcome.nsids[record.nsid]);
    (void)std::fprintf(file.get(), "%.6f %.6f %s %s %s %016llx %u %d %s\n", seconds(record.sent_ns),
                       seconds(record.answered_ns), to_string(Rcode(record.rcode)).c_str(),
                       nsid.empty() ? "-" : nsid.c_str(),
                       record.serial == 0 ? "-" : std::to_string(record.serial).c_str(),
                       static_cast<unsigned long long>(record.hash), static_cast<unsigned>(record.octets),
                       record.truncated ? 1 : 0, question.c_str());
  }
  if (std::fflush(file.get()) != 0) return system_failure("cannot write " + path.string(), errno);
  return {};
}

}  // namespace doors::asker
