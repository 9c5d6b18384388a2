#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "server/handover/control_host.h"
#include "server/handover/zone_shelf.h"
#include "zones/base/control_message.h"
#include "zones/base/local_socket.h"

namespace doors {

/// One client's side of the control socket, without the socket: requests in, replies out. The verbs are
/// listed in server/README.md. Staged changes belong to the client and are dropped with it. The control
/// thread only.
class ControlRequests {
 public:
  /// Gives the messages of a long reply one by one, so that it is never in memory whole; then nothing.
  using Stream = std::function<std::optional<ControlMessage>()>;
  /// Where replies go.
  struct Replies {
    std::function<void(const ControlMessage&)> send;
    std::function<void(Stream)> stream;
    /// The request is dealt with: the next one may come. Called exactly once a request, perhaps later.
    std::function<void()> done;
    /// Whether the client has not closed its end.
    std::function<bool()> is_there = [] { return true; };
  };

  /// `host` outlives it. What `replies` holds must not keep this object alive.
  ControlRequests(ControlHost& host, Replies replies);
  ControlRequests(const ControlRequests&) = delete;
  ControlRequests& operator=(const ControlRequests&) = delete;

  /// Deals with one request, which may be hostile. Not before the one before is done.
  void handle(Packet request);

 private:
  void offer(Packet request);
  void offer_pack(Packet request);
  [[nodiscard]] std::shared_ptr<const ZoneImage> held_base(const ControlMessage& request,
                                                           const layout::BaseId& id) const;
  void stage(const ControlMessage& request, Result<std::shared_ptr<const ZoneImage>> image);
  void remove(const ControlMessage& request, bool withhold);
  void swap();
  void status(const ControlMessage& request);
  void zones(const ControlMessage& request);
  void listening();
  void reload();
  void await_notify();
  void reply(const ControlMessage& message);
  void fail(std::string reason);

  ControlHost& host_;
  Replies replies_;
  ZoneShelf::Changes staged_;
  std::vector<ZoneShelf::Pack> staged_packs_;
  /// Ends with this object: what finishes later looks whether it is still there.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace doors
