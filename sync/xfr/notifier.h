#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sync/xfr/notify_line.h"
#include "sync/xfr/settings.h"
#include "zones/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace doors::xfr {

/// Where one secondary stands, for `status`.
struct NotifyRow {
  std::string to;
  NotifyLine::Counts counts;
  std::string problem;
};

/// Tells the secondaries that the rules name of zones that have changed (RFC 1996), over UDP: a socket for
/// each of them while there is something to tell, so that its port is another one each time. A log line where
/// one begins to fail or answers again. The loop's thread only.
class Notifier {
 public:
  /// `io` and `clock` outlive it.
  Notifier(boost::asio::io_context& io, const Clock& clock);
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  ~Notifier();

  /// From now on these; what a secondary that stays was still to be told is said to it all the same.
  void set_rules(const std::vector<NotifyRule>& rules);
  /// They are served here in a new version.
  void changed(const std::vector<Name>& zones);
  [[nodiscard]] std::vector<NotifyRow> rows() const;

 private:
  class Lane;
  struct Rule;
  boost::asio::io_context& io_;
  const Clock& clock_;
  std::vector<Rule> rules_;
  std::vector<std::shared_ptr<Lane>> lanes_;
};

}  // namespace doors::xfr
