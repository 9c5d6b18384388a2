#include "sync/pop/expiry_keeper.h"

#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "zones/base/log.h"

namespace doors {

ExpiryKeeper::ExpiryKeeper(boost::asio::io_context& io, const Clock& clock, Journal& journal,
                           Background& writing, Handlers handlers)
    : io_(io),
      clock_(clock),
      journal_(journal),
      writing_(writing),
      handlers_(std::move(handlers)),
      expiry_(clock),
      timer_(io),
      remembered_(clock.monotonic()) {}

void ExpiryKeeper::start() {
  const auto remembered = journal_.confirmations();
  if (!remembered) log::error("confirmations cannot be read", {{"reason", remembered.error().message}});
  if (remembered) {
    for (const xfr::Confirmation& each : *remembered) expiry_.restore(each);
  }
  timer_.expires_after(std::chrono::seconds(0));
  tick();
}

void ExpiryKeeper::follow(const std::vector<xfr::SecondaryZone>& zones) {
  std::set<Name> wanted;
  for (const xfr::SecondaryZone& zone : zones) {
    wanted.insert(zone.zone);
    expiry_.follow(zone.zone, zone.on_expire);
  }
  for (const Name& zone : expiry_.followed()) {
    if (!wanted.contains(zone)) expiry_.forget(zone);
  }
}

void ExpiryKeeper::tick() {
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    if (expiry_.tick()) {
      if (told_alarms_ != expiry_.alarms()) handlers_.alarms(told_alarms_ = expiry_.alarms());
      if (told_withheld_ != expiry_.withheld()) handlers_.withhold(told_withheld_ = expiry_.withheld());
    }
    if (clock_.monotonic() - remembered_ >= remember_every) remember();
    timer_.expires_after(tick_every);
    tick();
  });
}

void ExpiryKeeper::remember() {
  remembered_ = clock_.monotonic();
  auto news = std::make_shared<const std::vector<xfr::Confirmation>>(expiry_.take_news());
  if (news->empty()) return;
  writing_.post([this, news, alive = std::weak_ptr(alive_)] {
    const auto written = journal_.record_confirmations(*news);
    if (written) return;
    log::error("confirmations not written", {{"reason", written.error().message}});
    boost::asio::post(io_, [this, news, alive] {
      if (!alive.expired()) expiry_.give_back(*news);  // and so written next time
    });
  });
}

}  // namespace doors
