#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sync/pop/background.h"
#include "sync/xfr/catalog_set.h"
#include "sync/xfr/secondaries.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// The zones that catalogs bring (RFC 9432). A catalog comes by transfer like any zone, but is not one to be
/// answered from: its content lies in a file of its own, and what it lists is followed:
///
///     content ─► read_catalog ─► CatalogSet ─► what goes: followed no more, ended ─► file ─► what comes:
///     followed
///                   └ broken, or too much would go: all stays
///
/// The file is written last, so that whatever is cut off is done again. Held by shared_ptr: work on the other
/// thread keeps it. The loop's thread only.
class Catalogs : public std::enable_shared_from_this<Catalogs> {
 public:
  struct Parts {
    boost::asio::io_context& io;
    Background& working;  ///< where ends are published and files written
    std::filesystem::path directory;
    /// On the working thread: ends a zone durably.
    std::function<Result<void>(const Name&)> end;
    std::function<void(const xfr::SecondaryZone&)> follow;
    std::function<void(const Name&)> unfollow;
    /// It is another zone of that name now: takes all of it anew.
    std::function<void(const Name&)> reset;
  };
  /// `own`: the zones that have a [[secondary]]. Reads what lies in the directory.
  Catalogs(Parts parts, const std::vector<xfr::CatalogZone>& catalogs,
           const std::vector<xfr::SecondaryZone>& own);
  Catalogs(const Catalogs&) = delete;
  Catalogs& operator=(const Catalogs&) = delete;

  /// From now on it changes nothing any more: another one takes its place.
  void retire() noexcept { retired_ = true; }
  /// The catalogs, and all that they list: what is to be followed from the start.
  [[nodiscard]] std::vector<xfr::SecondaryZone> zones() const;
  /// Keeps catalogs here, and gives all other zones to `others`. Borrows from this.
  [[nodiscard]] xfr::Secondaries::Versions beside(xfr::Secondaries::Versions others);

 private:
  struct Kept;     // a catalog's content, on the loop and the working thread
  struct Arrived;  // the same, new
  struct Catalog {
    xfr::CatalogZone config;
    std::shared_ptr<const Kept> kept;  // null: it never came
  };
  using Done = std::function<void(std::string)>;
  void read_files();
  void publish(xfr::Arrival arrival, Done done);
  void take(std::shared_ptr<const Arrived> arrived, const Done& done);
  void taken(const std::shared_ptr<const Arrived>& arrived, const xfr::CatalogSet& next,
             const xfr::CatalogSet::Change& change);
  void next_in_turn();
  [[nodiscard]] std::filesystem::path file_of(const Name& catalog) const;
  [[nodiscard]] xfr::SecondaryZone way_of(const Name& zone, const xfr::CatalogSet& set) const;

  Parts parts_;
  std::map<Name, Catalog> catalogs_;
  xfr::CatalogSet set_;
  std::deque<std::function<void()>> waiting_;  // arrivals, of which one is dealt with at a time
  bool is_busy_ = false;
  bool retired_ = false;
};

}  // namespace doors
