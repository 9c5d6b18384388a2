#include "sync/ctl/serve_feed.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "sync/ctl/loaded_files.h"

namespace doors::ctl {
namespace {

/// Images on their way to doord at once: enough to keep it busy, few enough for the limit on descriptors in
/// flight.
constexpr std::size_t offers_in_flight = 64;

}  // namespace

Outcome<std::optional<ControlMessage>> ServeFeed::ask(const ControlMessage& request) {
  if (auto sent = doord_.send(request); !sent) return Unexpected(sent.error());
  if (!wait_({doord_.descriptor()})) return std::optional<ControlMessage>();
  Outcome<Packet> reply = doord_.receive(usual_silence);
  if (!reply) return Unexpected(reply.error());
  return std::optional<ControlMessage>(std::move(reply->message));
}

Outcome<std::optional<ServeFeed::Round>> ServeFeed::bring_in(const std::vector<ZoneFile>& found) {
  round_ = {};
  offered_.clear();
  const bool use_cache = std::exchange(first_, false);
  if (use_cache) remember_state();

  std::vector<ZoneFile> files;
  for (const std::size_t i : served_.begin(found)) files.push_back(found[i]);
  std::vector<Name> gone;
  for (bool cached = use_cache;; cached = false) {
    const Outcome<Step> loaded = load(std::move(files), cached);
    if (!loaded) return Unexpected(loaded.error());
    if (*loaded == Step::given_up) return std::optional<Round>();
    ServedZones::Finish finish = served_.finish();
    gone.insert(gone.end(), finish.gone.begin(), finish.gone.end());
    std::unordered_set<std::string> again;
    for (const auto* paths : {&finish.read, &again_}) {
      for (const std::filesystem::path& path : *paths) again.insert(path.native());
    }
    again_.clear();
    files.clear();
    if (again.empty()) break;
    std::copy_if(found.begin(), found.end(), std::back_inserter(files),
                 [&](const ZoneFile& file) { return again.contains(file.path.native()); });
  }
  for (const Name& zone : gone) {
    if (auto sent = doord_.send(ControlMessage("remove").with("zone", zone.to_string())); !sent) {
      return Unexpected(sent.error());
    }
    in_flight_.push_back({.path = {}, .zone = zone, .came = {}, .from_cache = false});
    ++round_.removed;
    const Outcome<Step> settled = settle(offers_in_flight);
    if (!settled) return Unexpected(settled.error());
    if (*settled == Step::given_up) return std::optional<Round>();
  }
  const Outcome<Step> withheld = withhold();
  if (!withheld) return Unexpected(withheld.error());
  if (*withheld == Step::given_up) return std::optional<Round>();
  terminal_.end_progress();
  warnings_.end("doorctl check --verbose");
  if (use_cache || round_.changed + round_.removed + round_.withheld > 0) {
    const auto swapped = ask(ControlMessage("swap"));
    if (!swapped) return Unexpected(swapped.error());
    if (!*swapped) return std::optional<Round>();
    if ((*swapped)->verb() != "swapped") {
      return unreachable("doord answered \"" + (*swapped)->verb() + "\" when it was to swap");
    }
  }
  if (state_ != nullptr) {
    // A cache: that it cannot be written is said, and no reason to stop.
    if (const auto saved = state_->save(served_.served()); !saved) terminal_.warn(saved.error().message);
  }
  return std::optional<Round>(round_);
}

void ServeFeed::remember_state() {
  if (state_ == nullptr) return;
  for (const auto& [path, entry] : state_->entries()) {
    // The file that is taken from the cache gets the number its image has.
    served_.remember(entry.read.zone, entry.seq - 1);
  }
}

Outcome<ServeFeed::Step> ServeFeed::withhold() {
  std::erase_if(bad_, [this](const Name& zone) { return served_.serves(zone); });
  std::vector<ControlMessage> requests;
  for (const Name& zone : bad_) {
    if (!withheld_.contains(zone))
      requests.push_back(ControlMessage("withhold").with("zone", zone.to_string()));
  }
  for (const Name& zone : withheld_) {
    if (!bad_.contains(zone) && !served_.serves(zone)) {
      requests.push_back(ControlMessage("remove").with("zone", zone.to_string()));
    }
  }
  withheld_ = std::exchange(bad_, {});
  round_.withheld = requests.size();
  for (const ControlMessage& request : requests) {
    if (auto sent = doord_.send(request); !sent) return Unexpected(sent.error());
    in_flight_.push_back({.path = {}, .zone = {}, .came = {}, .from_cache = false});
    const Outcome<Step> settled = settle(offers_in_flight);
    if (!settled || *settled == Step::given_up) return settled;
  }
  return settle(0);
}

Outcome<ServeFeed::Step> ServeFeed::load(std::vector<ZoneFile> files, bool use_cache) {
  const std::size_t total = files.size();
  std::size_t done = 0;
  {
    ServeLoader loader({.files = std::move(files),
                        .options = settings_.load,
                        .check_dnssec = settings_.check_dnssec,
                        .state = state_,
                        .use_cache = use_cache},
                       served_);
    while (!loader.finished()) {
      if (!wait_({loader.descriptor(), doord_.descriptor()})) return Step::given_up;
      while (std::optional<LoadResult> result = loader.next()) {
        ++done;
        if (auto taken = take(*std::move(result)); !taken) return Unexpected(taken.error());
        const Outcome<Step> settled = settle(offers_in_flight);
        if (!settled) return Unexpected(settled.error());
        if (*settled == Step::given_up) return Step::given_up;
        terminal_.progress("reading zone files: " + with_commas(done) + " of " + with_commas(total));
      }
    }
  }
  const Outcome<Step> settled = settle(0);
  if (!settled || *settled == Step::given_up) return settled;
  for (const Offer& offer : std::exchange(not_taken_, {})) {
    served_.not_taken(offer.path, offer.zone, offer.came);
    if (offer.from_cache) {
      again_.push_back(offer.path);
    } else {
      ++round_.failed;
    }
  }
  return Step::go_on;
}

Outcome<void> ServeFeed::take(LoadResult result) {
  report(result);
  if (!result.good) {
    ++round_.failed;
    if (result.likely_zone) bad_.insert(*result.likely_zone);
    return {};
  }
  if (result.came.verdict != ServedZones::Verdict::offer) return {};
  std::uint64_t& highest = offered_[result.zone.to_string()];
  if (result.came.seq <= highest) return {};  // overtaken by another file of the same zone
  highest = result.came.seq;
  if (auto sent = doord_.send(ControlMessage("offer")
                                  .with("zone", result.zone.to_string())
                                  .with("epoch", 1)
                                  .with("seq", result.came.seq),
                              {result.image.get()});
      !sent) {
    return sent;
  }
  in_flight_.push_back({.path = std::move(result.path),
                        .zone = result.zone,
                        .came = std::move(result.came),
                        .from_cache = result.from_cache});
  ++round_.changed;
  return {};
}

/// Reads replies until at most `in_flight` requests are unanswered.
Outcome<ServeFeed::Step> ServeFeed::settle(std::size_t in_flight) {
  while (in_flight_.size() > in_flight) {
    if (!wait_({doord_.descriptor()})) return Step::given_up;
    if (auto read = read_reply(); !read) return Unexpected(read.error());
  }
  return Step::go_on;
}

Outcome<void> ServeFeed::read_reply() {
  Outcome<Packet> reply = doord_.receive(usual_silence);
  if (!reply) return Unexpected(reply.error());
  Offer offer = std::move(in_flight_.front());
  in_flight_.pop_front();
  const ControlMessage& message = reply->message;
  if (message.verb() == "staged") return {};
  if (message.verb() != "refused")
    return unreachable("doord answered \"" + message.verb() + "\" to an image");
  --round_.changed;
  if (!offer.from_cache) {  // an old image of another layout is simply made anew
    terminal_.error(offer.path.string() + ": doord does not take zone " + offer.zone.to_string() + ": " +
                    std::string(message.text("reason")));
  }
  not_taken_.push_back(std::move(offer));
  return {};
}

void ServeFeed::report(const LoadResult& result) {
  for (const Problem& problem : result.problems) {
    if (problem.error) {
      terminal_.error(line_of(problem));
    } else {
      warnings_.add(line_of(problem));
    }
  }
  if (!result.good) {
    terminal_.error(result.path.string() + (result.keeps_old ? ": has errors; its zone stays served as it was"
                                                             : ": has errors and is not served"));
    return;
  }
  const auto surplus = [&](const std::filesystem::path& extra, const std::filesystem::path& serving) {
    terminal_.error(extra.string() + ": zone " + result.zone.to_string() + " is served from " +
                    serving.string() + " already; this file is not served");
  };
  if (result.came.verdict == ServedZones::Verdict::surplus) surplus(result.path, result.came.other);
  if (!result.came.displaced.empty()) surplus(result.came.displaced, result.path);
}

}  // namespace doors::ctl
