#include "server/xdp/socket.h"

#include <cassert>
#include <cerrno>
#include <cstring>
#include <vector>

#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/xsk.h>

#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9  // Linux 6.17
#endif

namespace doors {

namespace {

/// What the kernel keeps free in front of a received frame (XDP_PACKET_HEADROOM).
constexpr std::uint32_t headroom = 256;
/// Ethernet header and VLAN tag.
constexpr std::uint32_t link_octets = 18;
constexpr std::uint32_t page = 4096;
/// Calls of sendto() in one kick(): in copy mode one call may send part of the ring and say EAGAIN.
constexpr int kicks = 64;

/// Memory from mmap(), of the frames.
class FrameMemory {
 public:
  explicit FrameMemory(std::size_t octets) noexcept
      : octets_(octets),
        data_(::mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
                     0)) {}
  FrameMemory(const FrameMemory&) = delete;
  FrameMemory& operator=(const FrameMemory&) = delete;
  ~FrameMemory() {
    if (data_ != MAP_FAILED) ::munmap(data_, octets_);
  }
  [[nodiscard]] bool ok() const noexcept { return data_ != MAP_FAILED; }
  [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(data_); }
  [[nodiscard]] std::size_t size() const noexcept { return octets_; }

 private:
  std::size_t octets_;
  void* data_;
};

Unexpected<Error> socket_failure(const XdpSocket::Settings& settings, const std::string& what, int problem) {
  std::string remedy;
  if (problem == EPERM || problem == EACCES) remedy = " (it needs the capability CAP_NET_RAW)";
  if (problem == ENOBUFS || problem == ENOMEM)
    remedy =
        " (the memory for frames may not be locked: LimitMEMLOCK=infinity, CAP_IPC_LOCK, or a smaller [xdp] "
        "ring)";
  if (problem == EBUSY) remedy = " (another process has that queue)";
  if (problem == EAFNOSUPPORT)
    remedy = " (the kernel has no AF_XDP, or RestrictAddressFamilies= leaves it out)";
  return failure(what + " of queue " + std::to_string(settings.queue) + " of " + settings.interface + ": " +
                 std::strerror(problem) + remedy);
}

}  // namespace

class XdpSocket::Impl {
 public:
  Impl(std::uint32_t frame_count, std::uint32_t octets_of_frame)
      : frames(frame_count),
        frame_octets(octets_of_frame),
        memory(std::size_t{frame_count} * octets_of_frame) {
    free.reserve(frame_count);
    for (std::uint32_t i = frame_count; i-- > 0;) free.push_back(std::uint64_t{i} * octets_of_frame);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (socket != nullptr) xsk_socket__delete(socket);
    if (shared != nullptr) xsk_umem__delete(shared);
  }

  const std::uint32_t frames;
  const std::uint32_t frame_octets;
  FrameMemory memory;  // outlives the socket
  // The library reads them before it has written them: they start as zeros.
  xsk_ring_prod fill{};
  xsk_ring_cons completion{};
  xsk_ring_cons rx{};
  xsk_ring_prod tx{};
  xsk_umem* shared = nullptr;
  xsk_socket* socket = nullptr;
  std::vector<std::uint64_t> free;  // frames in no ring; never more than `frames`, so it does not grow
  bool zero_copy = false;
};

XdpSocket::XdpSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
XdpSocket::~XdpSocket() = default;

