#pragma once

#include <cstring>
#include <vector>

#include "zones/image/image.h"
#include "zones/image/overlay_check.h"

namespace doors::test {

/// Makes an overlay's sums and sizes right again, and lays it on `base`, as somebody would who means harm.
inline void mend_overlay(std::vector<std::byte>& overlay, const ZoneImage& base) {
  if (overlay.size() < sizeof(layout::OverlayHeader)) return;
  overlay.resize(layout::round_up(overlay.size(), layout::section_alignment));
  layout::OverlayHeader header;
  std::memcpy(&header, overlay.data(), sizeof header);
  header.base = base.id();
  header.file_octets = overlay.size();
  std::memcpy(overlay.data(), &header, sizeof header);
  header.checksum = OverlayCheck::checksum(overlay);
  std::memcpy(overlay.data(), &header, sizeof header);
}

}  // namespace doors::test
