#pragma once

namespace doors {

/// What this thread has met of images that were damaged after they were written: a page, a node or a zone
/// that was not what its checksum says and was taken as not there. Whoever makes an answer compares the count
/// before and after: if it has grown, the answer may lack something, and is none.
class ImageDamage {
 public:
  [[nodiscard]] static unsigned met() noexcept { return met_; }
  static void meet() noexcept { ++met_; }

 private:
  static inline constinit thread_local unsigned met_ = 0;
};

}  // namespace doors
