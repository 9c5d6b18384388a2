#include "zones/load/part_load.h"

#include <deque>
#include <mutex>
#include <utility>

#include "zones/load/zone_loader.h"

namespace doors {

namespace {

/// One part, and what it was read with.
struct ReadPart {
  ReadPart(const ZoneLoader& head, ZoneLoader::Entry assumed, std::uint64_t octets)
      : entry(std::move(assumed)), octets_left(octets), loader(head, entry, octets_left) {}
  ReadPart(const ReadPart&) = delete;
  ReadPart& operator=(const ReadPart&) = delete;

  ZoneLoader::Entry entry;
  std::uint64_t octets_left;
  ZoneLoader loader;
  TextParts::Part part;
};

class PartLoad {
 public:
  PartLoad(TextParts& text, const ZoneFileOptions& options, const std::string& file,
           std::uint64_t octets_left)
      : text_(text), options_(options), octets_left_(octets_left), head_(options, file, octets_left_) {}

  std::optional<Expected<LoadedZone, std::vector<Problem>>> load() {
    const bool whole = read_head() && read_rest() && put_together();
    if (!whole) {
      count(-octets_counted_);
      return std::nullopt;
    }
    return head_.finish();
  }

 private:
  /// Parts up to the one that names the zone, by the loader that will have all.
  bool read_head() {
    std::string buffer;
    TextParts::Part part;
    while (!head_.knows_zone() && text_.next(part, buffer)) {
      count(part.text.size());
      ZoneScanner scanner(part.text, part.first_line);
      head_.read(scanner);
      if (head_.has_errors()) return false;
    }
    return !text_.failed();
  }

  /// All others at once.
  bool read_rest() {
    if (!head_.knows_zone()) return true;
    std::uint64_t unused = 0;
    ZoneLoader scout(head_, head_.entry(), unused);
    std::mutex taking;
    bool failed = false;               // under the mutex
    std::vector<std::string> buffers;  // likewise: used ones, whose pages are there already
    options_.run(text_.most_left(), [&](std::size_t) {
      std::string buffer;
      TextParts::Part part;
      ReadPart* read = nullptr;
      {
        const std::lock_guard lock(taking);
        if (!buffers.empty()) {
          buffer = std::move(buffers.back());
          buffers.pop_back();
        }
        if (failed || !text_.next(part, buffer)) return;
        count(part.text.size());
        read = &parts_.emplace_back(head_, scout.entry(), octets_left_);
        for (const std::string_view directive : part.directives) scout.foresee(directive);
      }
      ZoneScanner scanner(part.text, part.first_line);
      read->loader.read(scanner);
      read->part = std::move(part);
      const std::lock_guard lock(taking);
      buffers.push_back(std::move(buffer));
      failed = failed || read->loader.has_errors();
    });
    return !failed && !text_.failed();
  }

  bool put_together() {
    const std::size_t generated_left = head_.generated_left();
    const std::uint64_t octets_left = octets_left_;
    for (; !parts_.empty(); parts_.pop_front()) {
      ReadPart& read = parts_.front();
      if (!head_.fits(read.loader, read.entry)) {
        if (!read_again(read)) return false;
        continue;
      }
      const std::uint64_t octets = octets_left - read.octets_left;
      if (octets > octets_left_ || !head_.absorb(std::move(read.loader), generated_left)) return false;
      octets_left_ -= octets;
    }
    return true;
  }

  /// Reads a part that assumed wrongly at its place.
  bool read_again(ReadPart& read) {
    std::string buffer;
    if (!text_.read_again(read.part, buffer)) return false;
    ZoneScanner scanner(read.part.text, read.part.first_line);
    head_.read(scanner);
    return !head_.has_errors();
  }

  void count(std::uint64_t octets) {
    octets_counted_ += octets;
    if (options_.octets_read != nullptr) options_.octets_read->fetch_add(octets, std::memory_order_relaxed);
  }

  TextParts& text_;
  const ZoneFileOptions& options_;
  std::uint64_t octets_left_;
  std::uint64_t octets_counted_ = 0;
  ZoneLoader head_;
  std::deque<ReadPart> parts_;
};

}  // namespace

std::optional<Expected<LoadedZone, std::vector<Problem>>> load_in_parts(TextParts& text,
                                                                        const ZoneFileOptions& options,
                                                                        const std::string& file,
                                                                        std::uint64_t octets_left) {
  return PartLoad(text, options, file, octets_left).load();
}

}  // namespace doors
