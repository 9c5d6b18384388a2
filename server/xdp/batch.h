#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "server/xdp/frame.h"
#include "zones/base/octets.h"

namespace doors {

/// A frame of the memory shared with the kernel, as long as it is ours.
struct XdpFrame {
  std::uint64_t address = 0;  ///< where the kernel says it is
  std::byte* data = nullptr;
  std::uint32_t size = 0;  ///< octets of the frame
  std::uint32_t room = 0;  ///< octets it may have
};

/// One batch of frames and their queries. The response is written where the query lies, so the query is first
/// copied away: it is the shorter of the two. The steps:
///
///     frames() filled from the ring -> take(): which are queries -> items() to respond_batch() -> put(): to
///     send, to give back
///
/// One thread.
class XdpBatch {
 public:
  static constexpr std::size_t size = 32;  // as many as UdpBatch has

  XdpBatch();

  /// Where the received frames go.
  [[nodiscard]] std::span<XdpFrame> frames() noexcept { return frames_; }
  /// Sorts the `received` first frames into queries, which become items(), and what is dropped. No response's
  /// IP packet is longer than `mtu`, which is 576 at least.
  void take(std::size_t received, std::size_t mtu, Counters& counters) noexcept;
  [[nodiscard]] std::span<BatchItem> items() noexcept { return {items_.data(), queries_}; }
  /// Makes the frames of the items with a response ready; counts responses, rcodes and TC. Afterwards
  /// to_send() and to_give_back() together are all frames taken.
  void put(Counters& counters) noexcept;
  [[nodiscard]] std::span<const XdpFrame> to_send() const noexcept { return {send_.data(), sent_}; }
  [[nodiscard]] std::span<const XdpFrame> to_give_back() const noexcept {
    return {back_.data(), given_back_};
  }

 private:
  /// Longer than any frame: with its headers, a page.
  static constexpr std::size_t message_octets = 4096;

  std::array<XdpFrame, size> frames_{};
  std::array<XdpFrame, size> send_{};
  std::array<XdpFrame, size> back_{};
  std::array<FrameParts, size> parts_{};  // of items_[i]
  std::array<std::uint8_t, size> frame_of_item_{};
  std::array<BatchItem, size> items_{};
  std::unique_ptr<std::array<std::byte, size * message_octets>> queries_octets_;  // one behind the other
  std::size_t queries_ = 0;
  std::size_t sent_ = 0;
  std::size_t given_back_ = 0;
};

}  // namespace doors
