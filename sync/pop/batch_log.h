#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "sync/trust/version.h"
#include "zones/base/log.h"
#include "zones/dns/name.h"

namespace doors {

/// The log lines about the zones of one push: a line for each zone, or, where there are many, at the end one
/// line for each kind of event, with their number and the first of them. Whoever still works for the push
/// holds it; its end is that of the push. One thread.
class BatchLog {
 public:
  /// A batch of more zones than this is summed up; `doorctl status` knows each.
  static constexpr std::size_t most_lines = 100;

  explicit BatchLog(std::size_t zones) noexcept : sums_up_(zones > most_lines) {}
  BatchLog(const BatchLog&) = delete;
  BatchLog& operator=(const BatchLog&) = delete;
  ~BatchLog();

  /// `event` is a literal. A reason makes it a warning.
  void note(std::string_view event, const Name& zone, VersionNumber number, Serial serial,
            const std::string& reason = {});

 private:
  struct Sum {
    std::size_t zones = 0;
    std::string first;  ///< "example. 1/42"
    std::string first_reason;
  };
  const bool sums_up_;
  std::map<std::string_view, Sum> sums_;  // by event
};

}  // namespace doors
