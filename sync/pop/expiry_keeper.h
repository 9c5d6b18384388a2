#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "sync/pop/background.h"
#include "sync/pop/journal.h"
#include "sync/xfr/expiry.h"
#include "sync/xfr/settings.h"

namespace doors {

/// Keeps the expiry of zones that come by transfer going: remembers in the journal, looks every second, and
/// says what is withheld from now on. The loop's thread only.
class ExpiryKeeper {
 public:
  struct Handlers {
    /// All zones that are not to be answered, with the reason; called when that changes.
    std::function<void(const std::map<Name, std::string>&)> withhold;
    std::function<void(const std::vector<std::string>&)> alarms;
  };
  /// All outlive it, `writing` may end before.
  ExpiryKeeper(boost::asio::io_context& io, const Clock& clock, Journal& journal, Background& writing,
               Handlers handlers);
  ExpiryKeeper(const ExpiryKeeper&) = delete;
  ExpiryKeeper& operator=(const ExpiryKeeper&) = delete;

  /// Reads what is remembered and begins.
  void start();
  /// Exactly these zones count from now on; others are forgotten.
  void follow(const std::vector<xfr::SecondaryZone>& zones);
  [[nodiscard]] xfr::Expiry& expiry() noexcept { return expiry_; }

 private:
  void tick();
  void remember();

  static constexpr std::chrono::seconds tick_every{1};
  static constexpr std::chrono::seconds remember_every{5};
  boost::asio::io_context& io_;
  const Clock& clock_;
  Journal& journal_;
  Background& writing_;
  Handlers handlers_;
  xfr::Expiry expiry_;
  boost::asio::steady_timer timer_;
  Monotonic remembered_;
  std::map<Name, std::string> told_withheld_;
  std::vector<std::string> told_alarms_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace doors
