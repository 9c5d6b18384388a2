#include "server/transport/udp_batch.h"

#include <cstring>

namespace doors {

namespace {

/// The client as respond() wants it, from a datagram's source address.
Client client_of(const sockaddr_in6& source) noexcept {
  Client client{};
  client.transport = Transport::udp;
  if (source.sin6_family == AF_INET6) {
    client.ipv6 = true;
    std::memcpy(client.address.data(), &source.sin6_addr, 16);
  } else {
    sockaddr_in v4{};
    std::memcpy(&v4, &source, sizeof v4);
    std::memcpy(client.address.data(), &v4.sin_addr, 4);
  }
  client.port = ntohs(source.sin6_port);  // the same place in both families
  return client;
}

/// Makes the destination a datagram came to the source its response goes from. The interface is left to the
/// routing table, as the way back need not be the way in; only link-local addresses mean nothing without it.
void turn_around(msghdr& header) noexcept {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(part), sizeof info);
      info.ipi_ifindex = 0;  // ipi_spec_dst, the source to send from, is the address asked already
      std::memcpy(CMSG_DATA(part), &info, sizeof info);
    } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(part), sizeof info);
      if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
      std::memcpy(CMSG_DATA(part), &info, sizeof info);
    }
  }
}

}  // namespace

UdpBatch::UdpBatch(bool with_destination)
    : slots_(std::make_unique<std::array<Slot, size>>()), with_destination_(with_destination) {
  for (std::size_t i = 0; i < size; ++i) {
    Slot& slot = (*slots_)[i];
    slot.query = {slot.query_buffer.data(), query_octets};
    slot.response = {slot.response_buffer.data(), 0};
    receive_[i].msg_hdr.msg_name = &slot.source;
    receive_[i].msg_hdr.msg_iov = &slot.query;
    receive_[i].msg_hdr.msg_iovlen = 1;
  }
}

std::span<mmsghdr> UdpBatch::receive_headers() noexcept {
  for (std::size_t i = 0; i < received_; ++i) {
    msghdr& header = receive_[i].msg_hdr;
    header.msg_namelen = sizeof(sockaddr_in6);
    header.msg_control = with_destination_ ? (*slots_)[i].control.data() : nullptr;
    header.msg_controllen = with_destination_ ? control_octets : 0;
  }
  received_ = 1;  // should the call fail: at most the first is touched
  return receive_;
}

void UdpBatch::take(std::size_t received, Counters& counters) noexcept {
  queries_ = 0;
  received_ = received;
  std::uint64_t v6 = 0;
  std::uint64_t octets = 0;
  for (std::size_t i = 0; i < received; ++i) {
    Slot& slot = (*slots_)[i];
    octets += receive_[i].msg_len;
    if (slot.source.sin6_port == 0) {
      counters.add(Counter::dropped_port_zero);
      continue;
    }
    if ((receive_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      counters.add(Counter::dropped_oversize);
      continue;
    }
    BatchItem& item = items_[queries_];
    item.query = Octets(slot.query_buffer).first(receive_[i].msg_len);
    item.client = client_of(slot.source);
    item.out = slot.response_buffer;
    item.size = 0;
    v6 += item.client.ipv6 ? 1 : 0;
    slot_of_item_[queries_++] = static_cast<std::uint8_t>(i);
  }
  if (v6 != 0) counters.add(Counter::udp6_queries, v6);
  if (v6 != queries_) counters.add(Counter::udp4_queries, queries_ - v6);
  counters.add(Counter::udp_octets_in, octets);
  counters.add(Counter::udp_batches);
}

std::span<mmsghdr> UdpBatch::put(Counters& counters) noexcept {
  std::size_t responses = 0;
  std::uint64_t truncated = 0;
  for (std::size_t i = 0; i < queries_; ++i) {
    const BatchItem& item = items_[i];
    if (item.size == 0) {
      counters.add(Counter::dropped_silent);
      continue;
    }
    const std::size_t at = slot_of_item_[i];
    Slot& slot = (*slots_)[at];
    slot.response.iov_len = item.size;
    msghdr& header = send_[responses++].msg_hdr;
    header = receive_[at].msg_hdr;
    header.msg_iov = &slot.response;
    header.msg_flags = 0;
    if (with_destination_) turn_around(header);
    counters.add(item.rcode);
    truncated += (std::to_integer<unsigned>(item.out[2]) & 0x02u) != 0 ? 1 : 0;
  }
  if (truncated != 0) counters.add(Counter::truncated, truncated);
  return std::span(send_).first(responses);
}

}  // namespace doors
