#pragma once

#include <sys/socket.h>

#include "zones/base/ip_address.h"

namespace doors::xfr {

/// The same address as the kernel's calls want it; gives its length.
[[nodiscard]] socklen_t fill_socket_address(const ServiceAddress& address,
                                            sockaddr_storage& storage) noexcept;

}  // namespace doors::xfr
