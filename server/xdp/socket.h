#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "server/xdp/batch.h"
#include "zones/base/error.h"

namespace doors {

/// What the kernel could not give to the socket.
struct XdpLosses {
  std::uint64_t dropped = 0;    ///< frames that do not fit
  std::uint64_t ring_full = 0;  ///< queries, for they waited too long
  std::uint64_t no_frame = 0;   ///< queries, for all frames were in use
};

/// An AF_XDP socket of one queue: memory shared with the kernel, cut into frames, and four rings that say
/// whose each frame is:
///
///                  ┌── fill ──────► kernel receives ──── rx ──┐
///       free frames│                                          ▼
///                  └── completion ◄── kernel sends ◄── tx ── receive(): ours, answered in place, send()
///
/// There are as many places in a ring as frames, so none is ever full for us. One thread.
class XdpSocket {
 public:
  struct Settings {
    std::string interface;
    std::uint32_t queue = 0;
    std::uint32_t mtu = 1500;
    std::uint32_t ring = 2048;  ///< frames to receive into; as many again are for sending
    bool native = true;         ///< the program runs in the driver: zero-copy where the driver has that, too
  };
  /// Error: what stands in the way, and the remedy where there is a known one.
  [[nodiscard]] static Result<std::unique_ptr<XdpSocket>> open(const Settings& settings);
  XdpSocket(const XdpSocket&) = delete;
  XdpSocket& operator=(const XdpSocket&) = delete;
  ~XdpSocket();

  [[nodiscard]] int fd() const noexcept;
  /// The device itself writes to and reads from our frames.
  [[nodiscard]] bool zero_copy() const noexcept;
  /// Any thread.
  [[nodiscard]] XdpLosses losses() const noexcept;

  /// Takes received frames off the ring, as many as there are places; gives how many. They are ours until
  /// they are sent or given back.
  std::size_t receive(std::span<XdpFrame> frames) noexcept;
  /// Puts frames into the ring to be sent; kick() or poll() on fd() sends them.
  void send(std::span<const XdpFrame> frames) noexcept;
  void give_back(std::span<const XdpFrame> frames) noexcept;
  /// Frames handed to send() that the kernel has not taken yet.
  [[nodiscard]] bool unsent() noexcept;
  /// Has the kernel send, if it waits to be told. It may leave some (unsent()).
  void kick() noexcept;
  /// Brings sent frames and those given back into the ring to receive into.
  void refill() noexcept;

 private:
  class Impl;
  explicit XdpSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
