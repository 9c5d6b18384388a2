#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "zones/base/octets.h"
#include "zones/base/parallel.h"
#include "zones/base/sha256.h"
#include "zones/content/content.h"

namespace doors {

/// The running digest of a content: the sum, modulo 2^256, of the SHA-256 of each RRset as it lies in the
/// stream (big-endian numbers). A sum has no order and can be taken apart again, so a delta updates it
/// without touching the rest. It finds bugs; it never authenticates: whoever may choose RRsets can make two
/// contents of one sum. One thread.
class RunningDigest {
 public:
  RunningDigest() = default;
  /// Goes on from a digest made before.
  explicit RunningDigest(const Sha256& sum) noexcept : sum_(sum) {}
  /// Adds, or takes away, one RRset as it lies in a content stream (Content::rrset_octets).
  void add(Octets rrset);
  void remove(Octets rrset);
  /// Adds what another has summed up.
  void add_all(const RunningDigest& other) noexcept { add_number(other.sum_); }
  [[nodiscard]] const Sha256& value() const noexcept { return sum_; }

 private:
  void add_number(const Sha256& term) noexcept;

  Sha256 sum_{};
  Sha256Stream hash_;
};

using ContentDigest = Sha256;

/// The digest of a whole content: about 0.2 µs an RRset. `run` gets pieces of it done.
[[nodiscard]] ContentDigest content_digest(const Content& content, const RunPieces& run = run_in_turn);

}  // namespace doors
