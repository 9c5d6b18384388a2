#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "server/handover/control_host.h"
#include "server/handover/image_checker.h"
#include "server/handover/zone_shelf.h"

namespace doors {

/// Keeps the images that a server answers from: finds them in the images directory, has checked what was not
/// checked at the start, and falls back to the generation before where one is damaged. The control thread
/// only.
class ImageKeeper {
 public:
  /// `io` runs on the control thread; `io` and `host` outlive it.
  ImageKeeper(boost::asio::io_context& io, ControlHost& host);

  /// Where images lie; "" for nowhere.
  void set_directory(std::filesystem::path directory) { directory_ = std::move(directory); }
  /// Puts what is there onto the shelf, at once: what it is made of is checked at its use.
  void take_first_look();
  /// Looks through the directory again, in the background, then calls `done`.
  void look_again(std::function<void()> done);

  /// Once the server answers: has the rest of all images checked, and again what the disk loses later.
  void start_checks();
  /// After each set that is served: has new packs looked through, and drops those that they supersede.
  void review_new_packs();
  /// Files that are served while the rest of them is being checked.
  [[nodiscard]] std::size_t unchecked() const noexcept { return checker_.waiting(); }

 private:
  void check_images();
  void watch_disk(std::uint64_t errors_before);
  /// Serves the generation before of a damaged image; without one it is served on as far as it is right.
  void fall_back(ZoneShelf::Image damaged, const std::string& reason);

  ControlHost& host_;
  std::filesystem::path directory_;
  boost::asio::steady_timer disk_timer_;
  std::vector<ZoneShelf::Pack> reviewed_;  // of these it is known what they have
  ImageChecker checker_;
};

}  // namespace doors