Result<std::unique_ptr<XdpSocket>> XdpSocket::open(const Settings& settings) {
  const std::uint32_t needed = headroom + link_octets + settings.mtu;
  if (needed > page) {
    return failure("the MTU of " + settings.interface + " is too large for AF_XDP (at most " +
                   std::to_string(page - headroom - link_octets) + ")");
  }
  const std::uint32_t frames = 2 * settings.ring;
  auto impl = std::make_unique<Impl>(frames, needed <= page / 2 ? page / 2 : page);
  if (!impl->memory.ok()) return socket_failure(settings, "no memory for the frames", ENOMEM);

  const xsk_umem_config memory_config{frames, frames, impl->frame_octets, 0, 0};
  int result = xsk_umem__create(&impl->shared, impl->memory.data(), impl->memory.size(), &impl->fill,
                                &impl->completion, &memory_config);
  if (result != 0) return socket_failure(settings, "cannot share the frames", -result);
  xsk_socket_config config{};
  config.rx_size = settings.ring;
  config.tx_size = frames;
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  // Neither copy nor zero-copy is asked for: the kernel takes what the driver has.
  config.bind_flags = static_cast<std::uint16_t>(XDP_USE_NEED_WAKEUP | (settings.native ? 0 : XDP_COPY));
  result = xsk_socket__create(&impl->socket, settings.interface.c_str(), settings.queue, impl->shared,
                              &impl->rx, &impl->tx, &config);
  if (result != 0) return socket_failure(settings, "no AF_XDP socket", -result);

  const int fd = xsk_socket__fd(impl->socket);
  xdp_options options{};
  socklen_t length = sizeof options;
  impl->zero_copy = ::getsockopt(fd, SOL_XDP, XDP_OPTIONS, &options, &length) == 0 &&
                    (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
  // A whole batch with one call; older kernels send 32.
  const std::uint32_t budget = 2 * XdpBatch::size;
  ::setsockopt(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof budget);

  std::unique_ptr<XdpSocket> opened(new XdpSocket(std::move(impl)));
  opened->refill();
  return opened;
}

int XdpSocket::fd() const noexcept { return xsk_socket__fd(impl_->socket); }

bool XdpSocket::zero_copy() const noexcept { return impl_->zero_copy; }

XdpLosses XdpSocket::losses() const noexcept {
  xdp_statistics statistics{};
  socklen_t length = sizeof statistics;
  if (::getsockopt(fd(), SOL_XDP, XDP_STATISTICS, &statistics, &length) != 0) return {};
  return {statistics.rx_dropped, statistics.rx_ring_full, statistics.rx_fill_ring_empty_descs};
}

std::size_t XdpSocket::receive(std::span<XdpFrame> frames) noexcept {
  Impl& impl = *impl_;
  std::uint32_t at = 0;
  const std::uint32_t count = xsk_ring_cons__peek(&impl.rx, static_cast<std::uint32_t>(frames.size()), &at);
  for (std::uint32_t i = 0; i < count; ++i) {
    const xdp_desc& received = *xsk_ring_cons__rx_desc(&impl.rx, at + i);
    const auto into_frame = static_cast<std::uint32_t>(received.addr % impl.frame_octets);
    frames[i] = {received.addr, impl.memory.data() + received.addr, received.len,
                 impl.frame_octets - into_frame};
  }
  if (count != 0) xsk_ring_cons__release(&impl.rx, count);
  return count;
}

void XdpSocket::send(std::span<const XdpFrame> frames) noexcept {
  if (frames.empty()) return;
  Impl& impl = *impl_;
  std::uint32_t at = 0;
  const auto count = static_cast<std::uint32_t>(frames.size());
  [[maybe_unused]] const std::uint32_t reserved = xsk_ring_prod__reserve(&impl.tx, count, &at);
  assert(reserved == count);
  for (std::uint32_t i = 0; i < count; ++i) {
    xdp_desc& sent = *xsk_ring_prod__tx_desc(&impl.tx, at + i);
    sent.addr = frames[i].address;
    sent.len = frames[i].size;
    sent.options = 0;
  }
  xsk_ring_prod__submit(&impl.tx, count);
}

void XdpSocket::give_back(std::span<const XdpFrame> frames) noexcept {
  for (const XdpFrame& frame : frames)
    impl_->free.push_back(frame.address - frame.address % impl_->frame_octets);
}

bool XdpSocket::unsent() noexcept {
  const xsk_ring_prod& tx = impl_->tx;
  return __atomic_load_n(tx.consumer, __ATOMIC_ACQUIRE) != tx.cached_prod;
}

void XdpSocket::kick() noexcept {
  for (int i = 0; i < kicks && unsent(); ++i) {
    if (xsk_ring_prod__needs_wakeup(&impl_->tx) == 0) return;
    if (::sendto(fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0 && errno != EAGAIN && errno != EINTR) return;
    if (impl_->zero_copy) return;
  }
}

void XdpSocket::refill() noexcept {
  Impl& impl = *impl_;
  std::uint32_t at = 0;
  const std::uint32_t done = xsk_ring_cons__peek(&impl.completion, impl.frames, &at);
  for (std::uint32_t i = 0; i < done; ++i) {
    const std::uint64_t address = *xsk_ring_cons__comp_addr(&impl.completion, at + i);
    impl.free.push_back(address - address % impl.frame_octets);
  }
  if (done != 0) xsk_ring_cons__release(&impl.completion, done);
  const auto count = static_cast<std::uint32_t>(impl.free.size());
  if (count == 0 || xsk_ring_prod__reserve(&impl.fill, count, &at) != count) return;
  for (std::uint32_t i = 0; i < count; ++i) {
    *xsk_ring_prod__fill_addr(&impl.fill, at + i) = impl.free.back();
    impl.free.pop_back();
  }
  xsk_ring_prod__submit(&impl.fill, count);
}

}  // namespace doors
