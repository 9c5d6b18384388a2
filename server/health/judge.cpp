#include "server/health/judge.h"

#include <array>
#include <cstdio>

namespace doors {

std::string words_of(std::chrono::microseconds time) {
  std::array<char, 32> text{};
  const auto count = static_cast<double>(time.count());
  if (time < std::chrono::milliseconds(10))
    std::snprintf(text.data(), text.size(), "%.2fms", count / 1e3);
  else if (time < std::chrono::seconds(1))
    std::snprintf(text.data(), text.size(), "%.0fms", count / 1e3);
  else if (time < std::chrono::seconds(100))
    std::snprintf(text.data(), text.size(), "%.1fs", count / 1e6);
  else
    std::snprintf(text.data(), text.size(), "%.0fs", count / 1e6);
  return text.data();
}

ProbeReport judge(Octets message, const Question& asked, const ExpectedIdentity& identity,
                  std::chrono::microseconds took) {
  ProbeReport report;
  report.took = took;
  const auto response = read_response(message, &asked);
  if (!response) {
    report.outcome = ProbeReport::Outcome::malformed;
    report.words = "octets that are no response to the question";
    return report;
  }
  report.rcode = response->rcode;
  report.serial = response->serial;
  report.answers = response->answers;
  report.words = to_string(response->rcode);
  if (response->serial) report.words += ", serial " + std::to_string(*response->serial);

  const std::optional<std::string>* shown = nullptr;
  if (identity.how == Identify::nsid) shown = &response->nsid;
  if (identity.how == Identify::id_server) shown = &response->first_text;
  if (shown != nullptr && *shown != identity.value) {
    report.outcome = ProbeReport::Outcome::foreign;
    report.words += *shown ? ", but from \"" + **shown + "\"" : ", but it does not say from whom";
    report.words += ", not \"" + identity.value + "\"";
    return report;
  }
  report.outcome = ProbeReport::Outcome::alive;
  report.words += " in " + words_of(took);
  return report;
}

bool failed_as_it_must(const ProbeReport& report) noexcept {
  return !report.alive() || report.rcode != Rcode::noerror;
}

}  // namespace doors
