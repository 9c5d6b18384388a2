// What Requests does about keys and checkpoints.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "sync/pop/checkpoints.h"
#include "sync/pop/mapped_bundle.h"
#include "sync/pop/requests.h"
#include "zones/base/log.h"

namespace doors {

void Requests::checkpoint(const Session& session, Packet request) {
  Result<std::unique_ptr<MappedBundle>> bundle = failure("a checkpoint comes with one descriptor");
  if (request.fds.size() == 1) bundle = MappedBundle::map(std::move(request.fds.front()));
  if (!bundle) {
    session->send(ControlMessage("refused").with("reason", bundle.error().message));
    return session->done();
  }
  parts_.publishing.post([this, session, policy = parts_.policy(), now = parts_.clock.wall(),
                          octets = std::shared_ptr<const MappedBundle>(std::move(*bundle))] {
    const auto taken = publish_checkpoint(parts_.archive, parts_.journal, *policy, octets->octets(), now);
    boost::asio::post(parts_.io, [session, taken] {
      if (taken) {
        log::info("checkpoint published",
                  {{"publisher", to_string(taken->publisher)}, {"zones", taken->zones}});
        session->send(ControlMessage("published").with("zones", taken->zones));
      } else {
        log::warn("checkpoint refused", {{"reason", taken.error().message}});
        session->send(ControlMessage("refused").with("reason", taken.error().message));
      }
      session->done();
    });
  });
}

void Requests::publishers(const Session& session) {
  for (const Publisher& publisher : parts_.policy()->publishers()) {
    ControlMessage message("publisher");
    message.with("id", to_string(publisher.key.id())).with("key", publisher.key.to_base64());
    for (const ZonePattern& pattern : publisher.zones) message.with("zones", pattern.to_string());
    session->send(message);
  }
  session->send(ControlMessage("end"));
  session->done();
}

}  // namespace doors
