#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "sync/pop/archive.h"
#include "sync/pop/background.h"
#include "sync/pop/fresh_content.h"
#include "sync/pop/publisher.h"
#include "sync/trust/keys.h"
#include "sync/trust/policy.h"
#include "sync/xfr/secondaries.h"
#include "zones/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// The key by which this node signs what it takes by transfer; made if it is not there.
[[nodiscard]] Result<PrivateKey> node_key(const std::filesystem::path& path);
/// Who it is to the policy: it may sign those zones and no others.
[[nodiscard]] Publisher node_publisher(const PublicKey& key, const xfr::Settings& settings);

/// Makes versions of zones that came by transfer: checked, signed by the node's key and published like any
/// push, with the same gates. The loop's thread only, but for what runs in the background.
class TransferIn {
 public:
  struct Parts {
    boost::asio::io_context& io;
    const Clock& clock;
    Archive& archive;
    Background& publishing;
    Background& reading;
    FreshContent& fresh;
    std::function<std::shared_ptr<const Policy>()> policy;
    std::function<void(const ZoneVerdict&, Monotonic since)> published;
  };
  TransferIn(Parts parts, PrivateKey key);

  [[nodiscard]] const std::shared_ptr<const PrivateKey>& key() const noexcept { return key_; }
  /// What Secondaries needs; borrows from this.
  [[nodiscard]] xfr::Secondaries::Versions versions();

 private:
  void publish(xfr::Arrival arrival, std::function<void(std::string)> done);

  Parts parts_;
  std::shared_ptr<const PrivateKey> key_;
};

/// One arrival as a signed push: the version that follows the newest one. Blocks. Error: the stream is no
/// content of that zone, or what publish() says.
[[nodiscard]] Result<ZoneVerdict> publish_arrival(Archive& archive, const Policy& policy,
                                                  const PrivateKey& key, const xfr::Arrival& arrival,
                                                  WallTime now, FreshContent* fresh = nullptr);

/// Ends a zone that was taken by transfer: its tombstone. Blocks. Nothing: there is nothing to end, or a
/// publisher's it is.
[[nodiscard]] Result<std::optional<ZoneVerdict>> publish_end(Archive& archive, const Policy& policy,
                                                             const PrivateKey& key, const Name& zone,
                                                             WallTime now);

}  // namespace doors
