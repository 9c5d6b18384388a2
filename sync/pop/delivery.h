#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sync/pop/batch_log.h"
#include "sync/pop/builder.h"
#include "sync/pop/doord_link.h"
#include "sync/pop/soa_asker.h"
#include "sync/pop/status_board.h"
#include "zones/base/clock.h"

namespace doors {

/// The last leg of a version: from an image that lies ready to an answer at the service addresses. It knows
/// what doord shall run and what it runs, and hands over the difference, as one batch with one swap, whenever
/// there is one and doord is there: after a push, after doord was restarted, after this program was. What was
/// swapped in is proved by asking. The loop's thread only.
class Delivery {
 public:
  struct Handlers {
    std::function<void(const Name& zone)> rebuild;  ///< doord refused the image: make it again
    std::function<void(const std::vector<Name>& zones)>
        swapped;  ///< their older images are not needed any more
    std::function<void(const std::vector<Name>& zones)>
        changed{};  ///< doord has taken other versions of them; not told of zones that were removed
  };
  /// `io` and `clock` must outlive it.
  Delivery(boost::asio::io_context& io, const Clock& clock, const std::filesystem::path& doord_socket,
           std::vector<ServiceAddress> addresses, Handlers handlers);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  ~Delivery();

  /// A version is durable in the store since `since`.
  void announce(const Name& zone, VersionNumber number, Serial serial, VersionKind kind, Monotonic since);
  /// What the builder made of versions.
  void deliver(const std::vector<BuildOutcome>& outcomes);
  /// Other addresses to ask from now on; every zone is proved anew.
  void set_addresses(std::vector<ServiceAddress> addresses);
  /// Exactly these zones are not to be answered, whatever version there is; and why.
  void withhold(std::map<Name, std::string> zones);
  /// Asks again where zones are not proved although doord runs them; for a slow timer.
  void prove_failed();

  [[nodiscard]] StatusBoard& board() noexcept { return board_; }
  /// Why doord is not there; empty: it is.
  [[nodiscard]] const std::string& lost_reason() const noexcept { return lost_reason_; }

 private:
  struct Wanted {
    VersionNumber number;
    Serial serial{0};
    VersionKind kind = VersionKind::push;
    std::filesystem::path image;
    bool same_version = false;  // as doord ran already: another file of it
  };
  void want(const BuildOutcome& outcome);
  void pump();
  void swapped(const std::vector<Offer>& offers, const DoordLink::Refusals& refusals);
  void prove(const Name& zone, const Wanted& wanted, const std::shared_ptr<BatchLog>& batch);
  void connected(std::map<Name, VersionNumber> running);
  void lost(const std::string& reason);
  void wait(const Name& zone, VersionNumber number, std::string for_what);
  void settle(const Name& zone, VersionNumber number, ServiceState state, std::string reason,
              BatchLog& batch);

  boost::asio::io_context& io_;
  const Clock& clock_;
  Handlers handlers_;
  StatusBoard board_;
  std::map<Name, Wanted> wanted_;          // what doord shall run
  std::map<Name, VersionNumber> running_;  // what it runs
  std::map<Name, std::string> withheld_;   // what doord shall not answer, and why
  std::set<Name> silenced_;                // what it does not, as far as is known
  std::set<Name> dirty_;                   // where the two may differ, or are not proved
  std::map<Name, VersionNumber> rebuilt_;  // images made again after a refusal, once each
  std::map<Name, std::string> refused_;    // what the builder refused last: version and reason, logged once
  bool handing_over_ = false;
  std::string lost_reason_ = "not connected yet";
  bool lost_told_ = false;
  std::unique_ptr<SoaAsker> asker_;
  std::unique_ptr<DoordLink> link_;
};

}  // namespace doors
