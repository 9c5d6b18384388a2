#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/ctl/serve_loader.h"
#include "sync/ctl/serve_state.h"
#include "sync/ctl/served_zones.h"
#include "sync/ctl/session.h"
#include "sync/ctl/terminal.h"
#include "sync/ctl/warnings.h"

namespace doors::ctl {

/// Brings zone files to the doord of `serve`: reads what changed, offers the images, removes what has gone,
/// swaps, and says on stderr what is wrong with which file. Borrows its arguments. Main thread.
class ServeFeed {
 public:
  struct Settings {
    ZoneFileOptions load;
    bool check_dnssec = false;  ///< and every warning is shown
  };
  /// Waits until one of the descriptors is readable; false: give up, because of a signal or because doord has
  /// gone.
  using Wait = std::function<bool(const std::vector<int>& descriptors)>;

  ServeFeed(Terminal& terminal, Session& doord, ServeState* state, Settings settings, Wait wait)
      : terminal_(terminal),
        doord_(doord),
        state_(state),
        settings_(std::move(settings)),
        wait_(std::move(wait)),
        warnings_(terminal, settings_.check_dnssec) {}

  /// What one round did.
  struct Round {
    std::size_t changed = 0, removed = 0, failed = 0;
    std::size_t withheld = 0;  ///< zones whose being withheld began or ended
  };
  /// One round over all zone files there are now. Nothing: `wait` gave up. Error: doord does not work with
  /// us.
  [[nodiscard]] Outcome<std::optional<Round>> bring_in(const std::vector<ZoneFile>& found);

  /// One request and its reply from doord, with `wait`. Nothing: given up.
  [[nodiscard]] Outcome<std::optional<ControlMessage>> ask(const ControlMessage& request);

  [[nodiscard]] const ServedZones& served() const noexcept { return served_; }

 private:
  struct Offer {
    std::filesystem::path path;  ///< empty: a removal
    Name zone;
    ServedZones::Came came;
    bool from_cache = false;
  };
  enum class Step : std::uint8_t { go_on, given_up };

  /// Tells doord which zones belong here but have only bad files, so that it answers SERVFAIL for them.
  Outcome<Step> withhold();

  void remember_state();
  Outcome<Step> load(std::vector<ZoneFile> files, bool use_cache);
  Outcome<void> take(LoadResult result);
  Outcome<Step> settle(std::size_t in_flight);
  Outcome<void> read_reply();
  void report(const LoadResult& result);

  Terminal& terminal_;
  Session& doord_;
  ServeState* state_;  // null: images in memory
  Settings settings_;
  Wait wait_;
  ServedZones served_;
  bool first_ = true;
  std::set<Name> withheld_;  // as doord knows it

  // of the round
  Round round_;
  std::deque<Offer> in_flight_;
  std::unordered_map<std::string, std::uint64_t> offered_;  // the highest seq offered, by zone
  std::vector<Offer> not_taken_;
  std::vector<std::filesystem::path> again_;
  std::set<Name> bad_;  // zones of files that cannot be served, as far as the file's name says which
  Warnings warnings_;
};

}  // namespace doors::ctl
