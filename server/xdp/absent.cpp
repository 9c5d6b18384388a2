// What there is of AF_XDP in a doord that was built without it: a config that asks for it is refused.
#include "server/xdp/service.h"

namespace doors {

bool xdp_is_built() noexcept { return false; }

std::unique_ptr<XdpService> make_xdp_service(boost::asio::io_context&, const Clock&,
                                             std::function<void(std::shared_ptr<const Snapshot>)>) {
  return nullptr;
}

}  // namespace doors
