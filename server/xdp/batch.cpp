#include "server/xdp/batch.h"

#include <algorithm>
#include <cstring>

namespace doors {

namespace {

/// What a datagram's IP and UDP headers leave of `mtu`.
std::size_t message_room(const FrameParts& parts, std::size_t mtu) noexcept {
  return mtu - (parts.message() - parts.ip);
}

}  // namespace

XdpBatch::XdpBatch() : queries_octets_(std::make_unique<std::array<std::byte, size * message_octets>>()) {}

void XdpBatch::take(std::size_t received, std::size_t mtu, Counters& counters) noexcept {
  queries_ = 0;
  given_back_ = 0;
  // The frames were written on another CPU, or by a device.
  for (std::size_t i = 0; i < received; ++i) {
    __builtin_prefetch(frames_[i].data, 1);
    __builtin_prefetch(frames_[i].data + 64, 1);
  }
  std::byte* copy = queries_octets_->data();
  std::uint64_t v6 = 0;
  std::uint64_t octets = 0;
  for (std::size_t i = 0; i < received; ++i) {
    const XdpFrame& frame = frames_[i];
    const Octets all(frame.data, frame.size);
    FrameParts& parts = parts_[queries_];
    const FrameVerdict verdict =
        frame.size > message_octets ? FrameVerdict::malformed : parse_frame(all, parts);
    if (verdict != FrameVerdict::datagram) [[unlikely]] {
      counters.add(verdict == FrameVerdict::port_zero ? Counter::dropped_port_zero : Counter::dropped_frame);
      back_[given_back_++] = frame;
      continue;
    }
    std::memcpy(copy, frame.data + parts.message(), parts.message_octets);
    BatchItem& item = items_[queries_];
    item.query = Octets(copy, parts.message_octets);
    item.client = client_of(all, parts);
    item.out = MutableOctets(frame.data + parts.message(),
                             std::min<std::size_t>(frame.room - parts.message(), message_room(parts, mtu)));
    item.size = 0;
    copy += parts.message_octets;
    octets += parts.message_octets;
    v6 += parts.ipv6 ? 1 : 0;
    frame_of_item_[queries_++] = static_cast<std::uint8_t>(i);
  }
  if (v6 != 0) counters.add(Counter::udp6_queries, v6);
  if (v6 != queries_) counters.add(Counter::udp4_queries, queries_ - v6);
  counters.add(Counter::xdp_queries, queries_);
  counters.add(Counter::udp_octets_in, octets);
  counters.add(Counter::udp_batches);
}

void XdpBatch::put(Counters& counters) noexcept {
  sent_ = 0;
  std::uint64_t truncated = 0;
  std::uint64_t octets = 0;
  for (std::size_t i = 0; i < queries_; ++i) {
    const BatchItem& item = items_[i];
    const XdpFrame& frame = frames_[frame_of_item_[i]];
    if (item.size == 0) {
      counters.add(Counter::dropped_silent);
      back_[given_back_++] = frame;
      continue;
    }
    XdpFrame& sent = send_[sent_++];
    sent = frame;
    sent.size = static_cast<std::uint32_t>(turn_frame({frame.data, frame.room}, parts_[i], item.size));
    counters.add(item.rcode);
    octets += item.size;
    truncated += (std::to_integer<unsigned>(item.out[2]) & 0x02u) != 0 ? 1 : 0;
  }
  if (truncated != 0) counters.add(Counter::truncated, truncated);
  counters.add(Counter::udp_responses, sent_);
  counters.add(Counter::udp_octets_out, octets);
}

}  // namespace doors
