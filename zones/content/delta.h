#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/content/diff.h"
#include "zones/content/digest.h"

namespace doors {

/// What leads from one content of a zone to the next, whole RRsets: those that go, as they were, and those
/// that come. Both are contents of that zone themselves, since both have its SOA: the old one and the new
/// one. So a delta is checked as contents are, and its size is that of the change and not of the zone.
///
///     "DOORDLT1" | octets of what goes u64 | content: what goes | content: what comes
class Delta {
 public:
  /// Errors: it is of two zones.
  [[nodiscard]] static Result<Delta> of(Content gone, Content come);
  /// What is different in two contents. Errors: they are of two zones.
  [[nodiscard]] static Result<Delta> between(const Content& before, const Content& after);
  /// Several changes, one after the other, as one; at least one. Error: one does not go on from the others.
  [[nodiscard]] static Result<Delta> joined(std::span<const Delta> steps);
  /// Reads a stream of any origin.
  [[nodiscard]] static Result<Delta> parse(Octets stream);
  [[nodiscard]] std::vector<std::byte> stream() const;

  /// Of the stream.
  [[nodiscard]] std::size_t octets() const noexcept;
  [[nodiscard]] const Content& gone() const noexcept { return gone_; }
  [[nodiscard]] const Content& come() const noexcept { return come_; }
  /// RRset by RRset; borrows from this.
  [[nodiscard]] Diff changes() const { return diff(gone_, come_); }
  /// The digest, and the number of records, of what it makes of a content with that digest or number. They
  /// say nothing of whether what goes is there.
  [[nodiscard]] ContentDigest digest_after(const ContentDigest& before) const;
  [[nodiscard]] std::uint64_t records_after(std::uint64_t before) const noexcept {
    return before - gone_.record_count() + come_.record_count();
  }
  /// The content after it. Error: what goes is not there as it says.
  [[nodiscard]] Result<Content> apply(const Content& before) const;

 private:
  Delta(Content gone, Content come) : gone_(std::move(gone)), come_(std::move(come)) {}
  Content gone_;
  Content come_;
};

}  // namespace doors
