#include "zones/base/ip_address.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include <arpa/inet.h>

namespace doors {

namespace {

/// A whole decimal number of at most `most`.
std::optional<unsigned> number_of(std::string_view text, unsigned most) noexcept {
  unsigned value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

}  // namespace

IpAddress::IpAddress(Octets octets) noexcept : is_v6_(octets.size() == 16) {
  std::copy(octets.begin(), octets.end(), octets_.begin());
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  IpAddress address;
  address.is_v6_ = text.find(':') != std::string_view::npos;
  const std::string terminated(text);
  if (terminated.size() != text.size() ||
      ::inet_pton(address.is_v6_ ? AF_INET6 : AF_INET, terminated.c_str(), address.octets_.data()) != 1) {
    return failure("\"" + terminated + "\" is no IP address");
  }
  return address;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_v6_ ? AF_INET6 : AF_INET, octets_.data(), text.data(), text.size());
  return text.data();
}

IpAddress IpAddress::network(unsigned length) const noexcept {
  IpAddress masked = *this;
  for (unsigned i = 0; i < bits() / 8; ++i) {
    const unsigned keep = length > i * 8 ? std::min(length - i * 8, 8u) : 0u;
    masked.octets_[i] &= static_cast<std::byte>(0xff00u >> keep);
  }
  return masked;
}

IpAddress IpAddress::next() const noexcept {
  IpAddress following = *this;
  for (unsigned i = bits() / 8; i-- > 0;) {
    following.octets_[i] = static_cast<std::byte>(std::to_integer<unsigned>(following.octets_[i]) + 1);
    if (following.octets_[i] != std::byte{0}) break;  // no carry
  }
  return following;
}

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return failure("\"" + std::string(text) + "\" has no /LENGTH");
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return Unexpected(address.error());
  const auto length = number_of(text.substr(slash + 1), address->bits());
  if (!length) {
    return failure("\"" + std::string(text) + "\": the length must be 0.." + std::to_string(address->bits()));
  }
  return IpPrefix{*address, static_cast<std::uint8_t>(*length)};
}

std::string IpPrefix::to_string() const { return address.to_string() + "/" + std::to_string(length); }

Result<ServiceAddress> ServiceAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const auto wrong = [text] {
    return failure("\"" + std::string(text) + "\" must be ADDRESS:PORT or [ADDRESS]:PORT");
  };
  if (colon == std::string_view::npos) return wrong();
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  auto address = IpAddress::parse(host);
  const auto port = number_of(text.substr(colon + 1), std::numeric_limits<std::uint16_t>::max());
  if (!address || !port || *port == 0 || address->is_v6() != bracketed) return wrong();
  return ServiceAddress{*address, static_cast<std::uint16_t>(*port)};
}

std::string ServiceAddress::to_string() const {
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port);
}

}  // namespace doors
