#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "zones/base/error.h"
#include "zones/base/file.h"

namespace doors {

/// Why the kernel refused: its errno, and words that name what was tried.
struct NetlinkError {
  int number = 0;
  std::string message;
};

/// One message of the kernel's answer; borrowed for the call that hands it over.
struct NetlinkMessage {
  std::uint16_t type = 0;
  Octets payload;  ///< behind the header: the fixed part, then the attributes

  /// The fixed part, copied; all zero if the message is too short for it.
  template <class Fixed>
  [[nodiscard]] Fixed fixed() const noexcept {
    Fixed part{};
    if (payload.size() >= sizeof part) std::memcpy(&part, payload.data(), sizeof part);
    return part;
  }
  /// Calls `each(type, value)` for each attribute behind a fixed part of `fixed_octets`; stops at one cut
  /// short.
  template <class Each>
  void attributes(std::size_t fixed_octets, Each each) const {
    std::size_t at = NLMSG_ALIGN(fixed_octets);
    while (payload.size() >= sizeof(rtattr) && at <= payload.size() - sizeof(rtattr)) {
      rtattr start{};
      std::memcpy(&start, payload.data() + at, sizeof start);
      if (start.rta_len < sizeof start || start.rta_len > payload.size() - at) return;
      each(start.rta_type, payload.subspan(at + sizeof start, start.rta_len - sizeof start));
      at += NLMSG_ALIGN(std::size_t{start.rta_len});
    }
  }
};

/// One rtnetlink request under construction: header, the family's fixed part, attributes; padded as netlink
/// wants.
///
///     nlmsghdr | ifaddrmsg or ifinfomsg | { rta_len u16 | rta_type u16 | octets | padding to 4 }*
///
/// A fixed buffer: what doorkeeper asks for is at most some 150 octets; more than fits is a programmer's
/// mistake.
class NetlinkRequest {
 public:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags) noexcept;

  /// Appends the fixed part that follows the header.
  template <class Fixed>
  void fixed(const Fixed& part) noexcept {
    append(&part, sizeof part);
  }
  void attribute(std::uint16_t type, Octets value) noexcept;
  void attribute(std::uint16_t type, std::uint32_t value) noexcept;
  /// With the closing zero octet that the kernel expects of names.
  void attribute(std::uint16_t type, std::string_view text) noexcept;
  /// Opens an attribute that holds attributes; close it with end_nested() and what this gave.
  [[nodiscard]] std::size_t begin_nested(std::uint16_t type) noexcept;
  void end_nested(std::size_t began) noexcept;

  [[nodiscard]] nlmsghdr& header() noexcept { return *reinterpret_cast<nlmsghdr*>(buffer_.data()); }
  [[nodiscard]] Octets octets() const noexcept { return Octets(buffer_).first(size_); }

 private:
  void append(const void* data, std::size_t octets) noexcept;

  alignas(nlmsghdr) std::array<std::byte, 512> buffer_{};
  std::size_t size_ = 0;
};

/// A conversation with the kernel's routing side, one request at a time. The kernel works a request off
/// inside the send, so the reply is there at once; the wait for it is bounded all the same. One thread.
class Netlink {
 public:
  [[nodiscard]] static Result<Netlink> open();

  /// Sends the request and waits for the kernel's yes or no (NLM_F_ACK is added). `what` begins the error's
  /// words.
  [[nodiscard]] Expected<void, NetlinkError> ask(NetlinkRequest& request, const std::string& what);
  /// Sends a dump request and hands each message of the answer to `each`.
  [[nodiscard]] Expected<void, NetlinkError> dump(NetlinkRequest& request, const std::string& what,
                                                  const std::function<void(const NetlinkMessage&)>& each);

 private:
  explicit Netlink(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  Expected<void, NetlinkError> converse(NetlinkRequest& request, const std::string& what,
                                        const std::function<void(const NetlinkMessage&)>& each);

  UniqueFd fd_;
  std::uint32_t sequence_ = 0;
  std::vector<std::byte> buffer_;  ///< kept from one conversation to the next
};

}  // namespace doors
