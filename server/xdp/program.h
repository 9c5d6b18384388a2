#ifndef DOORS_SERVER_XDP_PROGRAM_H
#define DOORS_SERVER_XDP_PROGRAM_H

/* What the program in the kernel and doord share; C, as the program is. */

#include <linux/types.h>

/* A service address: key of the map `addresses`. All octets count. */
struct xdp_address { /* NOLINT(readability-identifier-naming): C */
  __u8 address[16];  /* network order; of IPv4 the first four, the rest 0 */
  __u16 port;        /* network order */
  __u16 ether_type;  /* network order: of IPv4 or IPv6 */
};

/* Queues that an interface may have here. */
#define DOORS_XDP_MAX_QUEUES 256
/* Service addresses. */
#define DOORS_XDP_MAX_ADDRESSES 4096

#endif
