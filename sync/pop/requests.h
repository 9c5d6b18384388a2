#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "sync/pop/archive.h"
#include "sync/pop/background.h"
#include "sync/pop/control.h"
#include "sync/pop/delivery.h"
#include "sync/pop/fleet.h"
#include "sync/pop/journal.h"
#include "sync/pop/publisher.h"
#include "sync/xfr/notifier.h"
#include "sync/xfr/secondaries.h"
#include "zones/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// What doorsync does for clients of its control socket; the verbs are listed in sync/README.md. What reads
/// or writes the store runs on a background thread, so that `status` and `wait` answer at once, whatever else
/// is going on. The loop's thread only.
class Requests {
 public:
  struct Parts {
    boost::asio::io_context& io;
    const Clock& clock;
    Archive& archive;
    const Journal& journal;
    Delivery& delivery;
    Background& publishing;  ///< pushes, one after the other
    Background& reading;     ///< whatever only looks
    FreshContent& fresh;     ///< what a push unpacks goes there
    std::function<std::shared_ptr<const Policy>()> policy;
    std::function<void()> waits_changed;             ///< somebody waits now until a deadline of the board's
    std::function<xfr::Secondaries*()> secondaries;  ///< null: no zone comes by transfer
    std::filesystem::path images;                    ///< the directory of image files
    std::string pop;
    std::string node;
    std::function<Fleet*()> fleet;                          ///< a hub's; else null
    std::function<std::vector<xfr::NotifyRow>()> notified;  ///< the secondaries that are told of changes
    std::function<void()> rollout_began;
  };
  explicit Requests(Parts parts);
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  void handle(const std::shared_ptr<ControlSession>& session, Packet request);

  /// What `status` says of the publishers' checkpoints.
  struct CheckpointState {
    std::vector<std::string> alarms;
    std::uint64_t withheld = 0;
    std::uint64_t newest = 0;  ///< seconds since 1970; 0: none
  };
  /// How many zones have versions that this PoP holds back by its delay.
  void set_held(std::size_t zones) { held_ = zones; }
  /// What is wrong with zones that come by transfer.
  void set_transfer_alarms(std::vector<std::string> alarms) { transfer_alarms_ = std::move(alarms); }
  void set_checkpoint(CheckpointState state) { checkpoint_state_ = std::move(state); }

 private:
  using Session = std::shared_ptr<ControlSession>;
  void publish(const Session& session, Packet request);
  void published(const Session& session, const PublishReport& report, Monotonic since);
  void wait(const Session& session, const ControlMessage& request);
  void wait_for(const Session& session, const std::vector<std::pair<Name, VersionNumber>>& zones,
                std::chrono::milliseconds timeout);
  void wait_for_fleet(const Session& session, const std::vector<std::pair<Name, VersionNumber>>& zones,
                      std::chrono::milliseconds timeout);
  void heads(const Session& session, const ControlMessage& request);
  void history(const Session& session, const ControlMessage& request);
  void content(const Session& session, const ControlMessage& request);
  void node(const Session& session, const ControlMessage& request);
  void status(const Session& session);
  void checkpoint(const Session& session, Packet request);
  void publishers(const Session& session);
  void refresh(const Session& session, const ControlMessage& request);
  void secondaries(const Session& session);
  void notified(const Session& session);
  void fleet(const Session& session, const ControlMessage& request);
  void plan(const Session& session);
  void edit_plan(const Session& session, const ControlMessage& request);
  void stream_versions(const Session& session, std::string verb,
                       std::function<Result<std::vector<StoredVersion>>()> read);
  /// Runs `work` on the reading thread, and what it gives, if anything, on the loop.
  void read(std::function<std::function<void()>()> work);

  Parts parts_;
  CheckpointState checkpoint_state_;
  std::vector<std::string> transfer_alarms_;
  std::size_t held_ = 0;
};

/// What a client is told when its request is wrong or cannot be done.
[[nodiscard]] ControlMessage error_of(std::string reason);

/// The fields that describe a version in `head` and `version`: zone epoch seq serial digest hash records
/// octets created publisher comment kind. Digest and hash in hex.
[[nodiscard]] ControlMessage describe(std::string verb, const Version& version, const VersionHash& hash);

}  // namespace doors
