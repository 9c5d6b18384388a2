#include "server/handover/image_keeper.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "server/handover/image_directory.h"
#include "zones/base/log.h"
#include "zones/image/bus_error.h"

namespace doors {

namespace {

constexpr std::chrono::seconds disk_interval{1};

std::string to_text(const ImageVersion& version) {
  return std::to_string(version.epoch) + "/" + std::to_string(version.seq);
}

}  // namespace

ImageKeeper::ImageKeeper(boost::asio::io_context& io, ControlHost& host)
    : host_(host), disk_timer_(io), checker_([this, &io](ZoneShelf::Image image, std::string reason) {
        boost::asio::post(
            io, [this, image = std::move(image), reason = std::move(reason)] { fall_back(image, reason); });
      }) {}

void ImageKeeper::take_first_look() {
  if (directory_.empty()) return;
  auto found = look_through_images(directory_, {}, ZoneImage::Check::at_use);
  if (found)
    apply_found(*std::move(found), host_.shelf());
  else
    log::warn("no images at the start", {{"reason", found.error().message}});
}

void ImageKeeper::start_checks() {
  check_images();
  watch_disk(bus_errors());
}

void ImageKeeper::look_again(std::function<void()> done) {
  if (directory_.empty()) return done();
  struct Looking {
    std::filesystem::path directory;
    ShelfIndex on_shelf;
    std::optional<Result<FoundImages>> found;
  };
  auto looking = std::make_shared<Looking>(Looking{directory_, index_of(host_.shelf()), std::nullopt});
  host_.in_background(
      [looking] {
        looking->found =
            look_through_images(looking->directory, looking->on_shelf, ZoneImage::Check::at_once);
      },
      [this, looking, done = std::move(done)] {
        auto& found = *looking->found;
        if (found)
          apply_found(*std::move(found), host_.shelf());
        else
          log::warn("images not looked through", {{"reason", found.error().message}});
        done();
      });
}

void ImageKeeper::check_images() {
  for (const auto& [key, zone] : host_.shelf().zones()) checker_.check(zone.image);
  for (const ZoneShelf::Pack& pack : host_.shelf().packs()) checker_.check(pack);
}

void ImageKeeper::review_new_packs() {
  if (host_.served()->packs().size() < 2 || host_.served()->packs() == reviewed_) return;
  reviewed_ = host_.served()->packs();
  struct Reviewing {
    std::shared_ptr<const ZoneSet> set;
    PackReview review;
  };
  auto reviewing = std::make_shared<Reviewing>(Reviewing{host_.served(), {}});
  host_.in_background([reviewing] { reviewing->review = review_packs(*reviewing->set); },
                      [this, reviewing] {
                        const PackReview review = std::exchange(reviewing->review, {});
                        if (host_.shelf().packs() != reviewing->set->packs()) return;  // its review comes
                        host_.shelf().keep_packs(review.superseded, review.zones);
                        reviewed_ = host_.shelf().packs();
                        host_.publish([](std::uint64_t) {});
                      });
}

void ImageKeeper::watch_disk(std::uint64_t errors_before) {
  disk_timer_.expires_after(disk_interval);
  disk_timer_.async_wait([this, errors_before](const boost::system::error_code& error) {
    if (error) return;
    const std::uint64_t errors = bus_errors();
    if (errors != errors_before) {
      log::error("the disk cannot give parts of images", {{"pages", errors - errors_before}});
      check_images();
    }
    watch_disk(errors);
  });
}

void ImageKeeper::fall_back(ZoneShelf::Image damaged, const std::string& reason) {
  log::error("image damaged", {{"zone", damaged->origin().to_string()},
                               {"version", to_text(damaged->version())},
                               {"reason", reason}});
  struct Looking {
    std::filesystem::path directory;
    ZoneShelf::Image damaged;
    ZoneShelf::Image before;
  };
  auto looking = std::make_shared<Looking>(Looking{directory_, std::move(damaged), nullptr});
  host_.in_background(
      [looking] { looking->before = generation_before(looking->directory, *looking->damaged); },
      [this, looking] {
        const NameView origin = looking->damaged->origin();
        const ZoneShelf::Zone* now = host_.shelf().find(origin);
        if (now == nullptr || now->image != looking->damaged) return;
        if (!looking->before) {
          log::error("no generation before: SERVFAIL where the image is bad", {{"zone", origin.to_string()}});
          return;
        }
        log::warn("the generation before is served",
                  {{"zone", origin.to_string()}, {"version", to_text(looking->before->version())}});
        ZoneShelf::Changes changes;
        changes.emplace(ZoneShelf::key_of(origin), ZoneShelf::Zone{looking->before, now->origin});
        host_.shelf().apply(std::move(changes));
        host_.publish([](std::uint64_t) {});
      });
}

}  // namespace doors
