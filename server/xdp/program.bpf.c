/* Runs in the kernel for each frame that an interface receives (XDP). UDP datagrams to a service address and
 * its port go to the socket of their queue, if there is one; all else goes on to the kernel, and so does all
 * when doord is gone. What is out of the ordinary is the kernel's too: two VLAN tags, IPv4 options, IPv6
 * extension headers, fragments, frames to a group, lengths that disagree. */
#include "program.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, DOORS_XDP_MAX_QUEUES);
  __type(key, __u32);
  __type(value, __u32);
} sockets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, DOORS_XDP_MAX_ADDRESSES);
  __type(key, struct xdp_address);
  __type(value, __u8);
} addresses SEC(".maps");

struct vlan_tag {
  __be16 control;
  __be16 ether_type;
};

#define MORE_FRAGMENTS 0x2000
#define FRAGMENT_OFFSET 0x1fff

SEC("xdp")
int doors_xdp(struct xdp_md* context) {
  void* at = (void*)(long)context->data;
  void* end = (void*)(long)context->data_end;

  struct ethhdr* ethernet = at;
  at = ethernet + 1;
  if (at > end || (ethernet->h_dest[0] & 1)) return XDP_PASS;
  __be16 ether_type = ethernet->h_proto;
  const int tagged = ether_type == bpf_htons(ETH_P_8021Q);
  if (tagged) {
    struct vlan_tag* tag = at;
    at = tag + 1;
    if (at > end) return XDP_PASS;
    ether_type = tag->ether_type;
  }

  struct xdp_address asked = {.ether_type = ether_type};
  long headers = sizeof *ethernet; /* in front of the UDP header; pointers are not subtracted, which takes
                                      CAP_PERFMON */
  long length;                     /* of the datagram with its UDP header */
  if (tagged) headers += sizeof(struct vlan_tag);
  if (ether_type == bpf_htons(ETH_P_IP)) {
    struct iphdr* ip = at;
    at = ip + 1;
    if (at > end || ip->version != 4 || ip->ihl != 5 || ip->protocol != IPPROTO_UDP ||
        (ip->frag_off & bpf_htons(MORE_FRAGMENTS | FRAGMENT_OFFSET))) {
      return XDP_PASS;
    }
    headers += sizeof *ip;
    length = (long)bpf_ntohs(ip->tot_len) - (long)sizeof *ip;
    __builtin_memcpy(asked.address, &ip->daddr, 4);
  } else if (ether_type == bpf_htons(ETH_P_IPV6)) {
    struct ipv6hdr* ip = at;
    at = ip + 1;
    if (at > end || ip->version != 6 || ip->nexthdr != IPPROTO_UDP) return XDP_PASS;
    headers += sizeof *ip;
    length = bpf_ntohs(ip->payload_len);
    __builtin_memcpy(asked.address, &ip->daddr, 16);
  } else {
    return XDP_PASS;
  }

  struct udphdr* udp = at;
  if ((void*)(udp + 1) > end || length != bpf_ntohs(udp->len)) return XDP_PASS;
  if (headers + length > (long)bpf_xdp_get_buff_len(context)) return XDP_PASS;
  asked.port = udp->dest;
  if (!bpf_map_lookup_elem(&addresses, &asked)) return XDP_PASS;
  return (int)bpf_redirect_map(&sockets, context->rx_queue_index, XDP_PASS);
}

char program_license[] SEC("license") =
    "Apache-2.0"; /* none of the functions it calls is for the GPL alone */
