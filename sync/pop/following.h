#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "sync/pop/catalogs.h"
#include "sync/pop/expiry_keeper.h"
#include "sync/pop/transfer_in.h"

namespace doors {

/// This node as a secondary, whole: the zones of the config and of catalogs, what becomes of what comes, and
/// expiry. The loop's thread only.
class Following {
 public:
  struct Parts {
    TransferIn::Parts transfer;
    Journal& journal;
    std::filesystem::path store;  ///< the directory of the node's key and the catalogs
    ExpiryKeeper::Handlers expiry;
  };
  explicit Following(Parts parts);
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;

  /// Reads when zones were confirmed, and looks from now on.
  void start() { expiry_.start(); }
  /// Who signs what is taken by transfer; nothing: nobody, as there is nothing to take, or no key.
  [[nodiscard]] std::optional<PublicKey> signer(const xfr::Settings& settings);
  /// Begins anew to follow what these settings say, whatever was going on; after the policy has the signer.
  /// Without a key this node takes no zone so; all else goes on.
  void follow(const xfr::Settings& settings);
  /// Follows nothing any more.
  void stop();
  /// Null: nothing is followed.
  [[nodiscard]] xfr::Secondaries* secondaries() noexcept { return secondaries_.get(); }

 private:
  [[nodiscard]] Catalogs::Parts parts_of_catalogs();

  Parts parts_;
  ExpiryKeeper expiry_;
  std::unique_ptr<TransferIn> transfer_in_;
  std::shared_ptr<Catalogs> catalogs_;  // what secondaries_ borrows from
  std::unique_ptr<xfr::Secondaries> secondaries_;
};

}  // namespace doors
